// Cases that stand in a list twice, or in two lists at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coopseg/dataset/check.h"

namespace coopseg::dataset {

// Adds findings to the verdicts: duplicate-id, duplicate-image, duplicate-label, label-is-image, similar-id.
void find_duplicates(std::vector<CaseVerdict>& verdicts);

// Adds in-other-list to the cases whose subject or image `list` holds, too. `sha256_of` knows the images of that list;
// an image that could not be read has an empty one.
void compare_with(const OtherList& list, const std::function<std::string(const core::fs::path&)>& sha256_of,
                  std::vector<CaseVerdict>& verdicts);

}  // namespace coopseg::dataset
