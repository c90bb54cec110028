// Exact distance transforms: Euclidean with voxel spacing, and in steps from voxel to voxel.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace coopseg::image {

// Squared distance in mm^2 from each voxel of a box (first axis fastest) to the nearest voxel with sources != 0;
// infinity everywhere if there is none. Separable lower envelopes of parabolas, time linear in the number of voxels
// (Felzenszwalb and Huttenlocher, Theory of Computing 2012). Lines that lead to no voxel with wanted != 0 are left
// out, so that other voxels hold no distance; without `wanted` all are done.
std::vector<double> squared_distance_transform(const std::array<std::size_t, 3>& size,
                                               const std::array<double, 3>& spacing_mm,
                                               const std::vector<std::uint8_t>& sources,
                                               const std::vector<std::uint8_t>& wanted = {});

// Steps from each voxel to the nearest source: taxicab across faces alone, chessboard across edges and corners, too;
// infinity everywhere without a source. Two raster scans (Rosenfeld and Pfaltz, Pattern Recognition 1968).
enum class Steps { taxicab, chessboard };
std::vector<double> step_distance_transform(const std::array<std::size_t, 3>& size, Steps steps,
                                            const std::vector<std::uint8_t>& sources);

}  // namespace coopseg::image
