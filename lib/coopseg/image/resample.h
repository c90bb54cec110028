// Resampling between grids.
#pragma once

#include <array>

#include "coopseg/image/volume.h"

namespace coopseg::image {

enum class Interpolation { linear, nearest };

// A grid with the same origin, direction and slice spacing, and `inplane_mm` as the spacing of the two axes that the
// slices lie in (all but slice_axis()): size
// round(size * old / new), half to even; the first voxel centres coincide, as in the reference implementation. Values
// <= 0 and spacings that agree to 1e-6 keep. Throws core::DataError beyond 32767 voxels along an axis.
Grid with_inplane_spacing(const Grid& grid, std::array<double, 2> inplane_mm);

// `image` sampled at the voxel centres of `target` through both geometries; outside the image 0. On grids that share
// origin and direction, linear interpolation agrees with ITK's ResampleImageFilter.
Image resample(const Image& image, const Grid& target, Interpolation interpolation);
// Nearest neighbour.
LabelMap resample(const LabelMap& labels, const Grid& target);

}  // namespace coopseg::image
