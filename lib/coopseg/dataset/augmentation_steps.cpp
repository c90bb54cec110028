#include "coopseg/dataset/augmentation_steps.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace coopseg::dataset {
namespace {

template <class T>
Plane<T> pad_rows(const Plane<T>& in, std::size_t size) {
  if (in.rows >= size) return in;
  const std::size_t before = (size - in.rows + 1) / 2;
  Plane<T> out(size, in.columns);
  for (std::size_t c = 0; c < in.columns; ++c) {
    T least = in.at(0, c);
    for (std::size_t r = 1; r < in.rows; ++r) least = std::min(least, in.at(r, c));
    for (std::size_t r = 0; r < size; ++r)
      out.at(r, c) = r < before || r - before >= in.rows ? least : in.at(r - before, c);
  }
  return out;
}

template <class T>
Plane<T> pad_columns(const Plane<T>& in, std::size_t size) {
  if (in.columns >= size) return in;
  const auto before = static_cast<std::ptrdiff_t>((size - in.columns + 1) / 2);
  Plane<T> out(in.rows, size);
  for (std::size_t r = 0; r < in.rows; ++r) {
    const auto first = in.values.begin() + static_cast<std::ptrdiff_t>(r * in.columns);
    const auto last = first + static_cast<std::ptrdiff_t>(in.columns);
    const auto line = out.values.begin() + static_cast<std::ptrdiff_t>(r * size);
    std::fill_n(line, size, *std::min_element(first, last));
    std::copy(first, last, line + before);
  }
  return out;
}

template <class T>
void mirror_columns(Plane<T>& plane) {
  for (std::size_t r = 0; r < plane.rows; ++r) {
    const auto line = plane.values.begin() + static_cast<std::ptrdiff_t>(r * plane.columns);
    std::reverse(line, line + static_cast<std::ptrdiff_t>(plane.columns));
  }
}

template <class T>
void mirror_rows(Plane<T>& plane) {
  for (std::size_t r = 0; r < plane.rows / 2; ++r) {
    const auto a = plane.values.begin() + static_cast<std::ptrdiff_t>(r * plane.columns);
    const auto b = plane.values.begin() + static_cast<std::ptrdiff_t>((plane.rows - 1 - r) * plane.columns);
    std::swap_ranges(a, a + static_cast<std::ptrdiff_t>(plane.columns), b);
  }
}

template <class T>
void transpose(Plane<T>& plane) {
  for (std::size_t r = 0; r < plane.rows; ++r)
    for (std::size_t c = 0; c < r; ++c) std::swap(plane.at(r, c), plane.at(c, r));
}

template <class T>
Plane<T> part(const Plane<T>& in, const Rectangle& window) {
  Plane<T> out(window.rows, window.columns);
  for (std::size_t r = 0; r < window.rows; ++r)
    std::copy_n(&in.values[(window.row + r) * in.columns + window.column], window.columns,
                &out.values[r * window.columns]);
  return out;
}

// Half to even, as by NumPy; std::nearbyint would be a call for each pixel. For |v| < 2^51.
double round_half_to_even(double v) {
  constexpr double kMagic = 0x1.8p52;
  return (v + kMagic) - kMagic;
}

}  // namespace

Slice pad_to(const Slice& slice, std::size_t size) {
  return {pad_columns(pad_rows(slice.image, size), size), pad_columns(pad_rows(slice.label, size), size)};
}

void flip_left_right(Slice& slice) {
  mirror_columns(slice.image);
  mirror_columns(slice.label);
}

void flip_up_down(Slice& slice) {
  mirror_rows(slice.image);
  mirror_rows(slice.label);
}

void turn_to_symmetry(Slice& slice, unsigned which) {
  assert(which < kSymmetries && slice.image.rows == slice.image.columns);
  // Each of the eight is one choice of these three.
  if (which & 1U) {
    transpose(slice.image);
    transpose(slice.label);
  }
  if (which & 2U) flip_left_right(slice);
  if (which & 4U) flip_up_down(slice);
}

void scale_intensity(ImagePlane& image, double scale, double shift) {
  if (image.values.empty()) return;
  const auto [least, most] = std::minmax_element(image.values.begin(), image.values.end());
  const double low = *least, high = *most;
  for (float& v : image.values)
    v = static_cast<float>(std::clamp(static_cast<double>(v) * scale + shift, low, high));
}

AffineMap affine_map(double rotation_degrees, std::array<double, 2> shift_px, std::array<double, 2> zoom) {
  constexpr double kRadians = 3.14159265358979323846 / 180;
  const double cosine = std::cos(rotation_degrees * kRadians), sine = std::sin(rotation_degrees * kRadians);
  return {{cosine * zoom[0], -sine * zoom[1], sine * zoom[0], cosine * zoom[1]},
          {cosine * shift_px[0] - sine * shift_px[1], sine * shift_px[0] + cosine * shift_px[1]}};
}

Slice transform(const Slice& slice, const AffineMap& map, BilinearLimit limit) {
  const std::size_t rows = slice.image.rows, columns = slice.image.columns;
  assert(rows > 0 && columns > 0 && slice.label.rows == rows && slice.label.columns == columns);
  const double last_row = static_cast<double>(rows - 1), last_column = static_cast<double>(columns - 1);
  const double lost = limit == BilinearLimit::paper ? 1 : 0;
  const double end_row = std::max(0.0, last_row - lost), end_column = std::max(0.0, last_column - lost);
  const double centre_row = last_row / 2, centre_column = last_column / 2;
  Slice out{ImagePlane(rows, columns), LabelPlane(rows, columns)};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const double y = static_cast<double>(r) - centre_row, x = static_cast<double>(c) - centre_column;
      const double from_row = map.matrix[0] * y + map.matrix[1] * x + map.offset[0] + centre_row;
      const double from_column = map.matrix[2] * y + map.matrix[3] * x + map.offset[1] + centre_column;

      const double held_row = std::clamp(from_row, 0.0, end_row);
      const double held_column = std::clamp(from_column, 0.0, end_column);
      const auto i = static_cast<std::size_t>(held_row), j = static_cast<std::size_t>(held_column);
      const std::size_t next_i = std::min(i + 1, rows - 1), next_j = std::min(j + 1, columns - 1);
      const double fy = held_row - static_cast<double>(i), fx = held_column - static_cast<double>(j);
      const double above = slice.image.at(i, j) * (1 - fx) + slice.image.at(i, next_j) * fx;
      const double below = slice.image.at(next_i, j) * (1 - fx) + slice.image.at(next_i, next_j) * fx;
      out.image.at(r, c) = static_cast<float>(above * (1 - fy) + below * fy);

      const auto near_row = static_cast<std::size_t>(round_half_to_even(std::clamp(from_row, 0.0, last_row)));
      const auto near_column = static_cast<std::size_t>(round_half_to_even(std::clamp(from_column, 0.0, last_column)));
      out.label.at(r, c) = slice.label.at(near_row, near_column);
    }
  return out;
}

Rectangle centre_rounded_up(std::size_t rows, std::size_t columns, std::size_t size) {
  assert(rows >= size && columns >= size);
  return {(rows - size + 1) / 2, (columns - size + 1) / 2, size, size};
}

Slice crop(const Slice& slice, const Rectangle& window) {
  return {part(slice.image, window), part(slice.label, window)};
}

}  // namespace coopseg::dataset
