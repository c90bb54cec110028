#include "coopseg/image/hdf5_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/core/late_library.h"
#include "coopseg/hdf5/array.h"

namespace coopseg::image {

using core::DataError;

namespace {

constexpr char kImage[] = "image";
constexpr char kLabel[] = "label";

// Which dimension of the array an axis is; none: the array has no such axis.
struct AxisPlaces {
  explicit AxisPlaces(const std::string& axes) {
    for (std::size_t a = 0; a < 3; ++a) dimension[a] = axes.find("xyz"[a]);
  }
  bool has(std::size_t axis) const { return dimension[axis] != std::string::npos; }
  std::array<std::size_t, 3> dimension;
};

hdf5::Array read_array(const fs::path& file, const char* name, const Hdf5Layout& layout, bool with_values) {
  hdf5::Array array;
  core::late_function<hdf5::ReadArray>(hdf5::kLibrary, hdf5::kReadArray)(file, name, with_values, array);
  if (array.size.size() == layout.axes.size()) return array;
  throw DataError(file.string(),
                  fmt::format("its data set '{}' is {} voxels, {} dimensions, expected the {} of the axes '{}'", name,
                              fmt::join(array.size, " x "), array.size.size(), layout.axes.size(), layout.axes),
                  "say what its dimensions are: \"h5_axes\" in a case list, --h5-axes with cs-preprocess");
}

Grid grid_of(const hdf5::Array& array, const Hdf5Layout& layout) {
  const AxisPlaces places(layout.axes);
  Grid grid;
  for (std::size_t a = 0; a < 3; ++a) {
    if (places.has(a)) grid.size[a] = array.size[places.dimension[a]];
  }
  grid.spacing_mm = layout.spacing_mm;
  grid.two_dimensional = layout.axes.size() == 2;
  grid.nominal = true;
  return grid;
}

// take(value) for each voxel, in the order of a volume; NaN and infinite ones as the layout says.
template <class Take>
void each_voxel(const hdf5::Array& array, const Hdf5Layout& layout, const Grid& grid, Take&& take) {
  const AxisPlaces places(layout.axes);
  std::array<std::size_t, 3> step{0, 0, 0};
  for (std::size_t a = 0; a < 3; ++a) {
    if (!places.has(a)) continue;
    step[a] = 1;
    for (std::size_t d = places.dimension[a] + 1; d < array.size.size(); ++d) step[a] *= array.size[d];
  }
  for (std::size_t k = 0; k < grid.size[2]; ++k)
    for (std::size_t j = 0; j < grid.size[1]; ++j)
      for (std::size_t i = 0; i < grid.size[0]; ++i) {
        const double value = array.values[i * step[0] + j * step[1] + k * step[2]];
        take(layout.non_finite_as && !std::isfinite(value) ? *layout.non_finite_as : value);
      }
}

}  // namespace

const std::vector<std::string>& hdf5_axes() {
  static const std::vector<std::string> kAxes = {"xyz", "zyx", "yx"};
  return kAxes;
}

bool is_hdf5(const fs::path& file) { return file.extension() == ".h5" || file.extension() == ".hdf5"; }

Grid read_hdf5_image_grid(const fs::path& file, const Hdf5Layout& layout) {
  return grid_of(read_array(file, kImage, layout, false), layout);
}

Grid read_hdf5_label_grid(const fs::path& file, const Hdf5Layout& layout) {
  return grid_of(read_array(file, kLabel, layout, false), layout);
}

Image read_hdf5_image(const fs::path& file, const Hdf5Layout& layout) {
  const hdf5::Array array = read_array(file, kImage, layout, true);
  Image image;
  image.grid = grid_of(array, layout);
  image.voxels.reserve(array.values.size());
  std::size_t odd = 0;
  each_voxel(array, layout, image.grid, [&](double value) {
    image.voxels.push_back(static_cast<float>(value));
    odd += !(std::abs(value) <= std::numeric_limits<float>::max());
  });
  if (odd == 0) return image;
  throw DataError(
      file.string(),
      fmt::format("its data set '{}' has {} voxels that are NaN, infinite or beyond the range of 32-bit floats", kImage,
                  odd),
      "where they are what was not measured, --nan 0 takes them for 0; else export it again");
}

LabelMap read_hdf5_labels(const fs::path& file, const Hdf5Layout& layout) {
  const hdf5::Array array = read_array(file, kLabel, layout, true);
  LabelMap labels;
  labels.grid = grid_of(array, layout);
  labels.voxels.reserve(array.values.size());
  std::size_t odd = 0;
  double example = 0;
  each_voxel(array, layout, labels.grid, [&](double value) {
    const bool is_label = std::nearbyint(value) == value && value >= std::numeric_limits<std::int32_t>::min() &&
                          value <= std::numeric_limits<std::int32_t>::max();
    labels.voxels.push_back(is_label ? static_cast<std::int32_t>(value) : 0);
    if (!is_label && odd++ == 0) example = value;
  });
  if (odd == 0) return labels;
  throw DataError(
      file.string(),
      fmt::format("its data set '{}' is no label map: {} voxels are no whole numbers of 32 bits, the first is {}",
                  kLabel, odd, example),
      "one that was interpolated must be made again with nearest neighbour");
}

std::string hdf5_version() {
  std::string version;
  core::late_function<hdf5::Version>(hdf5::kLibrary, hdf5::kVersion)(version);
  return version;
}

}  // namespace coopseg::image
