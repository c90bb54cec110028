// The polar decomposition, for axes that are almost at right angles. For this room only.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace coopseg::image {

// The rotation (or reflection) nearest to a matrix that is almost one, its vectors rows or columns alike: Newton's
// iteration, X <- (X + X^-T) / 2. Exact for axis-aligned matrices; meaningless for singular ones.
inline std::array<double, 9> nearest_rotation(std::array<double, 9> x) {
  for (int step = 0; step < 30; ++step) {
    const std::array<double, 9> cofactor{
        x[4] * x[8] - x[5] * x[7], x[5] * x[6] - x[3] * x[8], x[3] * x[7] - x[4] * x[6],
        x[2] * x[7] - x[1] * x[8], x[0] * x[8] - x[2] * x[6], x[1] * x[6] - x[0] * x[7],
        x[1] * x[5] - x[2] * x[4], x[2] * x[3] - x[0] * x[5], x[0] * x[4] - x[1] * x[3]};
    const double determinant = x[0] * cofactor[0] + x[1] * cofactor[1] + x[2] * cofactor[2];
    double change = 0;
    for (std::size_t e = 0; e < 9; ++e) {
      const double next = (x[e] + cofactor[e] / determinant) / 2;
      change = std::max(change, std::abs(next - x[e]));
      x[e] = next;
    }
    if (change < 1e-15) break;
  }
  return x;
}

}  // namespace coopseg::image
