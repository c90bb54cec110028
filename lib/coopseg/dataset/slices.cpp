#include "coopseg/dataset/slices.h"

#include <algorithm>

namespace coopseg::dataset {

std::size_t slice_axis(const image::Grid& grid) {
  if (grid.size[2] == 1) return 2;
  const auto& mm = grid.spacing_mm;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double others = std::max(mm[(axis + 1) % 3], mm[(axis + 2) % 3]);
    if (mm[axis] > others * 1.001) return axis;
  }
  return 2;
}

}  // namespace coopseg::dataset
