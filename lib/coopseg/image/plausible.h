// Volumes that are read without error and are still not likely to be meant. Each function prints a warning that names
// the file, and nothing else.
#pragma once

#include <string>

#include "coopseg/image/volume.h"

namespace coopseg::image {

// All voxels are equal: an export gone wrong, or a mask in the place of an image.
void warn_if_constant(const Image& image, const std::string& file);

// A label map without a foreground voxel.
void warn_if_background_only(const LabelMap& labels, const std::string& file);

// Slices (across slice_axis()) that fill less than half of the `crop` x `crop` pixels that a network sees.
void warn_if_mostly_padding(const Grid& grid, std::size_t crop, const std::string& file);

}  // namespace coopseg::image
