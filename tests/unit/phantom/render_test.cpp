#include "coopseg/phantom/render.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "coopseg/phantom/heart.h"

namespace coopseg::phantom {
namespace {

StackOptions small(std::size_t size = 64, double spacing_mm = 3) {
  StackOptions options;
  options.size = {{size, size}};
  options.spacing_mm = spacing_mm;
  return options;
}

double volume_ml(const image::LabelMap& labels, int value) {
  double n = 0;
  for (const auto v : labels.voxels) n += v == value;
  return n * labels.grid.voxel_volume_ml();
}

double mean_where(const Rendering& r, int label) {
  double sum = 0, n = 0;
  for (std::size_t v = 0; v < r.image.voxels.size(); ++v) {
    if (r.labels.voxels[v] != label) continue;
    sum += r.image.voxels[v];
    ++n;
  }
  return sum / n;
}

TEST(Stack, IsARightHandedShortAxisGridWithTheSitesSpacing) {
  for (const std::string site : {"A", "B", "C", "D", "E", "F"}) {
    for (int n = 0; n < 20; ++n) {
      const Anatomy a = Anatomy::draw(0, fmt::format("s{}", n));
      const Scanner s = Scanner::of_site(site);
      const Stack stack = plan_stack(a, s, {}, 0);
      const auto& d = stack.grid.direction;
      const Vector3 x{d[0], d[3], d[6]}, y{d[1], d[4], d[7]}, z{d[2], d[5], d[8]};
      EXPECT_NEAR(dot(x, y), 0, 1e-12);
      EXPECT_NEAR(length(x), 1, 1e-12);
      EXPECT_NEAR(dot(cross(x, y), z), 1, 1e-12);
      EXPECT_LT(dot(z, a.heart_axes.z), -0.98) << "slices stand across the long axis, from apex to base";
      EXPECT_EQ(stack.grid.spacing_mm[0], s.spacing_mm);
      EXPECT_EQ(stack.grid.size[0], s.matrix[0]);
      EXPECT_GE(stack.grid.size[2], 6u);
      EXPECT_LE(stack.grid.size[2], 18u);
      EXPECT_EQ(stack.shift_mm.size(), stack.grid.size[2]);
    }
  }
}

TEST(Stack, FollowsTheOptions) {
  const Anatomy a = Anatomy::draw(0, "s");
  const Scanner s = Scanner::of_site("A");
  StackOptions coarse;
  coarse.spacing_mm = 3.125;
  const Stack half = plan_stack(a, s, coarse, 0);
  EXPECT_EQ(half.grid.size[0], s.matrix[0] / 2);
  EXPECT_EQ(half.grid.size[1], s.matrix[1] / 2);
  StackOptions few;
  few.slices = 5;
  const Stack five = plan_stack(a, s, few, 0);
  EXPECT_EQ(five.grid.size[2], 5u);
  EXPECT_NEAR(5 * five.grid.spacing_mm[2], a.diastole.length_mm + a.diastole.apex_wall_mm, 1e-9);
  few.slice_spacing_mm = 6;
  EXPECT_EQ(plan_stack(a, s, few, 0).grid.spacing_mm[2], 6);
}

TEST(Render, KeepsTheHeartInSmallImages) {
  for (const std::string site : {"A", "B", "C", "D", "E", "F"}) {
    for (int n = 0; n < 4; ++n) {
      SCOPED_TRACE(fmt::format("site {} subject {}", site, n));
      const Anatomy a = Anatomy::draw(0, fmt::format("small{}", n));
      const Scanner s = Scanner::of_site(site);
      StackOptions options = small(64, 2.7);
      options.slices = 6;
      const Stack stack = plan_stack(a, s, options, 0);
      const Rendering r = render(a, Phase::end_diastole, s, stack, 0);
      for (std::size_t k = 0; k < 6; ++k) {
        for (std::size_t i = 0; i < 64; ++i) {
          EXPECT_EQ(r.labels.at(i, 0, k) + r.labels.at(i, 63, k) + r.labels.at(0, i, k) + r.labels.at(63, i, k), 0);
        }
      }
    }
  }
}

TEST(Render, MeasuresTheEjectionFractionThatWasDrawn) {
  for (int n = 0; n < 6; ++n) {
    const Anatomy a = Anatomy::draw(0, fmt::format("ef{}", n));
    const Scanner s = Scanner::of_site(n % 2 ? "A" : "B");
    const Stack stack = plan_stack(a, s, small(72, 2.7), 0);
    const Rendering ed = render(a, Phase::end_diastole, s, stack, 0), es = render(a, Phase::end_systole, s, stack, 0);
    const double edv = volume_ml(ed.labels, kLv), esv = volume_ml(es.labels, kLv);
    EXPECT_NEAR(edv, a.edv_ml, 0.13 * a.edv_ml);
    EXPECT_NEAR(1 - esv / edv, a.ejection_fraction, 0.08);
    EXPECT_EQ(image::grid_difference(ed.image.grid, es.labels.grid), "");
  }
}

TEST(Render, DependsOnItsArgumentsOnly) {
  const Anatomy a = Anatomy::draw(1, "twice");
  const Scanner s = Scanner::of_site("C");
  StackOptions options = small();
  options.slices = 3;
  const Stack stack = plan_stack(a, s, options, 1);
  const Rendering first = render(a, Phase::end_systole, s, stack, 1);
  EXPECT_EQ(first.image.voxels, render(a, Phase::end_systole, s, plan_stack(a, s, options, 1), 1).image.voxels);
  const Rendering other = render(a, Phase::end_systole, s, stack, 2);
  EXPECT_NE(first.image.voxels, other.image.voxels) << "the noise must follow the seed";
  EXPECT_EQ(first.labels.voxels, other.labels.voxels);
}

TEST(Render, ShowsBrightBloodInDarkMuscleAtEverySite) {
  for (const auto& site : Scanner::all_sites()) {
    SCOPED_TRACE(site);
    const Anatomy a = Anatomy::draw(0, "contrast" + site);
    const Scanner s = Scanner::of_site(site);
    StackOptions options = small();
    options.slices = 6;
    const Rendering r = render(a, Phase::end_diastole, s, plan_stack(a, s, options, 0), 0);
    EXPECT_GT(mean_where(r, kLv), 1.5 * mean_where(r, kMyo));
    EXPECT_GT(mean_where(r, kRv), 1.5 * mean_where(r, kMyo));
    EXPECT_NEAR(mean_where(r, kLv) / s.gain, 0.95, 0.3);
    for (const float v : r.image.voxels) {
      ASSERT_GE(v, 0);
      ASSERT_EQ(v, std::round(v));
    }
  }
}

TEST(Render, LeavesRayleighNoiseInTheAir) {
  // Far outside the body there is noise alone, of the site's standard deviation, whatever its correlation.
  for (const std::string site : {"A", "C"}) {
    const Anatomy a = Anatomy::draw(0, "noise");
    Scanner s = Scanner::of_site(site);
    s.gain = 4000;  // so that rounding to whole numbers does not show
    StackOptions options = small(40, 2);
    options.slices = 8;
    Stack stack = plan_stack(a, s, options, 0);
    stack.isocentre_mm = stack.isocentre_mm + Vector3{2000, 0, 0};
    const Rendering r = render(a, Phase::end_diastole, s, stack, 0);
    double sum = 0, squares = 0;
    for (const float v : r.image.voxels) {
      sum += v;
      squares += static_cast<double>(v) * v;
    }
    const auto n = static_cast<double>(r.image.voxels.size());
    const double sigma = s.noise * s.gain;
    EXPECT_NEAR(sum / n / (sigma * std::sqrt(3.14159265358979 / 2)), 1, 0.03) << site;
    EXPECT_NEAR(squares / n / (2 * sigma * sigma), 1, 0.05) << site;
  }
}

TEST(Render, ShowsPartialVolumeWhereTissuesMeet) {
  // Without noise, blur and shading, a voxel of the cavity's border lies between blood and muscle.
  const Anatomy a = Anatomy::draw(0, "partial");
  Scanner s = Scanner::of_site("A");
  s.noise = s.blur = s.coil_shading = 0;
  StackOptions options = small(64, 2.5);
  options.slices = 5;
  const Rendering r = render(a, Phase::end_diastole, s, plan_stack(a, s, options, 0), 0);
  std::set<int> levels;
  for (std::size_t v = 0; v < r.image.voxels.size(); ++v) {
    if (r.labels.voxels[v] == kMyo) levels.insert(static_cast<int>(r.image.voxels[v] / s.gain * 10));
  }
  EXPECT_TRUE(levels.count(3) && levels.count(5) && levels.count(6) && levels.count(7));
}

}  // namespace
}  // namespace coopseg::phantom
