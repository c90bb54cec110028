#include "coopseg/image/components.h"

#include <map>

namespace coopseg::image {
namespace {

// Marks with `mark` the component that holds voxel `seed`; returns its size. `open` is scratch memory.
std::size_t flood(const LabelMap& labels, std::size_t seed, std::uint32_t mark, std::vector<std::uint32_t>& marks,
                  std::vector<std::size_t>& open) {
  const auto [ni, nj, nk] = labels.grid.size;
  const std::int32_t value = labels.voxels[seed];
  std::size_t count = 0;
  open.assign(1, seed);
  marks[seed] = mark;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    ++count;
    const std::size_t i = at % ni, j = at / ni % nj, k = at / (ni * nj);
    for (std::size_t kk = k - (k > 0); kk <= k + 1 && kk < nk; ++kk) {
      for (std::size_t jj = j - (j > 0); jj <= j + 1 && jj < nj; ++jj) {
        for (std::size_t ii = i - (i > 0); ii <= i + 1 && ii < ni; ++ii) {
          const std::size_t next = (kk * nj + jj) * ni + ii;
          if (marks[next] != 0 || labels.voxels[next] != value) continue;
          marks[next] = mark;
          open.push_back(next);
        }
      }
    }
  }
  return count;
}

}  // namespace

std::size_t keep_largest_components(LabelMap& labels) {
  struct Largest {
    std::uint32_t mark = 0;
    std::size_t size = 0;
  };
  std::map<std::int32_t, Largest> largest;
  std::vector<std::uint32_t> marks(labels.voxels.size(), 0);
  std::vector<std::size_t> open;
  std::uint32_t mark = 0;
  for (std::size_t seed = 0; seed < labels.voxels.size(); ++seed) {
    if (labels.voxels[seed] == 0 || marks[seed] != 0) continue;
    const std::size_t size = flood(labels, seed, ++mark, marks, open);
    Largest& best = largest[labels.voxels[seed]];
    if (size > best.size) best = {mark, size};
  }
  std::size_t removed = 0;
  for (std::size_t at = 0; at < labels.voxels.size(); ++at) {
    std::int32_t& value = labels.voxels[at];
    if (value == 0 || marks[at] == largest[value].mark) continue;
    value = 0;
    ++removed;
  }
  return removed;
}

}  // namespace coopseg::image
