// Area of the surface that passes through the middle of a 2x2x2 neighbourhood (length of the contour through a 2x2
// one).
//
// The surface is that of marching cubes through the middles of the voxel-to-voxel edges, with minority corners that
// touch only diagonally kept apart; a pattern and its complement have the same surface. This is the convention behind
// the published numbers of DeepMind's surface-distance (Nikolov et al., J Med Internet Res 2021).
#pragma once

#include <array>

namespace coopseg::metric {

// Indexed by the pattern: bit i + 2j + 4k is set if corner (i, j, k) belongs to the object. mm^2.
std::array<double, 256> surfel_areas(const std::array<double, 3>& spacing_mm);

// Indexed by the pattern with bit i + 2j. mm.
std::array<double, 16> contour_lengths(const std::array<double, 2>& spacing_mm);

}  // namespace coopseg::metric
