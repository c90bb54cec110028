// Fields of case lists, and members of sidecars, that tell how a prediction was made.
#pragma once

#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/provenance.h"

namespace coopseg::inference {

inline constexpr char kAgreementOf[] = "agreement_of", kAgreement[] = "agreement", kReview[] = "review";

// Takes from a case what it tells of an earlier prediction (its models, agreement and mark for a human) but not where
// that lies, and names the models of the new one: of one `model` and `model_sha256`, of several `models`.
void set_models(core::Case& c, const std::vector<core::InputFile>& models);

}  // namespace coopseg::inference
