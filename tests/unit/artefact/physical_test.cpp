// The physical dialect against what it says: ghosts that can be counted, millimetres, rotation about the middle, slices
// with a k-space of their own; and severities that grow.
#include <cmath>
#include <complex>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/core/error.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

constexpr Dialect kPhysical = Dialect::physical;

image::Image blank(std::size_t columns, std::size_t rows, std::size_t slices) {
  image::Grid grid;
  grid.size = {columns, rows, slices};
  grid.spacing_mm = {1.5, 2.5, 8};
  return image::Image(grid);
}

image::Image noise(std::size_t columns, std::size_t rows, std::size_t slices) {
  image::Image image = blank(columns, rows, slices);
  for (std::size_t i = 0; i < image.voxels.size(); ++i)
    image.voxels[i] = static_cast<float>(0.1 + test::formula_uniform(9, static_cast<std::uint32_t>(i)));
  return image;
}

TEST(Physical, AsManyGhostsAsAskedForEachAsBrightAsItSays) {
  for (const int ghosts : {1, 2, 3, 5}) {
    image::Image image = blank(60, 3, 1);
    image.at(7, 1, 0) = 1;
    const double intensity = 0.6, each = intensity / (ghosts + 1);
    const image::Image bad = apply(image, {Ghosting{ghosts, 2, intensity, 0}, kPhysical});
    int seen = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      const bool at_distance = (i + 60 - 7) % (60 / static_cast<std::size_t>(ghosts + 1)) == 0;
      const double expected = i == 7 ? 1 - each : at_distance ? -each : 0;
      EXPECT_NEAR(bad.at(i, 1, 0), expected, 1e-6) << ghosts << " ghosts, column " << i;
      seen += i != 7 && std::abs(bad.at(i, 1, 0)) > each / 2;
      EXPECT_NEAR(bad.at(i, 0, 0), 0, 1e-6);
    }
    EXPECT_EQ(seen, ghosts);
  }
}

TEST(Physical, TheRestoredShareOfKSpaceIsKept) {
  const image::Image image = noise(24, 20, 2);
  const auto mean = [](const image::Image& x) {
    double sum = 0;
    for (const float v : x.voxels) sum += v;
    return sum / static_cast<double>(x.voxels.size());
  };
  EXPECT_NEAR(mean(apply(image, {Ghosting{3, 1, 1, 0}, kPhysical})), 0, 1e-6);
  EXPECT_NEAR(mean(apply(image, {Ghosting{3, 1, 1, 0.01}, kPhysical})), mean(image), 1e-6);
  const image::Image all = apply(image, {Ghosting{1, 2, 1, 1}, kPhysical});
  for (std::size_t i = 0; i < all.voxels.size(); ++i) ASSERT_NEAR(all.voxels[i], image.voxels[i], 1e-6);
  // Of 24 columns, half: frequencies up to 6. One at 4 is kept and one at 8 is not.
  for (const int frequency : {4, 8}) {
    image::Image wave = blank(24, 1, 1);
    for (std::size_t i = 0; i < 24; ++i)
      wave.at(i, 0, 0) = static_cast<float>(std::cos(2 * M_PI * frequency * static_cast<double>(i) / 24));
    const image::Image bad = apply(wave, {Ghosting{3, 2, 1, 0.5}, kPhysical});
    for (std::size_t i = 0; i < 24; ++i)
      EXPECT_NEAR(bad.at(i, 0, 0), frequency == 4 ? wave.at(i, 0, 0) : 0, 1e-6) << frequency;
  }
}

// Columns of k-space from `first` on taken from `moved`, the others from `still`; by the definition.
image::Image composed(const image::Image& still, const image::Image& moved, std::size_t first) {
  image::Image out(still.grid);
  const std::size_t n = still.grid.size[0];
  const std::size_t middle = n / 2;
  const double length = static_cast<double>(n);
  for (std::size_t j = 0; j < still.grid.size[1]; ++j)
    for (std::size_t x = 0; x < n; ++x) {
      std::complex<double> sum = 0;
      for (std::size_t shifted = 0; shifted < n; ++shifted) {
        const double k = static_cast<double>(shifted) - static_cast<double>(middle);
        const image::Image& from = shifted < first ? still : moved;
        std::complex<double> coefficient = 0;
        for (std::size_t i = 0; i < n; ++i)
          coefficient += double{from.at(i, j, 0)} * std::polar(1.0, -2 * M_PI * k * static_cast<double>(i) / length);
        sum += coefficient * std::polar(1.0, 2 * M_PI * k * static_cast<double>(x) / length);
      }
      out.at(x, j, 0) = static_cast<float>(sum.real() / length);
    }
  return out;
}

void expect_same(const image::Image& found, const image::Image& expected) {
  ASSERT_EQ(found.voxels.size(), expected.voxels.size());
  for (std::size_t i = 0; i < found.voxels.size(); ++i) ASSERT_NEAR(found.voxels[i], expected.voxels[i], 2e-6) << i;
}

float least(const image::Image& image) { return *std::min_element(image.voxels.begin(), image.voxels.end()); }

TEST(Physical, TranslationIsInMillimetresDownAndRight) {
  const image::Image image = noise(16, 12, 1);
  image::Image moved(image.grid, least(image));
  for (std::size_t j = 2; j < 12; ++j)
    for (std::size_t i = 0; i + 3 < 16; ++i) moved.at(i, j, 0) = image.at(i + 3, j - 2, 0);
  Motion m;
  m.slices = {{{0}, {{5, -4.5}}, {0.75}}};  // 2 rows of 2.5 mm down, 3 columns of 1.5 mm to the left
  expect_same(apply(image, {m, kPhysical}), composed(image, moved, 12));
}

TEST(Physical, RotationIsClockwiseAboutTheMiddle) {
  image::Image image = noise(14, 14, 1);
  image.grid.spacing_mm = {2, 2, 8};
  image::Image moved(image.grid);
  for (std::size_t j = 0; j < 14; ++j)
    for (std::size_t i = 0; i < 14; ++i) moved.at(13 - j, i, 0) = image.at(i, j, 0);
  Motion m;
  m.slices = {{{90}, {{0, 0}}, {0.6}}};
  expect_same(apply(image, {m, kPhysical}), composed(image, moved, 8));
}

TEST(Physical, WhileTheMiddleOfKSpaceIsTakenThePatientLiesStill) {
  const image::Image image = noise(16, 12, 2);
  Motion m;
  m.slices = {{{40}, {{30, 9}}, {0.01}}};  // the part before is empty
  expect_same(apply(image, {m, kPhysical}), image);
}

TEST(Physical, EachSliceMovesByItself) {
  const image::Image image = noise(16, 12, 3);
  const SliceMotion none{{0}, {{0, 0}}, {0.7}}, some{{8}, {{3, 4}}, {0.7}};
  Motion m;
  m.slices = {none, some, none};
  const image::Image bad = apply(image, {m, kPhysical});
  m.slices = {some};
  const image::Image all = apply(image, {m, kPhysical});
  for (std::size_t i = 0; i < 16 * 12; ++i) {
    ASSERT_NEAR(bad.voxels[i], image.voxels[i], 1e-6);
    ASSERT_EQ(bad.voxels[16 * 12 + i], all.voxels[16 * 12 + i]);
  }
  m.slices = {none, some};
  EXPECT_THROW(apply(image, {m, kPhysical}), core::DataError);
}

TEST(Physical, ASpikeHitsItsSliceAlone) {
  const image::Image image = noise(16, 12, 3);
  const image::Image bad = apply(image, {Spike{{{0.5, 0.75, 0.5}}, {}, 0.3}, kPhysical});  // slice 1, row frequency 3
  double mean = 0;
  for (std::size_t i = 0; i < 16 * 12; ++i) mean += image.voxels[16 * 12 + i] / (16.0 * 12);
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t j = 0; j < 12; ++j)
      for (std::size_t i = 0; i < 16; ++i) {
        const double wave = k == 1 ? 0.3 * mean * std::cos(2 * M_PI * 3 * static_cast<double>(j) / 12) : 0;
        ASSERT_NEAR(bad.at(i, j, k), image.at(i, j, k) + wave, 1e-6);
      }
}

TEST(Physical, SpikesDoNotFeedOnEachOther) {
  const image::Image image = noise(16, 12, 1);
  const std::array<double, 3> one{0, 0.2, 0.7}, two{0, 0.6, 0.1};
  const image::Image a = apply(image, {Spike{{one}, {}, 2}, kPhysical});
  const image::Image b = apply(image, {Spike{{two}, {}, 2}, kPhysical});
  const image::Image both = apply(image, {Spike{{one, two}, {}, 2}, kPhysical});
  for (std::size_t i = 0; i < image.voxels.size(); ++i)
    ASSERT_NEAR(both.voxels[i], a.voxels[i] + b.voxels[i] - image.voxels[i], 4e-6);
}

TEST(Physical, ABiasFieldIsAsSmoothAcrossSlicesAsWithinThem) {
  image::Image image = blank(5, 9, 3);
  image.grid.spacing_mm = {2, 2, 4};  // 16 mm of rows, 8 mm of columns and of slices
  std::fill(image.voxels.begin(), image.voxels.end(), 1.0F);
  BiasField p;
  p.order = 1;
  p.coefficients = {0, 0.3, 0.3, 0.3};
  const image::Image shaded = apply(image, {p, kPhysical});
  EXPECT_NEAR(shaded.at(2, 8, 1), std::exp(0.3), 1e-6);
  EXPECT_NEAR(shaded.at(4, 4, 1), std::exp(0.15), 1e-6);
  EXPECT_NEAR(shaded.at(2, 4, 2), std::exp(0.15), 1e-6);
  EXPECT_NEAR(shaded.at(2, 4, 1), 1, 1e-6);
}

TEST(Physical, GhostsAlongSlicesAndTimesInDisorderAreRefused) {
  const image::Image image = noise(8, 8, 2);
  EXPECT_THROW(apply(image, {Ghosting{3, 0, 1}, kPhysical}), core::DataError);
  Motion m;
  m.slices = {{{1, 2}, {{0, 0}, {0, 0}}, {0.7, 0.2}}};
  EXPECT_THROW(apply(image, {m, kPhysical}), core::DataError);
  m.slices = {{{1, 2}, {{0, 0}}, {0.2, 0.7}}};
  EXPECT_THROW(apply(image, {m, kPhysical}), core::DataError);
  m.slices.clear();
  EXPECT_THROW(apply(image, {m, kPhysical}), core::DataError);
}

TEST(Physical, EachSliceDrawsItsOwnMovementsAndSpikes) {
  core::RandomStream draw(3, {"physical"});
  const auto motion = std::get<Motion>(sample(default_ranges("motion", kPhysical), kPhysical, 7, draw).parameters);
  ASSERT_EQ(motion.slices.size(), 7U);
  EXPECT_NE(motion.slices[0].degrees, motion.slices[1].degrees);
  SpikeRanges ranges;
  ranges.fewest = 0, ranges.most = 2;
  const auto spike = std::get<Spike>(sample(ranges, kPhysical, 200, draw).parameters);
  std::array<int, 3> counts{};
  for (std::size_t s = 0; s < 200; ++s) {
    const auto in_slice = std::count_if(spike.positions.begin(), spike.positions.end(), [&](const auto& p) {
      return static_cast<std::size_t>(p[0] * 200) == s;
    });
    ASSERT_LE(in_slice, 2);
    ++counts[static_cast<std::size_t>(in_slice)];
  }
  for (const int count : counts) EXPECT_GT(count, 40);
}

}  // namespace
