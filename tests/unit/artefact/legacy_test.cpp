// The dialect of TorchIO 0.16 and the chain of the published script, from their definitions: sums over all voxels and
// frequencies, nothing of the library's transforms.
#include <array>
#include <cmath>
#include <complex>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "formula_volume.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;
using test::field;
using test::movements;
using test::volume;

using Complex = std::complex<double>;
constexpr std::size_t kSize[3] = {5, 12, 10};  // slices, rows, columns
constexpr std::size_t kCount = 5 * 12 * 10;
const double kTurn = 2 * std::acos(-1.0);

std::array<std::size_t, 3> place(std::size_t flat) { return {flat / 120, flat / 10 % 12, flat % 10}; }

// Sum of x[n] exp(sign 2 pi i k n / N) over all n, for every k.
std::vector<Complex> transformed(const std::vector<Complex>& x, double sign) {
  std::vector<Complex> out(kCount);
  for (std::size_t k = 0; k < kCount; ++k)
    for (std::size_t n = 0; n < kCount; ++n) {
      double turns = 0;
      for (std::size_t a = 0; a < 3; ++a)
        turns += static_cast<double>(place(k)[a] * place(n)[a] % kSize[a]) / static_cast<double>(kSize[a]);
      out[k] += x[n] * std::polar(1.0, sign * kTurn * turns);
    }
  return out;
}

std::vector<Complex> spectrum_of(const image::Image& image) {
  return transformed({image.voxels.begin(), image.voxels.end()}, -1);
}

// Where frequency k stands in a spectrum with zero in its middle.
std::size_t shifted(std::size_t k, std::size_t axis) { return (k + kSize[axis] / 2) % kSize[axis]; }

void expect_magnitudes(const image::Image& found, const std::vector<Complex>& spectrum) {
  const std::vector<Complex> expected = transformed(spectrum, 1);
  for (std::size_t i = 0; i < kCount; ++i)
    ASSERT_NEAR(found.voxels[i], std::abs(expected[i]) / static_cast<double>(kCount), 2e-6) << i;
}

TEST(Legacy, BiasIsAPolynomialAboutAPlaceOffTheMiddle) {
  const image::Image x = volume(), found = apply(x, {field(), Dialect::legacy});
  const auto coordinate = [](std::size_t n, std::size_t axis) {
    const double half = static_cast<double>(kSize[axis]) / 2;
    return (static_cast<double>(n) - half) / (half - 1);
  };
  for (std::size_t i = 0; i < kCount; ++i) {
    double sum = 0;
    std::size_t term = 0;
    for (int a = 0; a <= 3; ++a)
      for (int b = 0; a + b <= 3; ++b)
        for (int c = 0; a + b + c <= 3; ++c)
          sum += field().coefficients[term++] * std::pow(coordinate(place(i)[0], 0), a) *
                 std::pow(coordinate(place(i)[1], 1), b) * std::pow(coordinate(place(i)[2], 2), c);
    ASSERT_NEAR(found.voxels[i], x.voxels[i] * std::exp(sum), 3e-6 * std::exp(sum)) << i;
  }
}

// Lines count from the most negative frequency; what is spared is divided by the number of slices on every axis.
TEST(Legacy, GhostingScalesLinesAndTakesTheMagnitude) {
  for (const int axis : {0, 1, 2}) {
    const int n = axis == 0 ? 2 : 3;
    const auto a = static_cast<std::size_t>(axis);
    std::vector<Complex> s = spectrum_of(volume());
    for (std::size_t k = 0; k < kCount; ++k) {
      const std::size_t line = shifted(place(k)[a], a);
      const bool spared = std::abs(static_cast<double>(line) / 5 - 0.5) < 0.025;
      if (line % static_cast<std::size_t>(n) == 0 && !spared) s[k] *= 1 - 0.7;
    }
    expect_magnitudes(apply(volume(), {Ghosting{n, axis, 0.7}, Dialect::legacy}), s);
  }
}

TEST(Legacy, ASpikeTakesItsCoefficientsPlace) {
  std::vector<Complex> s = spectrum_of(volume());
  const std::size_t flat = 437;  // of the shifted spectrum, columns fastest: fraction 0.729 of 600
  for (std::size_t k = 0; k < kCount; ++k) {
    const auto at = place(k);
    if ((shifted(at[0], 0) * 12 + shifted(at[1], 1)) * 10 + shifted(at[2], 2) == flat) s[k] = 0.6 * s[0];
  }
  expect_magnitudes(apply(volume(), {Spike{{}, {0.729}, 0.6}, Dialect::legacy}), s);
}

// Times 0.3125 and 0.6875 of ten columns: frequencies -5 to -3 are of the first moved volume, to 0 of the still one,
// and the others of the second.
TEST(Legacy, MotionTakesTheMagnitude) {
  const Motion m = movements();
  const std::vector<Complex> still = spectrum_of(volume()),
                             moved[2] = {spectrum_of(move(volume(), m.degrees[0], m.translation[0])),
                                         spectrum_of(move(volume(), m.degrees[1], m.translation[1]))};
  std::vector<Complex> s(kCount);
  for (std::size_t k = 0; k < kCount; ++k) {
    const std::size_t column = shifted(place(k)[2], 2);
    s[k] = column < 3 ? moved[0][k] : column < 6 ? still[k] : moved[1][k];
  }
  expect_magnitudes(apply(volume(), {m, Dialect::legacy}), s);
}

// A spike of one cosine between two scalings of the middle 8 x 8 pixels; rows lose two in front, columns one.
TEST(Chain, ScalesTheMiddleOfEachSliceBeforeAndAfter) {
  const image::Image x = volume();
  std::array<std::array<double, 64>, 5> middle{};
  const auto scale = [](std::array<double, 64>& slice) {
    const auto [low, high] = std::minmax_element(slice.begin(), slice.end());
    const double least = *low, range = *high - *low;
    for (double& v : slice) v = (v - least) / range;
  };
  double sum = 0;
  for (std::size_t s = 0; s < 5; ++s) {
    for (std::size_t p = 0; p < 64; ++p) middle[s][p] = x.voxels[(s * 12 + p / 8 + 2) * 10 + p % 8 + 1];
    scale(middle[s]);
    for (const double v : middle[s]) sum += v;
  }
  // Fractions (0.5, 0.8, 0.3) of 5 x 8 x 8: frequencies 0, 6 - 4 and 2 - 4.
  for (std::size_t s = 0; s < 5; ++s) {
    for (std::size_t p = 0; p < 64; ++p) {
      const double turns = (2 * static_cast<double>(p / 8) - 2 * static_cast<double>(p % 8)) / 8;
      middle[s][p] += 1.5 * sum / 320 * std::cos(kTurn * turns);
    }
    scale(middle[s]);
  }
  const image::Image found = corrupt(x, {{Spike{{{0.5, 0.8, 0.3}}, {}, 1.5}}}, {8, true});
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto [s, r, c] = place(i);
    const bool inside = r >= 2 && r < 10 && c >= 1 && c < 9;
    ASSERT_NEAR(found.voxels[i], inside ? middle[s][(r - 2) * 8 + c - 1] : 0, 1e-6) << i;
  }
}

}  // namespace
