// Masks for the tests. Arrays of the published shapes are [row, column] or [slice, row, column]; in a volume the column
// runs fastest.
#pragma once

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "coopseg/metric/score.h"

namespace coopseg::metric::test {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;  // half-open, one for each array axis

// `shape` and `spacing` in the array's order.
inline Mask empty_mask(const std::vector<std::size_t>& shape, std::vector<double> spacing = {}) {
  image::Grid grid;
  if (spacing.empty()) spacing.assign(shape.size(), 1.0);
  for (std::size_t a = 0; a < shape.size(); ++a) {
    grid.size[a] = shape[shape.size() - 1 - a];
    grid.spacing_mm[a] = spacing[spacing.size() - 1 - a];
  }
  return Mask(grid);
}

inline void add(Mask& mask, const Ranges& ranges) {
  const bool solid = ranges.size() == 3;
  const auto [k0, k1] = solid ? ranges[0] : std::pair<std::size_t, std::size_t>{0, 1};
  const auto [j0, j1] = ranges[ranges.size() - 2];
  const auto [i0, i1] = ranges[ranges.size() - 1];
  for (std::size_t k = k0; k < k1; ++k)
    for (std::size_t j = j0; j < j1; ++j)
      for (std::size_t i = i0; i < i1; ++i) mask.at(i, j, k) = 1;
}

inline double value(const Score& s, Metric metric) {
  return s[metric].number ? *s[metric].number : std::numeric_limits<double>::quiet_NaN();
}

struct Pair {
  Mask reference, prediction;
};

}  // namespace coopseg::metric::test
