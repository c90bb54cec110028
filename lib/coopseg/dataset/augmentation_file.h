// What the augmentations of slices and of patches have in common as files and option values.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/core/json.h"

namespace coopseg::dataset {

inline bool is_probability(double v) { return v >= 0 && v <= 1; }
// True for low <= high, both within least ... most.
inline bool is_range(const std::array<double, 2>& range, double least, double most) {
  return range[0] >= least && range[0] <= range[1] && range[1] <= most;
}

// Throws core::UsageError, with the names there are, for one that is none of them.
void require_policy_name(const std::string& name, const std::vector<std::string>& names);

// The content of the file that --augmentation names. Throws core::UsageError if there is no such file.
core::Json read_augmentation_file(const std::string& file, const std::vector<std::string>& names);

// Throws core::DataError unless `json` is an object whose members are all among those of `known`, and its lists as long
// as they are there.
void require_known_members(const core::Json& json, const core::Json& known, const std::string& where);

}  // namespace coopseg::dataset
