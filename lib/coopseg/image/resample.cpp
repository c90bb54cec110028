#include "coopseg/image/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"

namespace coopseg::image {
namespace {

constexpr double kMostVoxels = 32767;            // along one axis of a NIfTI-1 file
constexpr double kMostVoxelsInAll = 2147483648;  // 8 GiB of them

using Matrix = std::array<double, 9>;

Matrix inverse(const Matrix& m) {
  const double c0 = m[4] * m[8] - m[5] * m[7], c1 = m[5] * m[6] - m[3] * m[8], c2 = m[3] * m[7] - m[4] * m[6];
  const double determinant = m[0] * c0 + m[1] * c1 + m[2] * c2;
  if (!(std::abs(determinant) > 1e-12)) {
    throw core::DataError("", "a grid's direction has dependent axes", "mend it with cs-preprocess --geometry");
  }
  const double d = 1 / determinant;
  return {c0 * d, (m[2] * m[7] - m[1] * m[8]) * d, (m[1] * m[5] - m[2] * m[4]) * d,
          c1 * d, (m[0] * m[8] - m[2] * m[6]) * d, (m[2] * m[3] - m[0] * m[5]) * d,
          c2 * d, (m[1] * m[6] - m[0] * m[7]) * d, (m[0] * m[4] - m[1] * m[3]) * d};
}

// Index in one grid -> real index in another: index * scale + offset.
struct IndexMap {
  Matrix scale{};
  std::array<double, 3> offset{};

  IndexMap(const Grid& from, const Grid& to) {
    const Matrix into = inverse(to.direction);
    // Equal directions must cancel exactly, or an index meant to hit a voxel centre would miss it by a rounding error.
    const bool parallel = from.direction == to.direction;
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 3; ++column) {
        double turn = row == column ? 1 : 0;
        if (!parallel) {
          turn = 0;
          for (std::size_t e = 0; e < 3; ++e) turn += into[row * 3 + e] * from.direction[e * 3 + column];
        }
        scale[row * 3 + column] = turn * from.spacing_mm[column] / to.spacing_mm[row];
        offset[row] += into[row * 3 + column] * (from.origin_mm[column] - to.origin_mm[column]) / to.spacing_mm[row];
      }
    }
  }

  std::array<double, 3> operator()(std::size_t i, std::size_t j, std::size_t k) const {
    const double x = static_cast<double>(i), y = static_cast<double>(j), z = static_cast<double>(k);
    return {scale[0] * x + scale[1] * y + scale[2] * z + offset[0],
            scale[3] * x + scale[4] * y + scale[5] * z + offset[1],
            scale[6] * x + scale[7] * y + scale[8] * z + offset[2]};
  }
};

// As in ITK, the image reaches half a voxel beyond its outer voxel centres. Positions come from 32-bit numbers: what is
// meant to lie on the border lies about there, and counts.
constexpr double kReach = 0.5 + 1e-4;

bool inside(const std::array<double, 3>& index, const std::array<std::size_t, 3>& size) {
  for (std::size_t a = 0; a < 3; ++a) {
    if (!(index[a] >= -kReach && index[a] <= static_cast<double>(size[a] - 1) + kReach)) return false;
  }
  return true;
}

// Half indices go up, as ITK rounds them.
template <class T>
T nearest_value(const Volume<T>& volume, const std::array<double, 3>& index) {
  std::array<std::size_t, 3> at{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double last = static_cast<double>(volume.grid.size[a] - 1);
    at[a] = static_cast<std::size_t>(std::clamp(std::floor(index[a] + 0.5), 0.0, last));
  }
  return volume.at(at[0], at[1], at[2]);
}

float linear_value(const Image& image, const std::array<double, 3>& index) {
  std::array<std::size_t, 3> low{}, high{};
  std::array<double, 3> weight{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double last = static_cast<double>(image.grid.size[a] - 1);
    const double clamped = std::clamp(index[a], 0.0, last);
    low[a] = static_cast<std::size_t>(clamped);
    weight[a] = clamped - static_cast<double>(low[a]);
    high[a] = std::min(low[a] + 1, image.grid.size[a] - 1);
  }
  const auto mix = [](double a, double b, double w) { return a + (b - a) * w; };
  const auto row = [&](std::size_t j, std::size_t k) {
    return mix(image.at(low[0], j, k), image.at(high[0], j, k), weight[0]);
  };
  const auto plane = [&](std::size_t k) {
    return weight[1] == 0 ? row(low[1], k) : mix(row(low[1], k), row(high[1], k), weight[1]);
  };
  return static_cast<float>(weight[2] == 0 ? plane(low[2]) : mix(plane(low[2]), plane(high[2]), weight[2]));
}

enum class Outside { zero, edge };

template <class T, class Value>
Volume<T> sample(const Volume<T>& volume, const Grid& target, Outside outside, Value value) {
  Volume<T> result(target);
  const IndexMap map(target, volume.grid);
  // Every voxel depends on its own position alone: threads cannot change the result.
  core::for_each_index(target.size[2] * target.size[1], [&](std::size_t line) {
    const std::size_t j = line % target.size[1], k = line / target.size[1];
    for (std::size_t i = 0; i < target.size[0]; ++i) {
      const auto index = map(i, j, k);
      if (outside == Outside::edge || inside(index, volume.grid.size)) result.at(i, j, k) = value(volume, index);
    }
  });
  return result;
}

}  // namespace

Grid with_spacing(const Grid& grid, const std::array<double, 3>& spacing_mm) {
  Grid result = grid;
  double voxels = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    const double wanted_mm = spacing_mm[a], ratio = grid.spacing_mm[a] / wanted_mm;
    // A spacing that has been through a file's 32-bit numbers is the same spacing.
    if (wanted_mm > 0 && !(std::abs(ratio - 1) < 1e-6)) {
      const double size = std::max(1.0, std::nearbyint(static_cast<double>(grid.size[a]) * ratio));
      if (!(size <= kMostVoxels)) {
        throw core::DataError("",
                              fmt::format("a spacing of {} mm makes {} voxels of {} along axis {}, NIfTI holds {}",
                                          wanted_mm, size, grid.size[a], a + 1, kMostVoxels),
                              "choose a larger spacing");
      }
      result.size[a] = static_cast<std::size_t>(size);
      result.spacing_mm[a] = wanted_mm;
    }
    voxels *= static_cast<double>(result.size[a]);
  }
  if (voxels > kMostVoxelsInAll && result.size != grid.size) {
    throw core::DataError("",
                          fmt::format("a spacing of {} mm makes {} x {} x {} voxels, more than {} in all",
                                      fmt::join(result.spacing_mm, " x "), result.size[0], result.size[1],
                                      result.size[2], kMostVoxelsInAll),
                          "choose a larger spacing");
  }
  return result;
}

Grid with_inplane_spacing(const Grid& grid, std::array<double, 2> inplane_mm) {
  const std::size_t across = slice_axis(grid);
  std::array<double, 3> spacing_mm{};
  for (std::size_t n = 0; n < 2; ++n) spacing_mm[n < across ? n : n + 1] = inplane_mm[n];
  return with_spacing(grid, spacing_mm);
}

std::array<double, 3> index_of(const Grid& grid, const std::array<double, 3>& position_mm) {
  const Matrix into = inverse(grid.direction);
  std::array<double, 3> index{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      index[row] += into[row * 3 + column] * (position_mm[column] - grid.origin_mm[column]) / grid.spacing_mm[row];
    }
  }
  return index;
}

namespace {

// Of grids that with_spacing() makes of one another.
bool have_same_voxels(const Grid& one, const Grid& other) {
  return one.size == other.size && one.spacing_mm == other.spacing_mm;
}

Image sample(const Image& image, const Grid& target, Outside outside, Interpolation interpolation) {
  if (interpolation == Interpolation::nearest) return sample(image, target, outside, nearest_value<float>);
  return sample(image, target, outside, linear_value);
}

}  // namespace

Image resample(const Image& image, const Grid& target, Interpolation interpolation) {
  return sample(image, target, Outside::zero, interpolation);
}

LabelMap resample(const LabelMap& labels, const Grid& target) {
  return sample(labels, target, Outside::zero, nearest_value<std::int32_t>);
}

Image resample_to_edges(const Image& image, const Grid& target, Interpolation interpolation) {
  if (have_same_voxels(image.grid, target)) return image;
  return sample(image, target, Outside::edge, interpolation);
}

LabelMap resample_to_edges(const LabelMap& labels, const Grid& target) {
  if (have_same_voxels(labels.grid, target)) return labels;
  return sample(labels, target, Outside::edge, nearest_value<std::int32_t>);
}

}  // namespace coopseg::image
