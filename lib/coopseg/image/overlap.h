// What two label maps of one grid have in common, class by class.
//
//   const std::vector<Overlap> overlaps = overlaps_of(first, second, /*classes=*/4);
//   if (const auto dice = overlaps[2].dice()) ...
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "coopseg/image/volume.h"

namespace coopseg::image {

// Voxels of one class.
struct Overlap {
  std::size_t first = 0, second = 0, common = 0;

  std::optional<double> dice() const;  // 2 |A and B| / (|A| + |B|); none if both are empty
};

// Of the values 0 ... classes - 1; others count for none. The maps are of one size, which is asserted.
std::vector<Overlap> overlaps_of(const LabelMap& first, const LabelMap& second, std::size_t classes);

}  // namespace coopseg::image
