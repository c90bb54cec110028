// Slices: what a 2D network sees of a volume. Rows run along the second voxel axis, columns along the first.
//
//   std::size_t axis = slice_axis(image.grid);
//   for (std::size_t k = 0; k < image.grid.size[axis]; ++k) ImagePlane plane = slice_of(image, axis, k);
//
// Of stacks along another axis the two remaining axes keep their order: columns along the lower one.
#pragma once

#include <cassert>
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

using image::slice_axis;

// The voxel axes that rows and columns of a slice count along.
struct SliceAxes {
  std::size_t row, column;
};
inline SliceAxes slice_axes(std::size_t axis) {
  assert(axis < 3);
  return {axis == 2 ? std::size_t{1} : std::size_t{2}, axis == 0 ? std::size_t{1} : std::size_t{0}};
}

// Slice k of a volume, and the way back; T and U convert like numbers.
template <class U, class T>
Plane<U> slice_as(const image::Volume<T>& volume, std::size_t axis, std::size_t k) {
  const auto [row, column] = slice_axes(axis);
  Plane<U> out(volume.grid.size[row], volume.grid.size[column]);
  std::size_t at[3];
  at[axis] = k;
  for (at[row] = 0; at[row] < out.rows; ++at[row])
    for (at[column] = 0; at[column] < out.columns; ++at[column])
      out.at(at[row], at[column]) = static_cast<U>(volume.at(at[0], at[1], at[2]));
  return out;
}
template <class T>
Plane<T> slice_of(const image::Volume<T>& volume, std::size_t axis, std::size_t k) {
  return slice_as<T>(volume, axis, k);
}

}  // namespace coopseg::dataset
