// The plain crop: of training's unchanged half and of prediction, and the way back.
#include <algorithm>

#include "coopseg/dataset/batches.h"
#include "coopseg/image/middle.h"

namespace coopseg::dataset {
namespace {

using image::middle_start;

// out(r, c) = in(r + row, c + column), `outside` where there is no such pixel.
template <class T>
Plane<T> shifted(const Plane<T>& in, std::size_t rows, std::size_t columns, std::ptrdiff_t row, std::ptrdiff_t column,
                 T outside) {
  Plane<T> out(rows, columns, outside);
  const auto in_rows = static_cast<std::ptrdiff_t>(in.rows), in_columns = static_cast<std::ptrdiff_t>(in.columns);
  const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, -column);
  const std::ptrdiff_t end = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(columns), in_columns - column);
  for (std::ptrdiff_t r = 0; r < static_cast<std::ptrdiff_t>(rows); ++r) {
    if (r + row < 0 || r + row >= in_rows || first >= end) continue;
    std::copy_n(in.values.begin() + (r + row) * in_columns + first + column, end - first,
                out.values.begin() + r * static_cast<std::ptrdiff_t>(columns) + first);
  }
  return out;
}

template <class T>
Plane<T> cropped(const Plane<T>& plane, std::size_t crop) {
  return shifted(plane, crop, crop, middle_start(plane.rows, crop), middle_start(plane.columns, crop), T{});
}

template <class T>
Plane<T> uncropped(const Plane<T>& plane, std::size_t rows, std::size_t columns, T outside) {
  return shifted(plane, rows, columns, -middle_start(rows, plane.rows), -middle_start(columns, plane.columns), outside);
}

}  // namespace

ImagePlane crop_or_pad(const ImagePlane& plane, std::size_t crop) { return cropped(plane, crop); }
LabelPlane crop_or_pad(const LabelPlane& plane, std::size_t crop) { return cropped(plane, crop); }

LabelPlane undo_crop_or_pad(const LabelPlane& plane, std::size_t rows, std::size_t columns, std::uint8_t outside) {
  return uncropped(plane, rows, columns, outside);
}
ImagePlane undo_crop_or_pad(const ImagePlane& plane, std::size_t rows, std::size_t columns, float outside) {
  return uncropped(plane, rows, columns, outside);
}

void minmax(ImagePlane& plane) {
  if (plane.values.empty()) return;
  const auto [least, most] = std::minmax_element(plane.values.begin(), plane.values.end());
  const double low = *least, range = static_cast<double>(*most) - low;
  if (range == 0) {
    std::fill(plane.values.begin(), plane.values.end(), 0.0f);
    return;
  }
  for (float& v : plane.values) v = static_cast<float>((static_cast<double>(v) - low) / range);
}

}  // namespace coopseg::dataset
