#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"
#include "coopseg/artefact/processors.h"
#include "coopseg/core/parallel.h"

namespace coopseg::artefact {

namespace {

// Where sample n lies on an axis of `size`.
double coordinate(std::size_t n, std::size_t size, Dialect dialect) {
  const double x = static_cast<double>(n), length = static_cast<double>(size);
  // The older grid divides by zero on an axis of two samples; there, the newer one.
  if (dialect == Dialect::legacy && size != 2) return (x - length / 2) / (length / 2 - 1);
  if (size == 1) return 0;
  const double half = (length - 1) / 2;
  return (x - half) / half;
}

std::vector<double> coordinates(std::size_t size, Dialect dialect) {
  std::vector<double> out(size);
  for (std::size_t n = 0; n < size; ++n) out[n] = coordinate(n, size, dialect);
  return out;
}

// Of slices, rows and columns. In the physical dialect a field is as smooth in one direction as in another: the axes
// share one scale, by which the longest of them runs from -1 to 1.
std::array<std::vector<double>, 3> coordinates(const image::Grid& grid, Dialect dialect) {
  std::array<std::vector<double>, 3> out;
  double longest_mm = 0;
  std::array<double, 3> length_mm;
  for (std::size_t a = 0; a < 3; ++a) {
    length_mm[a] = static_cast<double>(grid.size[2 - a] - 1) * grid.spacing_mm[2 - a];
    longest_mm = std::max(longest_mm, length_mm[a]);
  }
  for (std::size_t a = 0; a < 3; ++a) {
    out[a] = coordinates(grid.size[2 - a], dialect);
    if (dialect == Dialect::physical && longest_mm > 0)
      for (double& x : out[a]) x *= length_mm[a] / longest_mm;
  }
  return out;
}

// exp(x) to about one unit in the last place of a double, for |x| <= 700. The C library's takes one number at a time
// and another path on each kind of processor; this one is a loop of plain operations, the same bits everywhere.
inline double exponential(double x) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number, in the low bits
  constexpr double kLogHigh = 0.693147180369123816490, kLogLow = 1.90821492927058770002e-10;
  const double shifted = x * 1.44269504088896340736 + kRound;
  const double n = shifted - kRound;
  const double r = (x - n * kLogHigh) - n * kLogLow;  // |r| <= 0.35
  double p = 1.0 / 6227020800.0;                      // Taylor: the next term is below 1e-17
  for (const double c : {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
                         1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0})
    p = p * r + c;
  std::uint64_t power, bits;
  std::memcpy(&power, &shifted, sizeof power);
  std::memcpy(&bits, &p, sizeof bits);
  bits += power << 52;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

// One row times the exponential of a polynomial of the column's coordinate g.
COOPSEG_EACH_PROCESSOR void shade_row(const std::vector<double>& coefficients, const double* g, std::size_t columns,
                                      const float* from, float* to, double* exponent) {
  // Beyond these exponents the field would be 0 or infinite in float32, and 0 times infinity is not a number.
  constexpr double kLeast = -103.2, kMost = 88.72;
  constexpr float kLargest = std::numeric_limits<float>::max();
  std::fill(exponent, exponent + columns, coefficients.back());
  for (std::size_t c = coefficients.size() - 1; c-- > 0;)
    for (std::size_t w = 0; w < columns; ++w) exponent[w] = exponent[w] * g[w] + coefficients[c];
  for (std::size_t w = 0; w < columns; ++w) {
    const double e = exponent[w] < kLeast ? kLeast : exponent[w] > kMost ? kMost : exponent[w];
    const float value = from[w] * static_cast<float>(exponential(e));
    to[w] = value < -kLargest ? -kLargest : value > kLargest ? kLargest : value;
  }
}

}  // namespace

image::Image apply_bias_field(const image::Image& image, const BiasField& parameters, Dialect dialect) {
  check_artefact({parameters, dialect}, "bias field");
  const Shape n = shape_of(image);
  image::Image out(image.grid);
  const auto terms = bias_exponents(parameters.order);
  const std::size_t powers = parameters.order + 1;
  const auto g = coordinates(image.grid, dialect);
  core::for_each_block(n[0] * n[1], 16, [&](std::size_t begin, std::size_t end) {
    std::vector<double> by_power(powers), exponent(n[2]);
    for (std::size_t row = begin; row != end; ++row) {
      const double gs = g[0][row / n[1]], gh = g[1][row % n[1]];
      std::fill(by_power.begin(), by_power.end(), 0.0);
      for (std::size_t t = 0; t < terms.size(); ++t) {
        double term = parameters.coefficients[t];
        for (unsigned a = 0; a < terms[t][0]; ++a) term *= gs;
        for (unsigned b = 0; b < terms[t][1]; ++b) term *= gh;
        by_power[terms[t][2]] += term;
      }
      shade_row(by_power, g[2].data(), n[2], image.voxels.data() + row * n[2], out.voxels.data() + row * n[2],
                exponent.data());
    }
  });
  return out;
}

}  // namespace coopseg::artefact
