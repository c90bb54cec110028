// Resampling between grids.
#pragma once

#include <array>

#include "coopseg/image/volume.h"

namespace coopseg::image {

enum class Interpolation { linear, nearest };

// A grid with the same origin and direction, and `spacing_mm` as the spacing of its axes: size round(size * old / new),
// half to even; the first voxel centres coincide, as in the reference implementation. Values <= 0 and spacings that
// agree to 1e-6 keep. Throws core::DataError beyond 32767 voxels along an axis and beyond 2^31 voxels in all.
Grid with_spacing(const Grid& grid, const std::array<double, 3>& spacing_mm);
// The same of the two axes that the slices lie in (all but slice_axis()).
Grid with_inplane_spacing(const Grid& grid, std::array<double, 2> inplane_mm);

// The voxel index of a position, whole at voxel centres; the way back of Grid::position_mm(). Throws core::DataError
// for axes that do not span space.
std::array<double, 3> index_of(const Grid& grid, const std::array<double, 3>& position_mm);

// `image` sampled at the voxel centres of `target` through both geometries; farther than half a voxel beyond the
// outermost voxel centres 0. Linear interpolation agrees with ITK's ResampleImageFilter, but for centres that lie
// exactly on the far border, which ITK leaves out and we do not.
Image resample(const Image& image, const Grid& target, Interpolation interpolation);
// Nearest neighbour.
LabelMap resample(const LabelMap& labels, const Grid& target);

// As resample(), and everywhere beyond the outermost voxel centres the values of the outermost voxels: for grids that
// with_spacing() makes of one another, of which one may reach beyond the other because sizes are whole numbers.
Image resample_to_edges(const Image& image, const Grid& target, Interpolation interpolation);
LabelMap resample_to_edges(const LabelMap& labels, const Grid& target);

}  // namespace coopseg::image
