// Signed distance maps of the classes of a label map: positive outside, negative inside, 0 on the object's own boundary.
//
//   const Image map = signed_distance_map(labels, 3, {DistanceUnit::mm, DistanceScale::none});
//   signed_distance_map(patch.data(), {32, 48, 32}, {1, 1, 1}, 2, DistanceScale::crop, distances.data());
//
// For an object M, centre to centre of the voxels, exact:
//   outside   from a voxel that is not in M to the nearest voxel of M; 0 in M
//   inside    from a voxel of M to the nearest voxel that is not in M; 0 elsewhere
//   boundary  voxels of M with one of their 6 neighbours outside M; the faces of the volume are no boundary
//   map       0 on the boundary, elsewhere outside - inside, each divided by its greatest value where the scale is that
//             of the crop: from -1 at the deepest voxel of M to 1 at the farthest one from it
// As inside counts from voxels that are not in M, the map jumps at the boundary: beside each other stand, in voxels,
// 1 (not in M), 0 (boundary) and -2. An object without voxels, or with all of them, has the map 0. An object that is
// all boundary has no negative values. The definition is that of Xue et al. (AAAI 2020) as its public code has it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

enum class DistanceUnit { voxel, mm };   // steps of one voxel along each axis, or of the grid's spacing
enum class DistanceScale { crop, none };  // both sides by their maxima in this volume: -1 ... 1; or the distances

extern const core::Words<DistanceUnit> kDistanceUnits;
extern const core::Words<DistanceScale> kDistanceScales;

// The three parts of the definition above, as long as `object`, whose voxels are those that are not 0. Distances to
// what is not there are 0. `spacing` is that of the axes, > 0, in whatever unit the distances shall have.
struct ObjectDistances {
  std::vector<double> outside, inside;
  std::vector<std::uint8_t> boundary;
};
ObjectDistances object_distances(const std::array<std::size_t, 3>& size, const std::array<double, 3>& spacing,
                                 const std::vector<std::uint8_t>& object);

// Of the voxels of one class among `labels` (first axis fastest) into as many values of `map`. Thread-safe.
void signed_distance_map(const std::uint8_t* labels, const std::array<std::size_t, 3>& size,
                         const std::array<double, 3>& spacing, std::uint8_t class_index, DistanceScale scale,
                         float* map);

struct DistanceMapOptions {
  DistanceUnit unit = DistanceUnit::voxel;
  DistanceScale scale = DistanceScale::crop;
};
// Of the voxels that hold `value`, on the grid of the labels.
Image signed_distance_map(const LabelMap& labels, std::int32_t value, const DistanceMapOptions& options = {});

}  // namespace coopseg::image
