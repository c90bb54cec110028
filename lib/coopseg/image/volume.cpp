#include "coopseg/image/volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace coopseg::image {
namespace {

template <class T>
std::string times(const std::array<T, 3>& values) {
  return fmt::format("{:.6g} x {:.6g} x {:.6g}", static_cast<double>(values[0]), static_cast<double>(values[1]),
                     static_cast<double>(values[2]));
}

std::string matrix(const std::array<double, 9>& m) {
  return fmt::format("[{:.4g} {:.4g} {:.4g}; {:.4g} {:.4g} {:.4g}; {:.4g} {:.4g} {:.4g}]", m[0], m[1], m[2], m[3], m[4],
                     m[5], m[6], m[7], m[8]);
}

std::string join(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace

std::array<double, 3> Grid::position_mm(double i, double j, double k) const {
  const double along[3] = {i * spacing_mm[0], j * spacing_mm[1], k * spacing_mm[2]};
  std::array<double, 3> position = origin_mm;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t axis = 0; axis < 3; ++axis) position[row] += direction[row * 3 + axis] * along[axis];
  }
  return position;
}

std::string grid_difference(const Grid& found, const Grid& expected, double tolerance) {
  // Written so that a NaN counts as a difference.
  const auto close = [](double a, double b, double limit) { return std::abs(a - b) <= limit; };
  const double least_mm = *std::min_element(expected.spacing_mm.begin(), expected.spacing_mm.end());
  bool spacing = true, origin = true, direction = true;
  for (std::size_t a = 0; a < 3; ++a) {
    spacing = spacing && close(found.spacing_mm[a], expected.spacing_mm[a], tolerance * expected.spacing_mm[a]);
    origin = origin && close(found.origin_mm[a], expected.origin_mm[a], tolerance * least_mm);
  }
  for (std::size_t e = 0; e < 9; ++e) {
    direction = direction && close(found.direction[e], expected.direction[e], tolerance);
  }
  const bool size = found.size == expected.size;

  std::vector<std::string> differ, agree;
  const auto judge = [&](bool same, const char* what, const std::string& text) {
    if (same) {
      agree.emplace_back(what);
    } else {
      differ.push_back(text);
    }
  };
  judge(size, "size", fmt::format("size {}, expected {}", times(found.size), times(expected.size)));
  judge(spacing, "spacing",
        fmt::format("spacing {} mm, expected {} mm", times(found.spacing_mm), times(expected.spacing_mm)));
  judge(origin, "origin",
        fmt::format("origin {} mm, expected {} mm", times(found.origin_mm), times(expected.origin_mm)));
  judge(direction, "direction",
        fmt::format("direction {}, expected {}", matrix(found.direction), matrix(expected.direction)));
  if (differ.empty()) return {};
  std::string text = join(differ, "; ");
  if (agree.size() == 1) {
    text += "; " + agree[0] + " agrees";
  } else if (!agree.empty()) {
    const std::string last = agree.back();
    agree.pop_back();
    text += "; " + join(agree, ", ") + " and " + last + " agree";
  }
  return text;
}

std::vector<std::size_t> possible_slice_axes(const Grid& grid) {
  constexpr double kAlike = 0.9;
  const double coarsest_mm = *std::max_element(grid.spacing_mm.begin(), grid.spacing_mm.end());
  std::vector<std::size_t> of_one_voxel, coarse;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (grid.size[axis] == 1) of_one_voxel.push_back(axis);
    if (grid.spacing_mm[axis] >= kAlike * coarsest_mm) coarse.push_back(axis);
  }
  if (!of_one_voxel.empty()) return of_one_voxel;
  return coarse.size() == 1 ? coarse : std::vector<std::size_t>{0, 1, 2};
}

std::size_t slice_axis(const Grid& grid) { return possible_slice_axes(grid).back(); }

}  // namespace coopseg::image
