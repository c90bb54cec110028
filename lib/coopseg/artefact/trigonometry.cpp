#include "coopseg/artefact/trigonometry.h"

#include <cmath>
#include <initializer_list>

namespace coopseg::artefact {

namespace {

constexpr double kQuarterPi = 0.78539816339744830962;

// Taylor for |x| <= pi / 4; the next terms are below 1e-19.
double small_sine(double x) {
  const double s = x * x;
  double p = -1.0 / 1307674368000.0;
  for (const double c : {1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0})
    p = p * s + c;
  return x + x * s * p;
}

double small_cosine(double x) {
  const double s = x * x;
  double p = 1.0 / 20922789888000.0;
  for (const double c : {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0, -1.0 / 720.0,
                         1.0 / 24.0, -0.5})
    p = p * s + c;
  return 1 + s * p;
}

}  // namespace

void root(std::size_t k, std::size_t n, double& re, double& im) {
  const std::size_t eighth = 8 * k / n;
  const double offset = static_cast<double>(8 * k - eighth * n) / static_cast<double>(n);  // in [0, 1) eighths
  double c, s;
  if (eighth % 2 == 0) {
    c = small_cosine(kQuarterPi * offset), s = small_sine(kQuarterPi * offset);
  } else {
    c = small_sine(kQuarterPi * (1 - offset)), s = small_cosine(kQuarterPi * (1 - offset));
  }
  switch (eighth / 2) {
    case 0: re = c, im = -s; break;
    case 1: re = -s, im = -c; break;
    case 2: re = -c, im = s; break;
    default: re = s, im = c; break;
  }
}

void cosine_and_sine(double radians, double& cosine, double& sine) {
  // The quarter turns taken off in two parts, the first of few bits, so that its product with a whole number is exact.
  constexpr double kHalfPiHigh = 1.57079632673412561417, kHalfPiLow = 6.07710050650619224932e-11;
  const double quarters = std::nearbyint(radians / (2 * kQuarterPi));
  const double rest = (radians - quarters * kHalfPiHigh) - quarters * kHalfPiLow;
  const double c = small_cosine(rest), s = small_sine(rest);
  switch (static_cast<long long>(quarters) & 3) {
    case 0: cosine = c, sine = s; break;
    case 1: cosine = -s, sine = c; break;
    case 2: cosine = -c, sine = -s; break;
    default: cosine = s, sine = -c; break;
  }
}

}  // namespace coopseg::artefact
