// Masks in k-space along one axis, spectra, and the order in which TorchIO counts frequencies.
//
// Axes: 0 slices, 1 rows, 2 columns; element (s, h, w) of a volume lies at (s * N1 + h) * N2 + w.
// "Shifted" index j on an axis of N: frequency k = j - floor(N / 2), so floor(N / 2) is the zero frequency.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

#include "coopseg/image/volume.h"

namespace coopseg::artefact {

using Shape = std::array<std::size_t, 3>;  // slices, rows, columns

inline Shape shape_of(const image::Image& image) {
  return {image.grid.size[2], image.grid.size[1], image.grid.size[0]};
}

// float32 of a finite or infinite value; what does not fit becomes the largest number, so that nothing turns into NaN
// further on.
inline float to_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(value < -kMost ? -kMost : value > kMost ? kMost : value);
}

enum class Part { real, magnitude };

// One volume and what is let through of its spectrum: a factor for each shifted index of the axis.
struct Band {
  const float* voxels;
  std::vector<double> mask;
};

// The sum of the masked spectra of `bands`, back in space. A mask that depends on one axis alone leaves the other two
// axes' transforms undone unchanged, so one-dimensional transforms along `axis` give what three-dimensional ones would.
// `out` holds as many voxels as a band and must not be one.
void filter(const Shape& shape, std::size_t axis, const std::vector<Band>& bands, Part part, float* out);

// The whole three-dimensional spectrum, in the array's own (unshifted) order.
struct Spectrum {
  std::vector<double> re, im;
};
Spectrum spectrum(const Shape& shape, const float* voxels);

// The sum of all voxels: of rows first, then of the rows' sums, in one order whatever the threads.
double sum(const Shape& shape, const float* voxels);

}  // namespace coopseg::artefact
