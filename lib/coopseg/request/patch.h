// The pieces of volumes and slices that networks are trained on, as options say it.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace coopseg::request {

// Voxels, in the order of the voxel axes. One plane: of slices, for a network of two dimensions.
using Patch = std::array<std::size_t, 3>;

inline bool is_flat(const Patch& patch) { return patch[2] == 1; }

// "X,Y,Z", or "X,Y" for slices; one number stands for three sides. Throws core::UsageError naming the option.
Patch parse_patch(const std::string& text, const std::string& option);

// Throws core::UsageError naming --patch for sides that are no multiples of 16, and for batches of so many `images`
// beyond all memory. How many voxels a batch has.
std::size_t check_patch(const Patch& patch, std::size_t images);

}  // namespace coopseg::request
