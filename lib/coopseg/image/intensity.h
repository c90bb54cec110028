// Intensity normalisation of volumes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coopseg/image/volume.h"

namespace coopseg::image {

// Percentile p in [0, 100] of all voxels, linear between order statistics (NumPy's default). Not for empty volumes.
double percentile(const std::vector<float>& values, double p);

// Clips at two percentiles of the volume and maps them to [0, 1]: (v - low) / (high - low + 1e-10), as the
// reference implementation of Chen et al. (MICCAI 2021) does. Returns {low, high}.
std::array<double, 2> normalise_percentiles(Image& image, double low_percent = 2, double high_percent = 98);

// The three that follow work on the voxels where `mask` is not 0, and set the others to 0; an empty mask stands for all
// voxels. All numbers are computed in double precision.

// As normalise_percentiles() above, the percentiles being those of the mask's voxels.
void normalise_percentiles(Image& image, double low_percent, double high_percent,
                           const std::vector<std::uint8_t>& mask);
// (v - mean) / standard deviation, of the population: the mean becomes 0, the deviation 1. Throws core::DataError if
// all voxels are equal.
void normalise_zscore(Image& image, const std::vector<std::uint8_t>& mask);
// (v - least) / (most - least). Throws core::DataError if all voxels are equal.
void normalise_minmax(Image& image, const std::vector<std::uint8_t>& mask);

// Clips to [low, high], low < high, and maps to [0, 1]: (v - low) / (high - low).
void normalise_window(Image& image, double low, double high);

// 1 where a voxel is not background, else 0, in the order of the voxels. The background is one exact value: the one
// that is found most often on the outer faces of the volume (the lowest of equally frequent ones), which are those
// across axes of more than two voxels, or all voxels where no axis has so many. So a volume whose surroundings were set
// to one number (a skull-stripped brain, the corners of a CT) is told from them; noise is foreground. Throws
// core::DataError if all voxels are background.
std::vector<std::uint8_t> foreground(const Image& image);

// N4 bias field correction (Tustison et al., IEEE TMI 2010; ITK's filter) inside an Otsu mask, on a copy shrunk by
// `shrink`, the field applied at full size. Single-threaded and reproducible.
Image correct_bias_n4(const Image& image, unsigned shrink = 4, unsigned levels = 3, unsigned iterations = 50);

}  // namespace coopseg::image
