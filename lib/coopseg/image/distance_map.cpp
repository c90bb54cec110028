#include "coopseg/image/distance_map.h"

#include <algorithm>
#include <cmath>

#include "coopseg/image/distance_transform.h"

namespace coopseg::image {

const core::Words<DistanceUnit> kDistanceUnits{{"voxel", DistanceUnit::voxel}, {"mm", DistanceUnit::mm}};
const core::Words<DistanceScale> kDistanceScales{{"crop", DistanceScale::crop}, {"none", DistanceScale::none}};

namespace {

using Size = std::array<std::size_t, 3>;
using Mask = std::vector<std::uint8_t>;

Mask complement(const Mask& mask) {
  Mask other(mask.size());
  std::transform(mask.begin(), mask.end(), other.begin(), [](std::uint8_t m) { return static_cast<std::uint8_t>(!m); });
  return other;
}

Mask inner_boundary(const Size& size, const Mask& object) {
  Mask boundary(object.size());
  const std::size_t row = size[0], plane = size[0] * size[1];
  for (std::size_t k = 0, p = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++p) {
        if (!object[p]) continue;
        boundary[p] = (i > 0 && !object[p - 1]) || (i + 1 < size[0] && !object[p + 1]) ||
                      (j > 0 && !object[p - row]) || (j + 1 < size[1] && !object[p + row]) ||
                      (k > 0 && !object[p - plane]) || (k + 1 < size[2] && !object[p + plane]);
      }
  return boundary;
}

// From the voxels of `here` to the nearest one of `there`, its complement; 0 in `there`, and where that is empty.
std::vector<double> distances(const Size& size, const std::array<double, 3>& spacing, const Mask& here,
                              const Mask& there) {
  std::vector<double> result = squared_distance_transform(size, spacing, there, here);
  for (std::size_t p = 0; p < result.size(); ++p)
    result[p] = here[p] && std::isfinite(result[p]) ? std::sqrt(result[p]) : 0;
  return result;
}

void signed_map(const Size& size, const std::array<double, 3>& spacing, const Mask& object, DistanceScale scale,
                float* map) {
  if (std::all_of(object.begin(), object.end(), [&](std::uint8_t m) { return m == object.front(); })) {
    std::fill_n(map, object.size(), 0.0f);
    return;
  }
  const ObjectDistances found = object_distances(size, spacing, object);
  double outside = 1, inside = 1;
  if (scale == DistanceScale::crop) {
    outside = *std::max_element(found.outside.begin(), found.outside.end());
    inside = *std::max_element(found.inside.begin(), found.inside.end());
  }
  for (std::size_t p = 0; p < object.size(); ++p) {
    const double distance = object[p] ? -found.inside[p] / inside : found.outside[p] / outside;
    map[p] = found.boundary[p] ? 0.0f : static_cast<float>(distance);
  }
}

}  // namespace

ObjectDistances object_distances(const Size& size, const std::array<double, 3>& spacing, const Mask& object) {
  const Mask rest = complement(object);
  return {distances(size, spacing, rest, object), distances(size, spacing, object, rest), inner_boundary(size, object)};
}

void signed_distance_map(const std::uint8_t* labels, const Size& size, const std::array<double, 3>& spacing,
                         std::uint8_t class_index, DistanceScale scale, float* map) {
  Mask object(size[0] * size[1] * size[2]);
  for (std::size_t p = 0; p < object.size(); ++p) object[p] = labels[p] == class_index;
  signed_map(size, spacing, object, scale, map);
}

Image signed_distance_map(const LabelMap& labels, std::int32_t value, const DistanceMapOptions& options) {
  Mask object(labels.voxels.size());
  for (std::size_t p = 0; p < object.size(); ++p) object[p] = labels.voxels[p] == value;
  Image map(labels.grid);
  const bool in_mm = options.unit == DistanceUnit::mm;
  signed_map(labels.grid.size, in_mm ? labels.grid.spacing_mm : std::array<double, 3>{1, 1, 1}, object, options.scale,
             map.voxels.data());
  return map;
}

}  // namespace coopseg::image
