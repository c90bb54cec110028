// How the voxel axes of a volume run in the patient, and turning volumes so that they run another way: axes change
// places and direction, voxels and their positions stay. Nothing is interpolated.
//
//   axis_codes(image.grid);                                    // "LPS"
//   const AxisTurn turn = turn_to(image.grid, "RAS");
//   Image ras = turned(image, turn);
//   Image back = turned(ras, inverse(turn));                   // == image
//
// A code names for each voxel axis, the first one first, the side of the patient that its indices grow towards: left or
// right, anterior or posterior, superior or inferior. So "RAS" is an image whose first axis runs from left to right, as
// NiBabel's aff2axcodes() has it; some programs name the side that an axis comes from, and call this "LPI".
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "coopseg/image/volume.h"

namespace coopseg::image {

// Axis a of the new volume is axis order[a] of the old one, counted from its other end where backwards[a].
struct AxisTurn {
  std::array<std::size_t, 3> order{0, 1, 2};
  std::array<bool, 3> backwards{};
};

AxisTurn inverse(const AxisTurn& turn);

// Three letters of LRAPSI, one of each pair.
bool is_axis_code(const std::string& code);

// Of axes that are oblique to the patient's, the code that fits them best: that of the largest sum of cosines between
// each axis and what it is called; of equally good ones the one that comes first in the order of axes.
std::string axis_codes(const Grid& grid);

// The turn after which axis_codes() is `code`. A code that is none is a std::logic_error.
AxisTurn turn_to(const Grid& grid, const std::string& code);

// The same places in space in another order. A grid read from two axes stays one of two if its third axis stays third.
Grid turned(const Grid& grid, const AxisTurn& turn);
Image turned(Image image, const AxisTurn& turn);
LabelMap turned(LabelMap labels, const AxisTurn& turn);

}  // namespace coopseg::image
