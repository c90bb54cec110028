#include "coopseg/inference/model_input.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/plausible.h"
#include "coopseg/inference/placement.h"

namespace coopseg::inference {

using core::Case;
using core::fs::path;

namespace {

// What has been done to the case's image already, as its list says or, where that says nothing, its sidecar.
image::Preprocessing done_steps(const Case& c, const core::Json& history) {
  const core::Json recorded = c.field("preprocessing");
  if (!recorded.is_null()) return image::preprocessing_from_json(recorded, c.name());
  if (!history.is_object() || history.value("program", "") != "cs-preprocess") return image::Preprocessing::none();
  const core::Json settings = history.value("settings", core::Json::object());
  if (!settings.contains("preprocessing")) return image::Preprocessing::none();
  return image::preprocessing_from_json(settings["preprocessing"], core::sidecar_path(c.image()).string());
}

image::Preprocessing steps_expected_by(const model::ModelDescription& description, const path& model) {
  if (description.preprocessing.is_null()) return image::Preprocessing::none();
  return core::as_usage_error([&] { return image::preprocessing_from_json(description.preprocessing, model.string()); },
                              "use a version of this program that knows this preprocessing");
}

core::Json history_of(const path& file, const core::InputFile& image) {
  const path sidecar = core::sidecar_path(file);
  std::error_code ignored;
  if (!core::fs::exists(sidecar, ignored)) return nullptr;
  try {
    core::Json history = core::read_json(sidecar);
    if (history.at("output").at("sha256") == image.sha256) return history;
    core::debug("{}: tells of another image than {}", sidecar.string(), file.string());
  } catch (const std::exception& e) {
    core::debug("{}: not read as a sidecar: {}", sidecar.string(), e.what());
  }
  return nullptr;
}

image::Preprocessing steps_to_do(const image::Preprocessing& expected, const Case& c, const core::Json& history) {
  const auto none = image::Preprocessing::none();
  const auto to_repeat = repeatable(expected);
  const core::Json done = to_json(done_steps(c, history));
  if (done == to_json(none)) return to_repeat;
  if (done == to_json(expected) || done == to_json(to_repeat)) return none;
  throw core::DataError(
      c.image().string(),
      "was preprocessed with " + core::to_line(done) + ", the model expects " + core::to_line(to_json(expected)),
      "give the original image, or --preprocessed to use it as it is");
}

// What no window can make anything of.
void require_for_windows(const image::Image& image, const image::Grid& grid, const std::vector<std::size_t>& window,
                         const std::string& file) {
  if (image.grid.two_dimensional && window.size() > 2) {
    throw core::DataError(file, "is a two-dimensional image, and the model sees volumes",
                          "use a model of two dimensions");
  }
  const auto [least, most] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  if (*least == *most) throw core::DataError(file, "is constant: there is nothing to segment", "look at the image");
  std::size_t filled = 1, whole = 1;
  for (std::size_t a = 0; a < window.size(); ++a) {
    filled *= std::min(grid.size[a], window[a]);
    whole *= window[a];
  }
  if (2 * filled >= whole) return;
  const auto dimensions = static_cast<std::ptrdiff_t>(window.size());
  const std::vector<std::size_t> sides(grid.size.begin(), grid.size.begin() + dimensions);
  core::warning("{}: {} voxels fill less than half of the window of {}; is the model meant for it?", file,
                model::sides_text(sides), model::sides_text(window));
}

}  // namespace

UsedModel::UsedModel(const core::fs::path& model_path)
    : path(model_path),
      file(core::as_usage_error([&] { return core::input_file(model_path); })),
      description(core::as_usage_error([&] { return model::read_model_description(model_path); })),
      expected(steps_expected_by(description, model_path)) {
  if (expected.crop && expected.crop->to == image::CropTo::label) {
    core::info("{}: its images were cropped to their label maps, which cannot be repeated: whole images are used",
               model_path.string());
  }
}

CaseInput input_of(const Case& c, const UsedModel& model, const InputOptions& options) {
  CaseInput input{image::input_image(c.image()), nullptr, image::Preprocessing::none(), {}, {}};
  input.history = history_of(c.image(), input.image);
  const bool as_it_is = options.preprocessed || model.description.preprocessing.is_null();
  if (!as_it_is) input.steps = steps_to_do(model.expected, c, input.history);
  input.orient = options.orient;
  input.reading.frame = options.frame;
  input.reading = dataset::reading_of(c, c.image(), input.reading);
  return input;
}

image::Image read_input(const Case& c, const UsedModel& model, const CaseInput& input) {
  image::Image image = dataset::read_case_image(c, input.reading);
  image::warn_if_normalised_away(image, input.steps.normalise, c.image().string());
  image::Grid grid = prepared_grid(image, placement_of(image.grid, model.description, input));
  if (model.description.seen() == image::Seen::slices) grid = turned(grid, slices_last(grid));
  const model::NetworkInput& network = model.description.input;
  if (network.window.empty()) {
    image::warn_if_mostly_padding(grid, network.crop, c.image().string());
  } else {
    require_for_windows(image, grid, network.window, c.image().string());
  }
  return image;
}

bool was_trained_on(const UsedModel& model, const CaseInput& input) {
  const auto& images = model.description.training_images;
  const auto known = [&](const std::string& sha256) {
    return std::find(images.begin(), images.end(), sha256) != images.end();
  };
  if (known(input.image.sha256)) return true;
  if (!input.history.is_object()) return false;
  // The first input alone: others, as a grid to resample onto, give no voxels.
  const auto inputs = input.history.value("inputs", core::Json::array());
  return inputs.is_array() && !inputs.empty() && inputs[0].is_object() && known(inputs[0].value("sha256", ""));
}

void describe(const CaseInput& input, core::Json& settings) {
  settings["preprocessing"] = to_json(input.steps);
  settings["frame"] = input.reading.frame ? core::Json(*input.reading.frame) : core::Json();
}

}  // namespace coopseg::inference
