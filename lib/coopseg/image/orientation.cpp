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
Order closest_axes(const Directions& direction) {
  Order order{0, 1, 2}, best = order;
  double best_sum = -1;
  do {
    double sum = 0;
    for (std::size_t a = 0; a < 3; ++a) sum += std::abs(direction[order[a] * 3 + a]);
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
std::vector<T> turn_voxels(std::vector<T> voxels, const Grid& old, const AxisTurn& turn) {
  if (voxels.empty() || is_identity(turn)) return voxels;
  const std::array<std::size_t, 3> stride{1, old.size[0], old.size[0] * old.size[1]};
  std::array<std::size_t, 3> size{};
  std::array<std::ptrdiff_t, 3> step{};  // in the old volume's memory, for one voxel along each new axis
  std::ptrdiff_t start = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    size[a] = old.size[turn.order[a]];
    step[a] = static_cast<std::ptrdiff_t>(stride[turn.order[a]]);
    if (!turn.backwards[a]) continue;
    start += step[a] * static_cast<std::ptrdiff_t>(size[a] - 1);
    step[a] = -step[a];
  }
  std::vector<T> result(voxels.size());
  auto to = result.begin();
  for (std::size_t k = 0; k < size[2]; ++k) {
    for (std::size_t j = 0; j < size[1]; ++j) {
      std::ptrdiff_t from = start + static_cast<std::ptrdiff_t>(k) * step[2] + static_cast<std::ptrdiff_t>(j) * step[1];
      for (std::size_t i = 0; i < size[0]; ++i, from += step[0]) *to++ = voxels[static_cast<std::size_t>(from)];
    }
  }
  return result;
}

template <class T>
Volume<T> turn_volume(Volume<T> volume, const AxisTurn& turn) {
  if (is_identity(turn)) return volume;
  volume.voxels = turn_voxels(std::move(volume.voxels), volume.grid, turn);
  volume.grid = turned(volume.grid, turn);
  return volume;
}

// The cosine between an axis of one and an axis of the other.
double cosine(const Directions& a, std::size_t of_a, const Directions& b, std::size_t of_b) {
  return a[of_a] * b[of_b] + a[3 + of_a] * b[3 + of_b] + a[6 + of_a] * b[6 + of_b];
}

AxisTurn in_order(const Grid& grid, const Directions& axes, const Order& order) {
  AxisTurn turn;
  turn.order = order;
  for (std::size_t a = 0; a < 3; ++a) turn.backwards[a] = cosine(grid.direction, order[a], axes, a) < 0;
  return turn;
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

bool is_identity(const AxisTurn& turn) {
  return turn.order == Order{0, 1, 2} && turn.backwards == std::array<bool, 3>{};
}

AxisTurn then(const AxisTurn& first, const AxisTurn& second) {
  AxisTurn both;
  for (std::size_t a = 0; a < 3; ++a) {
    both.order[a] = first.order[second.order[a]];
    both.backwards[a] = first.backwards[second.order[a]] != second.backwards[a];
  }
  return both;
}

bool is_axis_code(const std::string& code) {
  if (code.size() != 3) return false;
  std::array<bool, 4> found{};
  for (const char letter : code) found[axis_of(letter)] = true;
  return found[0] && found[1] && found[2];
}

std::string axis_codes(const Directions& direction) {
  const Order axes = closest_axes(direction);
  std::string code;
  for (std::size_t a = 0; a < 3; ++a) code += kSides[axes[a]][direction[axes[a] * 3 + a] < 0 ? 1 : 0];
  return code;
}

std::string axis_codes(const Grid& grid) { return axis_codes(grid.direction); }

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

core::Json directions_to_json(const Directions& directions) {
  core::Json axes = core::Json::array();
  for (std::size_t a = 0; a < 3; ++a) axes.push_back({directions[a], directions[3 + a], directions[6 + a]});
  return axes;
}

std::optional<Directions> directions_from_json(const core::Json& axes) {
  const auto are_three = [](const core::Json& list) { return list.is_array() && list.size() == 3; };
  if (!are_three(axes)) return std::nullopt;
  Directions directions{};
  for (std::size_t a = 0; a < 3; ++a) {
    if (!are_three(axes[a])) return std::nullopt;
    for (std::size_t e = 0; e < 3; ++e) {
      if (!axes[a][e].is_number()) return std::nullopt;
      directions[e * 3 + a] = axes[a][e].get<double>();
    }
    const double squares = cosine(directions, a, directions, a);
    if (!(squares > 0.9 && squares < 1.1)) return std::nullopt;
  }
  return directions;
}

AxisTurn slices_last(const Grid& grid) { return axis_last(slice_axis(grid)); }

AxisTurn axis_last(std::size_t axis) {
  if (axis == 0) return {{1, 2, 0}, {}};
  if (axis == 1) return {{0, 2, 1}, {}};
  return {};
}

AxisTurn turn_towards(const Grid& grid, const Directions& axes, Seen seen) {
  std::vector<std::size_t> last = seen == Seen::slices ? possible_slice_axes(grid) : std::vector<std::size_t>{0, 1, 2};
  if (seen == Seen::slices && last.size() > 1) {
    const auto closeness = [&](std::size_t axis) { return std::abs(cosine(grid.direction, axis, axes, 2)); };
    last = {*std::max_element(last.begin(), last.end(), [&](auto a, auto b) { return closeness(a) < closeness(b); })};
  }
  constexpr double kEqual = 1e-4;
  Order order{0, 1, 2};
  AxisTurn best;
  double best_sum = -1, best_lean = 0;
  do {
    if (std::find(last.begin(), last.end(), order[2]) == last.end()) continue;
    const AxisTurn turn = in_order(grid, axes, order);
    double sum = 0;
    for (std::size_t a = 0; a < (seen == Seen::slices ? 2U : 3U); ++a)
      sum += std::abs(cosine(grid.direction, order[a], axes, a));
    const double lean = cosine(grid.direction, order[0], axes, 1) * (turn.backwards[0] ? -1 : 1);
    if (sum < best_sum - kEqual || (sum < best_sum + kEqual && lean <= best_lean)) continue;
    best_sum = sum;
    best_lean = lean;
    best = turn;
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

AxisTurn turn_to_look_at(const Grid& grid) {
  const AxisTurn last = slices_last(grid);
  if (grid.nominal) return last;
  // By the LPS axis that slices lie across.
  static constexpr Directions kSagittal{0, 0, 1, 1, 0, 0, 0, -1, 0}, kCoronal{1, 0, 0, 0, 0, 1, 0, -1, 0},
      kAxial{1, 0, 0, 0, 1, 0, 0, 0, 1};
  const Grid stack = turned(grid, last);
  const std::size_t across = closest_axes(stack.direction)[2];
  AxisTurn inplane = turn_towards(stack, across == 0 ? kSagittal : across == 1 ? kCoronal : kAxial, Seen::slices);
  // Where spacings are alike, another axis may lie closer to the patient's.
  if (inplane.order[2] != 2) return last;
  inplane.backwards[2] = false;
  return then(last, inplane);
}

bool lies_along(const Grid& grid, const Directions& axes, Seen seen) {
  constexpr double kSlicesAlike = 0.70710678;  // cosine of 45 degrees
  AxisTurn turn = turn_towards(grid, axes, seen);
  if (seen == Seen::volume) return is_identity(turn);
  const double slices = cosine(grid.direction, turn.order[2], axes, 2);
  turn.backwards[2] = false;
  return is_identity(turn) && std::abs(slices) >= kSlicesAlike;
}

void OrientationCensus::add(const Grid& grid) {
  if (grid.nominal) {
    ++nominal_;
    return;
  }
  const Grid seen = seen_ == Seen::slices ? turned(grid, slices_last(grid)) : grid;
  Directions added = seen.direction;
  auto group = std::find_if(groups_.begin(), groups_.end(),
                            [&](const Group& known) { return lies_along(seen, known.first, seen_); });
  if (group == groups_.end()) {
    group = groups_.insert(group, Group{});
    group->first = added;
    if (seen_ == Seen::slices) group->slice_axis = slice_axis(grid);
  }
  // Slices that are counted from the other end would take away from the sum.
  const double sign = cosine(added, 2, group->first, 2) < 0 ? -1 : 1;
  for (const std::size_t e : {2, 5, 8}) added[e] *= sign;
  for (std::size_t e = 0; e < 9; ++e) group->sum[e] += added[e];
  ++group->images;
}

Orientation OrientationCensus::result() const {
  Orientation found;
  found.nominal = nominal_;
  const auto most = std::max_element(groups_.begin(), groups_.end(),
                                     [](const Group& a, const Group& b) { return a.images < b.images; });
  if (most == groups_.end()) return found;
  constexpr double kDigits = 1e6;  // of what goes into files
  found.axes.emplace();
  for (std::size_t a = 0; a < 3; ++a) {
    const double length = std::sqrt(cosine(most->sum, a, most->sum, a));
    for (std::size_t e = a; e < 9; e += 3)
      (*found.axes)[e] = std::round(most->sum[e] / length * kDigits) / kDigits + 0.0;
  }
  found.slice_axis = most->slice_axis;
  found.images = most->images;
  for (const Group& group : groups_) found.otherwise += group.images;
  found.otherwise -= most->images;
  return found;
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
std::vector<float> turned(std::vector<float> voxels, const Grid& grid, const AxisTurn& turn) {
  return turn_voxels(std::move(voxels), grid, turn);
}
std::vector<std::uint8_t> turned(std::vector<std::uint8_t> voxels, const Grid& grid, const AxisTurn& turn) {
  return turn_voxels(std::move(voxels), grid, turn);
}

}  // namespace coopseg::image
