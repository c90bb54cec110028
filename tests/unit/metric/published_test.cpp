// Values from the test suites of other tools.
#include <gtest/gtest.h>

#include <cmath>

#include "masks.h"

namespace coopseg::metric {
namespace {

using test::add;
using test::empty_mask;
using test::Pair;
using test::value;

// surface-distance: two half-spaces one voxel apart.
TEST(SurfaceDistance, HalfSpaces) {
  Pair p{empty_mask({100, 100, 100}, {2, 1, 1}), empty_mask({100, 100, 100}, {2, 1, 1})};
  add(p.reference, {{0, 50}, {0, 100}, {0, 100}});
  add(p.prediction, {{0, 51}, {0, 100}, {0, 100}});
  const Definition d = Definition::of(Tool::deepmind);
  const Score s = score(p.reference, p.prediction, d);
  EXPECT_NEAR(value(s, Metric::asd_ref_pred), 0.322, 5e-4);
  EXPECT_NEAR(value(s, Metric::asd_pred_ref), 0.339, 5e-4);
  EXPECT_EQ(value(s, Metric::hd), 2.0);
  EXPECT_EQ(value(s, Metric::hd95), 2.0);
  EXPECT_NEAR(value(s, Metric::nsd), 0.836, 5e-4);
  EXPECT_NEAR(value(s, Metric::dice), 0.990, 5e-4);
}

TEST(SurfaceDistance, OverlapOfEachSurfaceAtATolerance) {
  Pair p{empty_mask({100, 100, 100}, {2, 1, 1}), empty_mask({100, 100, 100}, {2, 1, 1})};
  Box box;
  box.size = {102, 102, 102};
  box.spacing_mm = {1, 1, 2};
  box.reference.assign(102 * 102 * 102, 0);
  box.prediction = box.reference;
  for (std::size_t k = 1; k <= 51; ++k)
    for (std::size_t j = 1; j <= 100; ++j)
      for (std::size_t i = 1; i <= 100; ++i) {
        const std::size_t at = (k * 102 + j) * 102 + i;
        box.reference[at] = k <= 50;
        box.prediction[at] = 1;
      }
  const SurfaceDistances s = surface_distances(box, Surface::shifted_grid);
  const auto within = [](const std::vector<SurfaceDistance>& list) {
    double inside = 0, total = 0;
    for (const auto& e : list) total += e.weight, inside += e.distance_mm <= 1 ? e.weight : 0;
    return inside / total;
  };
  EXPECT_NEAR(within(s.reference_to_prediction), 0.842, 5e-4);
  EXPECT_NEAR(within(s.prediction_to_reference), 0.830, 5e-4);
}

// Centre and radius in mm.
Mask sphere(double radius, double a, double b, double c, std::vector<double> spacing = {1, 1, 1}) {
  Mask mask = empty_mask({99, 99, 99}, spacing);
  for (std::size_t x = 0; x < 99; ++x)
    for (std::size_t y = 0; y < 99; ++y)
      for (std::size_t z = 0; z < 99; ++z)
        if (std::pow(double(x) * spacing[0] - a, 2) + std::pow(double(y) * spacing[1] - b, 2) +
                std::pow(double(z) * spacing[2] - c, 2) <=
            radius * radius)
          mask.at(z, y, x) = 1;
  return mask;
}

double directed_percentile(const Mask& from, const Mask& to, double percent) {
  Box box;
  box.size = {101, 101, 101};
  box.spacing_mm = from.grid.spacing_mm;
  box.reference.assign(101 * 101 * 101, 0);
  box.prediction = box.reference;
  for (std::size_t k = 0; k < 99; ++k)
    for (std::size_t j = 0; j < 99; ++j)
      for (std::size_t i = 0; i < 99; ++i) {
        const std::size_t at = ((k + 1) * 101 + j + 1) * 101 + i + 1;
        box.reference[at] = from.at(i, j, k);
        box.prediction[at] = to.at(i, j, k);
      }
  return percentile_of(surface_distances(box, Surface::eroded_faces).reference_to_prediction, percent, Rank::linear);
}

TEST(Monai, NearSpheres) {
  const Mask a = sphere(20, 20, 20, 20), b = sphere(20, 19, 19, 19);
  Definition d = Definition::of(Tool::monai);
  EXPECT_NEAR(value(score(b, a, d), Metric::hd), 1.7321, 5e-5);
  d.distance = Distance::chessboard;
  EXPECT_EQ(value(score(b, a, d), Metric::hd), 1);
  d.distance = Distance::taxicab;
  EXPECT_EQ(value(score(b, a, d), Metric::hd), 3);
}

TEST(Monai, StepsDoNotKnowTheSpacing) {
  const Mask a = sphere(20, 20, 20, 20), b = sphere(20, 19, 19, 19);
  Mask wide_a = a, wide_b = b;
  wide_a.grid.spacing_mm = wide_b.grid.spacing_mm = {1.5, 2, 10};
  Definition d = Definition::of(Tool::monai);
  for (Distance distance : {Distance::chessboard, Distance::taxicab}) {
    d.distance = distance;
    for (Metric m : {Metric::hd, Metric::hd95, Metric::assd, Metric::asd_pred_ref, Metric::nsd})
      EXPECT_EQ(value(score(wide_b, wide_a, d), m), value(score(b, a, d), m)) << name_of(m);
  }
}

TEST(Monai, SpheresOfTwoSizes) {
  const Mask small = sphere(20, 20, 33, 22), large = sphere(40, 20, 33, 22);
  const Score s = score(large, small, Definition::of(Tool::monai));
  EXPECT_NEAR(value(s, Metric::hd), 20.2237, 5e-5);
  EXPECT_NEAR(value(s, Metric::hd95), 20.0998, 5e-5);
  EXPECT_NEAR(directed_percentile(small, large, 100), 20.0998, 5e-5);
  EXPECT_NEAR(directed_percentile(small, large, 95), 19.9249, 5e-5);
  EXPECT_NEAR(value(s, Metric::asd_pred_ref), 12.0400, 5e-5);
  EXPECT_NEAR(value(s, Metric::assd), 15.1177, 5e-5);
}

TEST(Monai, SpheresWithSpacing) {
  const std::vector<double> spacing{0.85, 1.2, 0.9};
  const Mask small = sphere(15, 20, 33, 22, spacing), large = sphere(30, 20, 33, 22, spacing);
  EXPECT_NEAR(directed_percentile(small, large, 100), 15.4396, 5e-5);
  EXPECT_NEAR(directed_percentile(large, small, 100), 15.6259, 5e-5);
  EXPECT_NEAR(value(score(large, small, Definition::of(Tool::monai)), Metric::hd), 15.6259, 5e-5);
}

}  // namespace
}  // namespace coopseg::metric
