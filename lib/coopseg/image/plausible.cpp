#include "coopseg/image/plausible.h"

#include <algorithm>

#include "coopseg/core/log.h"

namespace coopseg::image {
namespace {

template <class T>
bool all_equal(const std::vector<T>& values, T value) {
  return std::all_of(values.begin(), values.end(), [value](T v) { return v == value; });
}

}  // namespace

void warn_if_constant(const Image& image, const std::string& file) {
  if (image.voxels.empty() || !all_equal(image.voxels, image.voxels.front())) return;
  core::warning("{}: all voxels are {:g}: there is nothing to see in this image", file, image.voxels.front());
}

void warn_if_background_only(const LabelMap& labels, const std::string& file) {
  if (all_equal(labels.voxels, 0)) core::warning("{}: holds background only", file);
}

void warn_if_mostly_padding(const Grid& grid, std::size_t crop, const std::string& file) {
  const std::size_t slice = slice_axis(grid);
  const std::size_t columns = grid.size[slice == 0 ? 1 : 0], rows = grid.size[slice == 2 ? 1 : 2];
  if (std::min(columns, crop) * std::min(rows, crop) * 2 >= crop * crop) return;
  core::warning("{}: {} x {} pixels of {:.3g} x {:.3g} mm fill less than half of the {} x {} that the network sees", file,
                columns, rows, grid.spacing_mm[slice == 0 ? 1 : 0], grid.spacing_mm[slice == 2 ? 1 : 2], crop, crop);
}

}  // namespace coopseg::image
