// Label values and their meaning.
#pragma once

#include <map>
#include <set>
#include <string>

#include "coopseg/core/case_list.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

// Old value -> new value; values that are not named stay. "3:1,2:2,1:3" (throws core::UsageError).
using Remap = std::map<std::int32_t, std::int32_t>;
Remap parse_remap(const std::string& text);

// The remapping that turns `from` into `to` by name; a name missing in `to` is refused (core::DataError).
Remap remap_by_name(const core::LabelNames& from, const core::LabelNames& to, const std::string& where);

void apply(const Remap& remap, LabelMap& labels);

std::set<std::int32_t> values_of(const LabelMap& labels);

}  // namespace coopseg::image
