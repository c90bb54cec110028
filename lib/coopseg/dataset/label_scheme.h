// What the values of label maps stand for in well-known data sets, and as options say it.
#pragma once

#include <string>

#include "coopseg/core/case_list.h"

namespace coopseg::dataset {

// "LV:1,MYO:2,RV:3", or a known scheme by name: "acdc" (RV:1,MYO:2,LV:3), "mnms" and "coopseg" (LV:1,MYO:2,RV:3).
// Throws core::UsageError naming --labels.
core::LabelNames parse_label_names(const std::string& text);

}  // namespace coopseg::dataset
