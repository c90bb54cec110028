#include "coopseg/image/overlap.h"

#include <cassert>

namespace coopseg::image {

std::optional<double> Overlap::dice() const {
  if (first + second == 0) return std::nullopt;
  return 2.0 * static_cast<double>(common) / static_cast<double>(first + second);
}

std::vector<Overlap> overlaps_of(const LabelMap& first, const LabelMap& second, std::size_t classes) {
  assert(first.voxels.size() == second.voxels.size());
  std::vector<Overlap> found(classes);
  const auto known = [&](std::int32_t value) { return value >= 0 && static_cast<std::size_t>(value) < classes; };
  for (std::size_t v = 0; v < first.voxels.size(); ++v) {
    const std::int32_t a = first.voxels[v], b = second.voxels[v];
    if (known(a)) ++found[static_cast<std::size_t>(a)].first;
    if (known(b)) ++found[static_cast<std::size_t>(b)].second;
    if (a == b && known(a)) ++found[static_cast<std::size_t>(a)].common;
  }
  return found;
}

}  // namespace coopseg::image
