// How well either stage of a model did on the validation cases of its training, as the model's file records it:
//   {"training": {"validation": {"stages": {"ftn": {"mean_iou": 0.81}, "stn": {"mean_iou": 0.80}}}}}
#pragma once

#include <optional>
#include <string>

#include "coopseg/model/description.h"

namespace coopseg::model {

struct StageScores {
  double ftn, stn;  // mean IoU, in [0, 1]

  const char* better() const { return stn > ftn ? kSlowOutput : kFastOutput; }  // the FTN's of equals
};

// None of models without an STN, and where the file does not record both scores as numbers in [0, 1].
std::optional<StageScores> stage_scores(const ModelDescription& description);

// "FTN 0.8100, FTN+STN 0.8000", as messages show them.
std::string to_text(const StageScores& scores);

// What --stage auto takes of a model with both stages: the better one, or the STN's where the file does not say.
struct AutomaticStage {
  bool stn;
  std::string why;  // "--stage auto takes ftn: mean IoU on validation ..."
};
AutomaticStage automatic_stage(const ModelDescription& description);

}  // namespace coopseg::model
