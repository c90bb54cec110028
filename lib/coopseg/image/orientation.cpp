#include "coopseg/image/orientation.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace coopseg::image {
namespace {

// Letters by LPS axis: first the side that its coordinates grow towards.
constexpr std::array<const char*, 3> kSides{"LR", "PA", "SI"};

using Order = std::array<std::size_t, 3>;

// The LPS axis that each voxel axis is called after.
Order closest_axes(const Grid& grid) {
  Order order{0, 1, 2}, best = order;
  double best_sum = -1;
  do {
    double sum = 0;
    for (std::size_t a = 0; a < 3; ++a) sum += std::abs(grid.direction[order[a] * 3 + a]);
    // Equal sums differ by rounding errors.
    if (sum > best_sum + 1e-9) {
      best_sum = sum;
      best = order;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

// The LPS axis of a letter, 3 for none.
std::size_t axis_of(char letter) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (letter == kSides[axis][0] || letter == kSides[axis][1]) return axis;
  }
  return 3;
}

template <class T>
Volume<T> turn_volume(Volume<T> volume, const AxisTurn& turn) {
  const Grid& old = volume.grid;
  if (turn.order == Order{0, 1, 2} && turn.backwards == std::array<bool, 3>{}) return volume;
  Volume<T> result(turned(old, turn));
  const std::array<std::size_t, 3> stride{1, old.size[0], old.size[0] * old.size[1]};
  std::array<std::ptrdiff_t, 3> step{};  // in the old volume's memory, for one voxel along each new axis
  std::ptrdiff_t start = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    step[a] = static_cast<std::ptrdiff_t>(stride[turn.order[a]]);
    if (!turn.backwards[a]) continue;
    start += step[a] * static_cast<std::ptrdiff_t>(old.size[turn.order[a]] - 1);
    step[a] = -step[a];
  }
  auto to = result.voxels.begin();
  const auto& size = result.grid.size;
  for (std::size_t k = 0; k < size[2]; ++k) {
    for (std::size_t j = 0; j < size[1]; ++j) {
      std::ptrdiff_t from = start + static_cast<std::ptrdiff_t>(k) * step[2] + static_cast<std::ptrdiff_t>(j) * step[1];
      for (std::size_t i = 0; i < size[0]; ++i, from += step[0]) *to++ = volume.voxels[static_cast<std::size_t>(from)];
    }
  }
  return result;
}

}  // namespace

AxisTurn inverse(const AxisTurn& turn) {
  AxisTurn back;
  for (std::size_t a = 0; a < 3; ++a) {
    back.order[turn.order[a]] = a;
    back.backwards[turn.order[a]] = turn.backwards[a];
  }
  return back;
}

bool is_axis_code(const std::string& code) {
  if (code.size() != 3) return false;
  std::array<bool, 4> found{};
  for (const char letter : code) found[axis_of(letter)] = true;
  return found[0] && found[1] && found[2];
}

std::string axis_codes(const Grid& grid) {
  const Order axes = closest_axes(grid);
  std::string code;
  for (std::size_t a = 0; a < 3; ++a) code += kSides[axes[a]][grid.direction[axes[a] * 3 + a] < 0 ? 1 : 0];
  return code;
}

AxisTurn turn_to(const Grid& grid, const std::string& code) {
  if (!is_axis_code(code)) throw std::logic_error("\"" + code + "\" is no axis code");
  const std::string now = axis_codes(grid);
  AxisTurn turn;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t axis = axis_of(code[a]);
    while (axis_of(now[turn.order[a]]) != axis) turn.order[a] = (turn.order[a] + 1) % 3;
    turn.backwards[a] = now[turn.order[a]] != code[a];
  }
  return turn;
}

Grid turned(const Grid& grid, const AxisTurn& turn) {
  Grid result = grid;
  std::array<double, 3> first{};  // voxel (0, 0, 0) of the result in the old grid
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t from = turn.order[a];
    result.size[a] = grid.size[from];
    result.spacing_mm[a] = grid.spacing_mm[from];
    const double sign = turn.backwards[a] ? -1 : 1;
    if (turn.backwards[a]) first[from] = static_cast<double>(grid.size[from] - 1);
    // No negative zeros: they would be written.
    for (std::size_t e = 0; e < 3; ++e) result.direction[e * 3 + a] = sign * grid.direction[e * 3 + from] + 0.0;
  }
  result.origin_mm = grid.position_mm(first[0], first[1], first[2]);
  result.two_dimensional = grid.two_dimensional && turn.order[2] == 2;
  return result;
}

Image turned(Image image, const AxisTurn& turn) { return turn_volume(std::move(image), turn); }
LabelMap turned(LabelMap labels, const AxisTurn& turn) { return turn_volume(std::move(labels), turn); }

}  // namespace coopseg::image
