#include "coopseg/image/placement.h"

#include <algorithm>
#include <cmath>

#include "coopseg/image/resample.h"

namespace coopseg::image {
namespace {

constexpr std::size_t kParts = 32;  // of each axis
constexpr double kSame = 1e-3;

double share_within(const Grid& grid, const Grid& other) {
  std::array<std::array<double, kParts>, 3> index{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double part = static_cast<double>(grid.size[a]) / kParts;
    for (std::size_t n = 0; n < kParts; ++n) index[a][n] = (static_cast<double>(n) + 0.5) * part - 0.5;
  }
  std::size_t within = 0;
  for (const double k : index[2]) {
    for (const double j : index[1]) {
      for (const double i : index[0]) {
        const auto at = index_of(other, grid.position_mm(i, j, k));
        bool inside = true;
        for (std::size_t a = 0; a < 3; ++a)
          inside = inside && at[a] >= -0.5 && at[a] <= static_cast<double>(other.size[a]) - 0.5;
        within += inside;
      }
    }
  }
  return static_cast<double>(within) / (kParts * kParts * kParts);
}

bool same(double found, double expected, double scale) { return std::abs(found - expected) <= kSame * scale; }

bool is_identity(const std::array<double, 9>& direction, double first_two) {
  for (std::size_t e = 0; e < 9; ++e) {
    if (!same(direction[e], e % 4 != 0 ? 0 : e == 8 ? 1 : first_two, 1)) return false;
  }
  return true;
}

bool is_at_origin(const Grid& grid) {
  return std::all_of(grid.origin_mm.begin(), grid.origin_mm.end(), [](double mm) { return std::abs(mm) <= kSame; });
}

// In LPS as programs on top of ITK have it, in RAS as NiBabel's users write it.
bool has_identity_direction(const Grid& grid) {
  return is_identity(grid.direction, 1) || is_identity(grid.direction, -1);
}

}  // namespace

double shared_part(const Grid& one, const Grid& other) {
  return std::max(share_within(one, other), share_within(other, one));
}

bool may_have_lost_place(const Grid& found, const Grid& expected) {
  for (std::size_t a = 0; a < 3; ++a) {
    if (!same(found.spacing_mm[a], expected.spacing_mm[a], expected.spacing_mm[a])) return false;
  }
  return found.size == expected.size && is_at_origin(found) && has_identity_direction(found);
}

bool has_lost_header(const Grid& found, const Grid& expected) {
  if (found.size != expected.size) return false;
  bool spacing_lost = false, origin_kept = true, direction_kept = true;
  for (std::size_t a = 0; a < 3; ++a) {
    if (!same(found.spacing_mm[a], expected.spacing_mm[a], expected.spacing_mm[a])) {
      if (found.spacing_mm[a] != 1) return false;
      spacing_lost = true;
    }
    origin_kept = origin_kept && same(found.origin_mm[a], expected.origin_mm[a], 1);
  }
  for (std::size_t e = 0; e < 9; ++e) {
    direction_kept = direction_kept && same(found.direction[e], expected.direction[e], 1);
  }
  if (!spacing_lost) return may_have_lost_place(found, expected) && shared_part(found, expected) < kMostlyShared;
  return (origin_kept || is_at_origin(found)) && (direction_kept || has_identity_direction(found));
}

}  // namespace coopseg::image
