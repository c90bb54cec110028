// Volumes that are read without error and are still not likely to be meant. Each function prints a warning that names
// the file, and nothing else.
#pragma once

#include <optional>
#include <string>

#include "coopseg/image/preprocess.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

// All voxels are equal: an export gone wrong, or a mask in the place of an image.
void warn_if_constant(const Image& image, const std::string& file);

// Percentiles between which nothing lies, because more of the voxels than they leave have one value, as in zero-padded
// and masked images: normalised by them, the volume is 0 everywhere. The volume as it came, before bias correction; not
// a word of constant ones, for which there is warn_if_constant().
void warn_if_normalised_away(const Image& image, const std::optional<Normalisation>& normalise,
                             const std::string& file);

// A label map without a foreground voxel.
void warn_if_background_only(const LabelMap& labels, const std::string& file);

// Slices (across slice_axis()) that fill less than half of the `crop` x `crop` pixels that a network sees.
void warn_if_mostly_padding(const Grid& grid, std::size_t crop, const std::string& file);

}  // namespace coopseg::image
