// The steps of augmentation, each a function of its parameters alone: nothing is drawn here.
// All keep image and label on one grid. Source: the reference implementation of Chen et al., MICCAI 2021.
#pragma once

#include <array>
#include <cstddef>

#include "coopseg/dataset/elastic.h"
#include "coopseg/dataset/slices.h"

namespace coopseg::dataset {

// Rows, then columns, are padded to `size` where they are shorter, ceil(d / 2) before and floor(d / 2) behind; each
// line is filled with its own minimum along the padded axis. Longer sides stay.
Slice pad_to(const Slice& slice, std::size_t size);

void flip_left_right(Slice& slice);
void flip_up_down(Slice& slice);

// One of the eight symmetries of a square slice, without interpolation: 0 leaves it as it is, 1 to 7 are the turns by
// 90, 180 and 270 degrees and the four mirror images.
inline constexpr unsigned kSymmetries = 8;
void turn_to_symmetry(Slice& slice, unsigned which);

// v * scale + shift, clipped to the range that the image had before.
void scale_intensity(ImagePlane& image, double scale, double shift);

// Where an output pixel p = (row, column) takes its value from: q = matrix (p - centre) + offset + centre, with the
// centre ((rows - 1) / 2, (columns - 1) / 2).
struct AffineMap {
  std::array<double, 4> matrix{1, 0, 0, 1};  // row-major
  std::array<double, 2> offset{0, 0};        // pixels
};
// Zoom, then shift, then rotation of the coordinates: matrix R Z, offset R shift; R = [cos -sin; sin cos].
AffineMap affine_map(double rotation_degrees, std::array<double, 2> shift_px, std::array<double, 2> zoom);

// Where bilinear interpolation holds its coordinates. The reference holds them at the last but one row and column, so
// that the last ones are never seen, not even by the identity; `edge` holds them at the last ones.
enum class BilinearLimit { paper, edge };

// Bilinear for the image; nearest, half to even, held at the edge, for the label.
Slice transform(const Slice& slice, const AffineMap& map, BilinearLimit limit);

// The middle of the padded slice: rows and columns from ceil(d / 2), as the reference crops what it augments. What it
// does not augment begins at floor(d / 2), image::middle_start(). Not for slices that are smaller than `size`.
Rectangle centre_rounded_up(std::size_t rows, std::size_t columns, std::size_t size);
Slice crop(const Slice& slice, const Rectangle& window);

}  // namespace coopseg::dataset
