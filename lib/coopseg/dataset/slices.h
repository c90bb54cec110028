// Slices: what a 2D network sees of a volume. Rows run along the second voxel axis, columns along the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/image/volume.h"

namespace coopseg::dataset {

// A rectangle of numbers, row-major.
template <class T>
struct Plane {
  std::size_t rows = 0, columns = 0;
  std::vector<T> values;
  Plane() = default;
  Plane(std::size_t r, std::size_t c, T value = T{}) : rows(r), columns(c), values(r * c, value) {}
  T& at(std::size_t r, std::size_t c) { return values[r * columns + c]; }
  const T& at(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
};
using ImagePlane = Plane<float>;
using LabelPlane = Plane<std::uint8_t>;  // class indices, not label values

struct Slice {
  ImagePlane image;
  LabelPlane label;
};

// Which voxel axis the slices are stacked along: the coarsest spacing, the third axis where two are equally coarse.
std::size_t slice_axis(const image::Grid& grid);

}  // namespace coopseg::dataset
