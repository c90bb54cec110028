#include "coopseg/phantom/signal.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "coopseg/core/random.h"

namespace coopseg::phantom {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr Relaxation kBlood{1500, 240, 1, 0};
constexpr Relaxation kMuscle{1000, 50, 1, 0};

double cosine(double degrees) { return std::cos(degrees * kPi / 180); }
double sine(double degrees) { return std::sin(degrees * kPi / 180); }

// Pulses of alternating sign about x, precession and relaxation between them, until nothing changes: an independent
// truth for the closed form. Returns |M| at the echo.
double simulate(const Relaxation& t, const Sequence& s, double hz) {
  std::array<double, 3> m{0, 0, 1};
  const auto evolve = [&](double ms) {
    const double angle = 2 * kPi * hz * ms / 1000, e1 = std::exp(-ms / t.t1_ms), e2 = std::exp(-ms / t.t2_ms);
    const double x = e2 * (m[0] * std::cos(angle) - m[1] * std::sin(angle));
    const double y = e2 * (m[0] * std::sin(angle) + m[1] * std::cos(angle));
    m = {x, y, 1 + (m[2] - 1) * e1};
  };
  double echo = 0;
  for (int pulse = 0; pulse < 8000; ++pulse) {
    const double flip = (pulse % 2 ? -1 : 1) * s.flip_degrees * kPi / 180;
    m = {m[0], m[1] * std::cos(flip) + m[2] * std::sin(flip), m[2] * std::cos(flip) - m[1] * std::sin(flip)};
    evolve(s.te_ms);
    echo = std::hypot(m[0], m[1]);
    evolve(s.tr_ms - s.te_ms);
  }
  return echo;
}

TEST(Bssfp, IsTheTextbookFormulaOnResonance) {
  const Sequence s{3.2, 1.6, 60, 1.5};
  for (const Relaxation& t : {kBlood, kMuscle}) {
    const double e1 = std::exp(-s.tr_ms / t.t1_ms), e2 = std::exp(-s.tr_ms / t.t2_ms);
    const double expected = sine(60) * (1 - e1) / (1 - (e1 - e2) * cosine(60) - e1 * e2) * std::exp(-1.6 / t.t2_ms);
    const auto signal = bssfp_signal(t, s, 0);
    EXPECT_NEAR(signal.real(), expected, 1e-12);
    EXPECT_NEAR(signal.imag(), 0, 1e-12);
  }
}

TEST(Bssfp, TendsToTheShortTrLimit) {
  for (const double flip : {20.0, 45.0, 70.0}) {
    const double ratio = kBlood.t1_ms / kBlood.t2_ms;
    const double limit = sine(flip) / (ratio + 1 - cosine(flip) * (ratio - 1));
    EXPECT_NEAR(bssfp_signal(kBlood, {1e-4, 5e-5, flip, 1.5}, 0).real(), limit, 1e-6) << flip;
  }
}

TEST(Bssfp, PeaksAtHalfTheRootOfT2OverT1) {
  const double ratio = kMuscle.t1_ms / kMuscle.t2_ms;
  const double best = std::acos((ratio - 1) / (ratio + 1)) * 180 / kPi;
  const auto at = [&](double flip) { return bssfp_signal(kMuscle, {1e-3, 5e-4, flip, 1.5}, 0).real(); };
  EXPECT_NEAR(at(best), 0.5 * std::sqrt(1 / ratio), 1e-5);
  EXPECT_GT(at(best), at(best - 1));
  EXPECT_GT(at(best), at(best + 1));
}

TEST(Bssfp, AgreesWithASimulationOfTheBlochEquations) {
  for (const double hz : {0.0, 40.0, 110.0, 155.0, 220.0, -310.0}) {
    for (const Relaxation& t : {kBlood, kMuscle}) {
      const Sequence s{3.1, 1.3, 52, 1.5};
      EXPECT_NEAR(std::abs(bssfp_signal(t, s, hz)), simulate(t, s, hz), 1e-6) << hz << " Hz";
    }
  }
}

TEST(Bssfp, RefocusesAtHalfTrAndChangesSignFromBandToBand) {
  const Sequence s{3.0, 1.5, 60, 1.5};
  const double band_hz = 1000 / s.tr_ms;
  const auto here = bssfp_signal(kBlood, s, 0.25 * band_hz);
  EXPECT_LT(std::abs(std::arg(here)), 0.02);
  const auto next = bssfp_signal(kBlood, s, 1.25 * band_hz);
  EXPECT_NEAR(std::abs(next), std::abs(here), 1e-12);
  EXPECT_GT(std::abs(std::arg(next)), kPi - 0.02);
  EXPECT_LT(std::abs(bssfp_signal(kBlood, s, 0.5 * band_hz)), 0.1 * std::abs(here)) << "no dark band";
}

TEST(Bssfp, ShowsTheTissuesAsReadersKnowThem) {
  for (const double field : {1.5, 3.0}) {
    const Sequence s{3.0, 1.5, 50, field};
    const auto signal = [&](Tissue t) { return bssfp_signal(relaxation(t, field), s, 0); };
    EXPECT_GT(std::abs(signal(Tissue::blood)), 2 * std::abs(signal(Tissue::myocardium))) << field;
    EXPECT_GT(std::abs(signal(Tissue::myocardium)), 2 * std::abs(signal(Tissue::lung))) << field;
    EXPECT_GT(std::abs(signal(Tissue::fat)), 2 * std::abs(signal(Tissue::muscle))) << field;
    EXPECT_LT(signal(Tissue::fat).real(), 0) << "fat and water must cancel at their border";
    EXPECT_EQ(std::abs(signal(Tissue::air)), 0);
  }
}

TEST(Relaxation, GivesTheTabulatedFieldsAndWhatLiesBetween) {
  EXPECT_DOUBLE_EQ(relaxation(Tissue::myocardium, 1.5).t1_ms, 980);
  EXPECT_DOUBLE_EQ(relaxation(Tissue::myocardium, 3.0).t1_ms, 1170);
  EXPECT_DOUBLE_EQ(relaxation(Tissue::myocardium, 2.25).t1_ms, 1075);
}

TEST(Rician, HasTheMomentsOfItsDistribution) {
  core::RandomStream draw(0, {"rician test"});
  const int n = 200000;
  const double sigma = 3;
  for (const double amplitude : {0.0, 6.0, 60.0}) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const double real = sigma * draw.normal();
      const double v = rician(std::polar(amplitude, 0.7), real, sigma * draw.normal());
      sum += v;
      squares += v * v;
    }
    const double mean = sum / n, second = squares / n;
    // E[m^2] = A^2 + 2 sigma^2 exactly; the mean is known in closed form without signal and nearly so at high signal.
    EXPECT_NEAR(second / (amplitude * amplitude + 2 * sigma * sigma), 1, 0.01) << amplitude;
    if (amplitude == 0) {
      EXPECT_NEAR(mean, sigma * std::sqrt(kPi / 2), 0.03);
    }
    if (amplitude == 60) {
      EXPECT_NEAR(mean, std::sqrt(amplitude * amplitude + sigma * sigma), 0.05);
      EXPECT_NEAR(std::sqrt(second - mean * mean), sigma, 0.05);
    }
  }
}

}  // namespace
}  // namespace coopseg::phantom
