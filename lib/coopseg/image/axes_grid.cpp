#include "coopseg/image/axes_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/image/nearest_rotation.h"

namespace coopseg::image {

using core::DataError;

namespace {

constexpr double kSquareTolerance = 1e-3;
constexpr double kMost = std::numeric_limits<float>::max();  // results hold them as floats

using Direction = std::array<double, 3>;
using Directions = std::array<Direction, 3>;

double dot_of(const Direction& a, const Direction& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Direction cross(const Direction& a, const Direction& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

std::string text_of(const Directions& step) {
  return fmt::format("({:.6g}, {:.6g}, {:.6g}) ({:.6g}, {:.6g}, {:.6g}) ({:.6g}, {:.6g}, {:.6g})", step[0][0],
                     step[0][1], step[0][2], step[1][0], step[1][1], step[1][2], step[2][0], step[2][1], step[2][2]);
}

}  // namespace

Grid grid_of_axes(const NiftiHeader& header, const AxesInSpace& axes, const std::string& file) {
  Grid grid;
  grid.size = header.size;
  grid.two_dimensional = header.axes < 3;
  Directions unit{};
  for (std::size_t a = 0; a < static_cast<std::size_t>(header.axes); ++a) {
    const double length = std::sqrt(dot_of(axes.step_mm[a], axes.step_mm[a]));
    if (!(length > 0) || !(length <= kMost)) {
      throw DataError(
          file,
          fmt::format("has the spacing {} mm along axis {} ({}), expected above 0", length, a + 1, axes.spacing_field),
          "correct the header");
    }
    grid.spacing_mm[a] = length;
    for (std::size_t c = 0; c < 3; ++c) unit[a][c] = axes.step_mm[a][c] / length;
  }
  if (header.axes < 3) {
    unit[2] = cross(unit[0], unit[1]);
    const double length = std::sqrt(dot_of(unit[2], unit[2]));
    for (double& component : unit[2]) component /= std::max(length, kSquareTolerance);
  }
  const double cosine = std::max(
      {std::abs(dot_of(unit[0], unit[1])), std::abs(dot_of(unit[0], unit[2])), std::abs(dot_of(unit[1], unit[2]))});
  if (cosine > kSquareTolerance) {
    throw DataError(
        file, fmt::format("has axes that are not at right angles (cosine {:.2g}): {}", cosine, text_of(axes.step_mm)),
        "resample it with a registration tool");
  }
  std::array<double, 9> square{};  // a row for each axis
  for (std::size_t a = 0; a < 3; ++a) std::copy(unit[a].begin(), unit[a].end(), square.begin() + 3 * a);
  square = nearest_rotation(square);
  for (std::size_t a = 0; a < 3; ++a) {
    if (!(std::abs(axes.origin_mm[a]) <= kMost)) {
      throw DataError(file,
                      fmt::format("has the origin {} {} {}, expected finite numbers", axes.origin_mm[0],
                                  axes.origin_mm[1], axes.origin_mm[2]),
                      "correct the header");
    }
    grid.origin_mm[a] = axes.origin_mm[a] + 0.0;
    for (std::size_t c = 0; c < 3; ++c) grid.direction[c * 3 + a] = square[a * 3 + c] + 0.0;
  }
  return grid;
}

}  // namespace coopseg::image
