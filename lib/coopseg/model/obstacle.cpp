#include "coopseg/model/obstacle.h"

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/pretraining.h"

namespace coopseg::model {
namespace {

constexpr const char* kNeedsNewer = "use a newer version of the program";

std::string obstacle_of_windows(const NetworkInput& input, int reduction) {
  if (input.channels != 1) return "of " + std::to_string(input.channels) + " channels; this version gives it one";
  if (input.minmax()) return "whose windows are normalised one by one; this version does that to whole images";
  if (!input.spacing_mm.empty()) return "with a spacing of its own; this version goes by its preprocessing";
  for (const std::size_t side : input.window) {
    if (side % static_cast<std::size_t>(reduction) != 0)
      return "with a window of " + sides_text(input.window) + ", not multiples of " + std::to_string(reduction);
  }
  return "";
}

std::string obstacle_of_one_stage(const ModelDescription& description) {
  const auto& outputs = description.outputs;
  if (outputs == one_stage_outputs(false) || outputs == one_stage_outputs(true)) return "";
  if (pretraining_stage(description)) return "";
  return "with other outputs than segmentation, or segmentation and distance";
}

std::string obstacle_of_vnet(const ModelDescription& description) {
  const NetworkInput& input = description.input;
  if (input.dimensions != 3) return "of 2 dimensions; this version has it in 3";
  if (input.window.empty()) return "that sees a crop; this version gives it windows";
  const std::string found = obstacle_of_windows(input, kVNetReduction);
  return found.empty() ? obstacle_of_one_stage(description) : found;
}

std::string obstacle_of_crop(const NetworkInput& input) {
  if (input.channels != 1) return "of " + std::to_string(input.channels) + " channels; this version gives it one";
  if (!input.spacing_mm.empty()) return "with a spacing of its own; this version goes by its preprocessing";
  if (!is_possible_crop(input.crop)) {
    return "with a crop of " + std::to_string(input.crop) + " pixels, not a multiple of 16 up to 16384";
  }
  return "";
}

std::string obstacle_of_unet(const ModelDescription& description) {
  const NetworkInput& input = description.input;
  if (input.dimensions != 2) return "of 3 dimensions; this version has it in 2";
  const bool windows = !input.window.empty();
  const std::string found = windows ? obstacle_of_windows(input, kUNetReduction) : obstacle_of_crop(input);
  if (!found.empty()) return found;
  if (!windows && description.has_output(kDistanceOutput))
    return "that gives distances of a crop; this version takes them of windows";
  return obstacle_of_one_stage(description);
}

std::string obstacle_of_two_stages(const ModelDescription& description) {
  const NetworkInput& input = description.input;
  if (input.dimensions != 2) return "of 3 dimensions; this version has it in 2";
  if (!input.window.empty()) return "that sees windows; this version gives it a crop";
  if (const std::string found = obstacle_of_crop(input); !found.empty()) return found;
  if (description.outputs == two_stage_outputs(false) || description.outputs == two_stage_outputs(true)) return "";
  if (pretraining_stage(description)) return "";
  return "with other outputs than ftn, or ftn and stn";
}

}  // namespace

std::string obstacle(const ModelDescription& description) {
  if (description.network == kNetworkTypes.of(NetworkType::vnet)) return obstacle_of_vnet(description);
  if (description.network == kNetworkTypes.of(NetworkType::unet)) return obstacle_of_unet(description);
  return obstacle_of_two_stages(description);
}

void check_can_run(const ModelDescription& description, const std::string& file) {
  const std::string name = "is a model of the network '" + shown(description.network) + "'";
  if (!kNetworkTypes.find(description.network)) {
    throw core::DataError(file, name + ", which this version does not have", kNeedsNewer);
  }
  if (const std::string found = obstacle(description); !found.empty()) {
    throw core::DataError(file, name + " " + found, kNeedsNewer);
  }
}

}  // namespace coopseg::model
