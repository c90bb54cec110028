// What each artefact does to a volume. Pure functions of image and parameters: the same bytes whatever the number of
// threads; they run in parallel over lines and slices with oneTBB. Any size, axes of one voxel included; finite voxels
// in, finite voxels out (what exceeds float32 becomes its largest number). Spacing and direction of the grid are kept;
// only the physical dialect looks at the spacing. Values are neither clipped nor rescaled. Throws core::DataError for
// parameters out of range (see parameters.h). Thread-safe.
//
//   Image bad = apply(image, {Ghosting{5, 1, 0.8}});
#pragma once

#include <array>

#include "coopseg/artefact/parameters.h"
#include "coopseg/image/volume.h"

namespace coopseg::artefact {

image::Image apply(const image::Image& image, const Artefact& artefact);

image::Image apply_bias_field(const image::Image& image, const BiasField& parameters, Dialect dialect);
image::Image apply_ghosting(const image::Image& image, const Ghosting& parameters, Dialect dialect);
image::Image apply_spike(const image::Image& image, const Spike& parameters, Dialect dialect);

// What a movement refers to.
// voxels: as in the paper, where TorchIO knew no geometry: all voxels count as cubes of 1 mm, and the rotation is about
// the first voxel of the first slice (TorchIO sets the centre of rotation and then loses it; rotating about the centre
// would be sane). With the paper's 30 degrees most of a moved stack is then background.
// header: what TorchIO does with an image that has its geometry: axes are the file's i, j, k, movements in LPS
// millimetres about the scanner's origin, and parts of k-space are taken along k.
enum class MotionGeometry { voxels, header };

// Not the physical dialect, which goes by apply_slice_motion().
image::Image apply_motion(const image::Image& image, const Motion& parameters, Dialect dialect,
                          MotionGeometry geometry = MotionGeometry::voxels);

// The volume after one movement alone, linearly interpolated; what comes from outside is the volume's minimum.
image::Image move(const image::Image& image, const std::array<double, 3>& degrees,
                  const std::array<double, 3>& translation, MotionGeometry geometry = MotionGeometry::voxels);

// The physical dialect's motion, each slice by itself; what comes from outside is the slice's minimum. Throws
// core::DataError if `slices` holds neither one entry nor one for each slice.
image::Image apply_slice_motion(const image::Image& image, const Motion& parameters);

}  // namespace coopseg::artefact
