// The gate's verdict on one case, from what is known of its files.
#pragma once

#include <optional>

#include "coopseg/dataset/check.h"

namespace coopseg::dataset {

// The case's frame_index; nothing if it has none, or something that is no number (which is a finding).
std::optional<long> frame_of(const core::Case& c);

CaseVerdict judge_case(core::Case c, CaseFiles files, const CheckOptions& options);

}  // namespace coopseg::dataset
