#include "coopseg/dataset/elastic.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>

#include "coopseg/dataset/spline.h"

namespace coopseg::dataset {
namespace {

std::vector<double> gaussian_kernel(double sigma) {
  const auto radius = static_cast<std::ptrdiff_t>(4.0 * sigma + 0.5);
  std::vector<double> kernel(static_cast<std::size_t>(2 * radius + 1));
  double sum = 0;
  for (std::ptrdiff_t i = -radius; i <= radius; ++i) {
    const double x = static_cast<double>(i) / sigma;
    sum += kernel[static_cast<std::size_t>(i + radius)] = std::exp(-0.5 * x * x);
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

// Results that are summed side by side, in registers: the kernel has up to 269 weights, so this loop is the whole cost.
constexpr std::size_t kLanes = 16;
using Four = double __attribute__((vector_size(32)));

// AVX2 where the processor has it. Without fused multiply-add (which AVX2 alone does not bring) the sums are the same
// to the bit. The sanitizers run too late for the choice at load time that this needs.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COOPSEG_WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define COOPSEG_WIDE_VECTORS
#endif

// out[j] = sum over k of weight[k] * in[k * stride + j], j = 0 ... kLanes - 1
COOPSEG_WIDE_VECTORS void weighted_sum(const double* weight, std::size_t count, const double* in, std::size_t stride,
                                       double* out) {
  // Written out: left to itself, GCC adds up along k, which needs a shuffle for each product.
  Four sum[kLanes / 4] = {};
  for (std::size_t k = 0; k < count; ++k, in += stride) {
    const double w = weight[k];
    const Four weights{w, w, w, w};
    for (std::size_t j = 0; j < kLanes / 4; ++j) {
      Four values;
      std::memcpy(&values, in + 4 * j, sizeof values);
      sum[j] += weights * values;
    }
  }
  std::memcpy(out, sum, sizeof sum);
}

std::size_t rounded_up(std::size_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

// The rectangle that holds every pixel of a class.
struct Box {
  std::size_t first_row = 0, last_row = 0, first_column = 0, last_column = 0;
  bool found = false;
  void add(std::size_t r, std::size_t c) {
    if (!found) *this = {r, r, c, c, true};
    first_row = std::min(first_row, r), last_row = std::max(last_row, r);
    first_column = std::min(first_column, c), last_column = std::max(last_column, c);
  }
};

void deform_class(const LabelPlane& label, std::uint8_t index, const Box& box, const Displacement& displacement,
                  const Rectangle& window, LabelPlane& out) {
  // The spline of an indicator falls by 0.27 with each pixel that one goes away from the class. So neither what lies
  // 16 pixels off changes a coefficient that counts, nor can a pixel 3 pixels off reach 0.5.
  constexpr std::size_t kMargin = 16;
  constexpr double kReach = 3;
  const std::size_t top = box.first_row - std::min(box.first_row, kMargin);
  const std::size_t left = box.first_column - std::min(box.first_column, kMargin);
  const std::size_t bottom = std::min(label.rows, box.last_row + kMargin + 1);
  const std::size_t right = std::min(label.columns, box.last_column + kMargin + 1);
  Field indicator(bottom - top, right - left);
  for (std::size_t r = top; r < bottom; ++r)
    for (std::size_t c = left; c < right; ++c) indicator.at(r - top, c - left) = label.at(r, c) == index ? 1.0 : 0.0;
  const CubicSpline spline(indicator, CubicSpline::Outside::repeat);

  // Where the class touches the border of the slice, it goes on beyond.
  constexpr double kFar = 1e30;
  const double low_row = box.first_row == 0 ? -kFar : static_cast<double>(box.first_row) - kReach;
  const double high_row = box.last_row + 1 == label.rows ? kFar : static_cast<double>(box.last_row) + kReach;
  const double low_column = box.first_column == 0 ? -kFar : static_cast<double>(box.first_column) - kReach;
  const double high_column =
      box.last_column + 1 == label.columns ? kFar : static_cast<double>(box.last_column) + kReach;
  for (std::size_t r = 0; r < window.rows; ++r)
    for (std::size_t c = 0; c < window.columns; ++c) {
      const double y = static_cast<double>(window.row + r) + displacement.rows.at(r, c);
      const double x = static_cast<double>(window.column + c) + displacement.columns.at(r, c);
      if (y < low_row || y > high_row || x < low_column || x > high_column) continue;
      if (spline.at(y - static_cast<double>(top), x - static_cast<double>(left)) >= 0.5) out.at(r, c) = index;
    }
}

}  // namespace

Field smooth_gaussian(const Field& field, double sigma, const Rectangle& window) {
  assert(sigma > 0 && window.row + window.rows <= field.rows && window.column + window.columns <= field.columns);
  const std::vector<double> kernel = gaussian_kernel(sigma);
  const std::size_t radius = kernel.size() / 2;
  const std::size_t width = rounded_up(field.columns);
  Field in(field.rows, width);
  for (std::size_t r = 0; r < field.rows; ++r)
    std::copy_n(&field.values[r * field.columns], field.columns, &in.values[r * width]);

  // Along the columns: the rows of the window, all columns. Kept with `radius` zeros on both sides.
  const std::size_t padded = radius + width + radius + kLanes;
  Field half(window.rows, padded);
  for (std::size_t c = 0; c < width; c += kLanes)
    for (std::size_t r = 0; r < window.rows; ++r) {
      const std::size_t centre = window.row + r;
      const std::size_t first = centre - std::min(centre, radius), end = std::min(field.rows, centre + radius + 1);
      weighted_sum(&kernel[first + radius - centre], end - first, &in.values[first * width + c], width,
                   &half.values[r * padded + radius + c]);
    }

  // Along the rows. Weights that meet nothing but the zeros are left out.
  const std::size_t out_width = rounded_up(window.columns);
  Field wide(window.rows, out_width);
  for (std::size_t r = 0; r < window.rows; ++r)
    for (std::size_t c = 0; c < window.columns; c += kLanes) {
      const std::size_t centre = window.column + c;
      const std::size_t first = centre + kLanes <= radius ? radius - centre - kLanes + 1 : 0;
      const std::size_t end =
          centre >= field.columns ? 0 : std::min(kernel.size(), field.columns - centre + radius);
      weighted_sum(&kernel[first], end - first, &half.values[r * padded + centre + first], 1,
                   &wide.values[r * out_width + c]);
    }
  if (out_width == window.columns) return wide;
  Field out(window.rows, window.columns);
  for (std::size_t r = 0; r < window.rows; ++r)
    std::copy_n(&wide.values[r * out_width], window.columns, &out.values[r * window.columns]);
  return out;
}

Displacement elastic_displacement(const Field& noise_rows, const Field& noise_columns, double alpha, double sigma,
                                  const Rectangle& window) {
  Displacement out{smooth_gaussian(noise_rows, sigma, window), smooth_gaussian(noise_columns, sigma, window)};
  for (double& v : out.rows.values) v *= alpha;
  for (double& v : out.columns.values) v *= alpha;
  return out;
}

Field uniform_field(std::size_t rows, std::size_t columns, core::RandomStream& random) {
  Field out(rows, columns);
  // 32 bits are plenty for noise that is smoothed, and half the price of a double's 53.
  for (double& v : out.values) v = (static_cast<double>(random.bits()) + 0.5) * 0x1p-31 - 1;
  return out;
}

Slice deform(const Slice& slice, const Displacement& displacement, const Rectangle& window) {
  Field values(slice.image.rows, slice.image.columns);
  std::copy(slice.image.values.begin(), slice.image.values.end(), values.values.begin());
  const CubicSpline spline(values, CubicSpline::Outside::reflect);
  Slice out{ImagePlane(window.rows, window.columns), LabelPlane(window.rows, window.columns)};
  for (std::size_t r = 0; r < window.rows; ++r)
    for (std::size_t c = 0; c < window.columns; ++c)
      out.image.at(r, c) =
          static_cast<float>(spline.at(static_cast<double>(window.row + r) + displacement.rows.at(r, c),
                                       static_cast<double>(window.column + c) + displacement.columns.at(r, c)));

  std::array<Box, 256> boxes;
  for (std::size_t r = 0; r < slice.label.rows; ++r)
    for (std::size_t c = 0; c < slice.label.columns; ++c) boxes[slice.label.at(r, c)].add(r, c);
  for (std::size_t index = 1; index < boxes.size(); ++index)
    if (boxes[index].found)
      deform_class(slice.label, static_cast<std::uint8_t>(index), boxes[index], displacement, window, out.label);
  return out;
}

}  // namespace coopseg::dataset
