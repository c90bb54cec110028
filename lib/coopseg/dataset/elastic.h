// Elastic deformation of slices (Simard et al., ICDAR 2003): smoothed noise as displacement, cubic splines as pixels.
//
//   Displacement shift = elastic_displacement(noise_rows, noise_columns, alpha, sigma, window);
//   Slice bent = deform(slice, shift, window);
//
// Only a window of the result is computed; the rest of the slice is read, but never made.
#pragma once

#include "coopseg/core/random.h"
#include "coopseg/dataset/slices.h"

namespace coopseg::dataset {

using Field = Plane<double>;

// A rectangle of pixels inside a plane.
struct Rectangle {
  std::size_t row = 0, column = 0, rows = 0, columns = 0;
};

// Gaussian smoothing with `sigma` pixels, truncated at 4 sigma and normalised; beyond the border the field is 0.
// The window of the result. sigma > 0.
Field smooth_gaussian(const Field& field, double sigma, const Rectangle& window);

// Where a pixel's value comes from: pixel (r, c) of the window from (r + rows, c + columns), in pixels.
struct Displacement {
  Field rows, columns;
};
// `noise_*`: one number in [-1, 1] per pixel of the slice; smoothed with `sigma` pixels, times `alpha` pixels.
Displacement elastic_displacement(const Field& noise_rows, const Field& noise_columns, double alpha, double sigma,
                                  const Rectangle& window);

// One number per pixel, uniform in (-1, 1).
Field uniform_field(std::size_t rows, std::size_t columns, core::RandomStream& random);

// The image by a cubic spline with half-sample symmetric border; of the label each class's indicator by a cubic spline
// with repeated edge, then, in ascending order, pixels of at least 0.5 get the class, the others 0.
// The displacement has the window's size.
Slice deform(const Slice& slice, const Displacement& displacement, const Rectangle& window);

}  // namespace coopseg::dataset
