// Intensity normalisation of volumes.
#pragma once

#include "coopseg/image/volume.h"

namespace coopseg::image {

// Percentile p in [0, 100] of all voxels, linear between order statistics (NumPy's default). Not for empty volumes.
double percentile(const std::vector<float>& values, double p);

// Clips at two percentiles of the volume and maps them to [0, 1]: (v - low) / (high - low + 1e-10), as the
// reference implementation of Chen et al. (MICCAI 2021) does. Returns {low, high}.
std::array<double, 2> normalise_percentiles(Image& image, double low_percent = 2, double high_percent = 98);

// N4 bias field correction (Tustison et al., IEEE TMI 2010; ITK's filter) inside an Otsu mask, on a copy shrunk by
// `shrink`, the field applied at full size. Single-threaded and reproducible.
Image correct_bias_n4(const Image& image, unsigned shrink = 4, unsigned levels = 3, unsigned iterations = 50);

}  // namespace coopseg::image
