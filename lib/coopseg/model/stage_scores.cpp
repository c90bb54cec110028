#include "coopseg/model/stage_scores.h"

#include <fmt/core.h>

namespace coopseg::model {
namespace {

using core::Json;

// Model files come from anywhere: any member may be missing or of any type.
const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::optional<double> score_of(const Json& stages, const char* stage) {
  const Json& value = member(member(stages, stage), "mean_iou");
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return number >= 0 && number <= 1 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<StageScores> stage_scores(const ModelDescription& description) {
  if (!description.has_output(kSlowOutput)) return std::nullopt;
  const Json& stages = member(member(description.training, "validation"), "stages");
  const auto ftn = score_of(stages, kFastOutput), stn = score_of(stages, kSlowOutput);
  return ftn && stn ? std::optional(StageScores{*ftn, *stn}) : std::nullopt;
}

std::string to_text(const StageScores& scores) {
  return fmt::format("FTN {:.4f}, FTN+STN {:.4f}", scores.ftn, scores.stn);
}

AutomaticStage automatic_stage(const ModelDescription& description) {
  const auto scores = stage_scores(description);
  if (!scores) return {true, "records no scores of both stages: --stage auto takes the corrected segmentation (stn)"};
  return {scores->better() == std::string(kSlowOutput),
          fmt::format("--stage auto takes {}: mean IoU on validation {}", scores->better(), to_text(*scores))};
}

}  // namespace coopseg::model
