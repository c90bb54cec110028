// Grids of formats that say once where their voxels lie, as a step along each axis and an origin. For this room only.
#pragma once

#include <array>
#include <string>

#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

struct AxesInSpace {
  std::array<std::array<double, 3>, 3> step_mm{};  // LPS, from one voxel to the next along an axis; [axis][component]
  std::array<double, 3> origin_mm{};               // LPS, of the first voxel's centre
  std::string spacing_field;                       // what the header calls the steps' lengths, for messages
};

// The grid of header.size, its header.axes axes judged as those of an sform. An image of two axes need not say where
// its third one points. Throws core::DataError for steps of length zero or that are not finite, for axes that are not
// at right angles to 1e-3, and for an origin that is not finite.
Grid grid_of_axes(const NiftiHeader& header, const AxesInSpace& axes, const std::string& file);

}  // namespace coopseg::image
