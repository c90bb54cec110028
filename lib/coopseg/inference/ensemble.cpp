#include "coopseg/inference/ensemble.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/late_library.h"
#include "coopseg/core/log.h"
#include "coopseg/core/memory.h"
#include "coopseg/inference/mirrored.h"
#include "coopseg/inference/placement.h"
#include "coopseg/request/library.h"

namespace coopseg::inference {
namespace {

// What the models of an ensemble have in common.
core::Json common_part(const model::ModelDescription& description) {
  const model::NetworkInput& input = description.input;
  core::Json seen{{"dimensions", input.dimensions},
                  {"channels", input.channels},
                  {"spacing_mm", input.spacing_mm},
                  {"normalisation", model::kNormalisations.of(input.normalisation)},
                  {"crop", input.crop},
                  {"window", input.window},
                  {"stride", input.stride},
                  {"padding", model::kPaddings.of(input.padding)}};
  return {{"classes", core::label_names_to_json(description.classes)},
          {"input", std::move(seen)},
          {"preprocessing", description.preprocessing}};
}

}  // namespace

void require_alike(const std::vector<UsedModel>& models, bool by_model) {
  const auto differ = [](const UsedModel& a, const UsedModel& b, const std::string& how) {
    throw core::UsageError(b.path.string(), "cannot be averaged with " + a.path.string() + ": " + how,
                           "models of one ensemble have equal classes, input and preprocessing");
  };
  for (std::size_t b = 1; b < models.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      if (models[a].file.sha256 == models[b].file.sha256)
        throw core::UsageError("--model", models[b].path.string() + " is the same model as " + models[a].path.string(),
                               "give each model once");
    }
    const std::string found = core::first_difference("", common_part(models[b].description),
                                                     common_part(models.front().description), "there");
    if (!found.empty()) differ(models.front(), models[b], found);
  }
  if (const std::string unlike = by_model ? unlike_orientations(models) : ""; !unlike.empty())
    throw core::UsageError("--model", unlike, "give --orient: how the images are to lie for all of them");
  const auto knowing = std::find_if(models.begin(), models.end(), knows_orientation);
  if (!by_model || knowing == models.end()) return;
  for (const UsedModel& model : models) {
    if (!knows_orientation(model))
      core::warning("{}: does not tell how its training images lay in space: it sees images as {} does",
                    model.path.string(), knowing->path.string());
  }
}

const UsedModel& oriented_by(const std::vector<Member>& members) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [](const Member& member) { return knows_orientation(member.model); });
  return (found == members.end() ? members.front() : *found).model;
}

std::vector<std::unique_ptr<request::Predictor>> open_networks(const std::vector<Member>& members,
                                                               request::PredictorOptions how) {
  core::prepare_numerical_environment(how.threads);
  auto* door = core::late_function<request::OpenPredictor>(request::kLibrary, request::kOpenPredictor);
  std::vector<std::unique_ptr<request::Predictor>> networks;
  for (const Member& member : members) {
    how.model = member.model.path;
    how.stn_steps = member.stn_steps;
    networks.emplace_back(door(how));
    if (!member.mirrored.empty())
      networks.back() = std::make_unique<MirroredPredictor>(std::move(networks.back()), member.mirrored);
  }
  return networks;
}

}  // namespace coopseg::inference
