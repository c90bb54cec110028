// The gate's verdict on one case, from what is known of its files.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "coopseg/dataset/check.h"

namespace coopseg::dataset {

// Fields of a case that name files, in the order of their findings.
constexpr std::array<const char*, 3> kFields = {"image", "label", "prediction"};

// The case's frame_index; nothing if it has none, or something that is no number (which is a finding).
std::optional<long> frame_of(const core::Case& c);

// `files` holds the facts of every file that the case names, by field.
CaseVerdict judge_case(core::Case c, std::map<std::string, std::shared_ptr<const FileFacts>> files,
                       const CheckOptions& options);

}  // namespace coopseg::dataset
