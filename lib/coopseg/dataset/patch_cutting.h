// A patch out of a volume, as it was drawn: nothing is drawn here, and nothing but the patch's own voxels is made.
//
//   const VolumeStatistics statistics = statistics_of(volume);
//   cut_patch(volume, statistics, PatchFlip::independent, draw, elastic, {32, 48, 32}, {image, labels});
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "coopseg/dataset/patch_augmentation.h"
#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

using PatchSize = std::array<std::size_t, 3>;  // columns, rows, planes

struct VolumeStatistics {
  float minimum = 0;
  double mean = 0, deviation = 0;  // over all voxels; the deviation is that of the voxels themselves, divided by n
};
// Of a volume with at least one voxel.
VolumeStatistics statistics_of(const TrainingVolume& volume);

// Where a patch may lie in a volume of `size`, on each axis: `before` voxels of padding come first, and the patch may
// start at 0 ... starts - 1 of what is padded. Shorter sides are padded to the patch's size, the smaller half of an odd
// padding in front, and every place is allowed; or all that is as PatchFlip::uamt says.
struct PatchPlaces {
  std::array<std::size_t, 3> before{}, starts{};
};
PatchPlaces patch_places(const PatchSize& size, const PatchSize& patch, PatchFlip rules);
// Of a patch within one plane: the third axis has no padding and one place.
PatchPlaces patch_places_in_plane(const PatchSize& size, const PatchSize& patch, PatchFlip rules);

// Where a patch is written to: size[0] * size[1] * size[2] voxels; what is null is not made.
struct PatchTarget {
  float* image;
  std::int64_t* labels = nullptr;  // of the same voxels
  float* probabilities = nullptr;  // likewise, [class][z][y][x] as the volume has them
};

// What lies outside of the volume is the volume's minimum, its background, or 0 by PatchFlip::uamt, and has label 0
// with probability 1. Where the draw names a plane, size[2] is 1, the patch is cut from that plane as from a
// two-dimensional image, and displacements have no part along z. Without rotation, scaling and deformation the voxels
// are copies. With them the content turns by rotation_degrees about x, then y, then z, and grows by `scale`, about the
// patch's middle and in millimetres; the image is interpolated linearly, and so are probabilities, which add up to 1
// then; labels (kIgnoredLabel among them) are those of the nearest voxel. The displacements at the points of the
// elastic step's grid, all of x first, then of y and z, come from `elastic`. Thread-safe.
void cut_patch(const TrainingVolume& volume, const VolumeStatistics& statistics, PatchFlip rules, const PatchDraw& draw,
               core::RandomStream elastic, const PatchSize& size, const PatchTarget& out);

}  // namespace coopseg::dataset
