// Odd sizes, single voxels, blank slices, huge numbers, threads; and transforms against their definition.
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/fft.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/core/threads.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

image::Image noise(std::size_t columns, std::size_t rows, std::size_t slices) {
  image::Grid grid;
  grid.size = {columns, rows, slices};
  image::Image image(grid);
  for (std::size_t i = 0; i < image.voxels.size(); ++i)
    image.voxels[i] = static_cast<float>(test::formula_uniform(1, static_cast<std::uint32_t>(i)));
  return image;
}

bool finite(const image::Image& image) {
  for (const float v : image.voxels)
    if (!std::isfinite(v)) return false;
  return true;
}

TEST(Fft, AgreesWithTheDefinitionForEveryLength) {
  for (const std::size_t n : {1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 49, 53, 61, 94, 106, 127, 192}) {
    const Fft fft(n);
    std::vector<double> re(n * kLanes), im(n * kLanes), scratch(fft.scratch());
    for (std::size_t i = 0; i < re.size(); ++i) {
      re[i] = test::formula_uniform(2, static_cast<std::uint32_t>(i)) - 0.5;
      im[i] = test::formula_uniform(3, static_cast<std::uint32_t>(i)) - 0.5;
    }
    const auto x = re, y = im;
    fft.forward(re.data(), im.data(), scratch.data());
    double worst = 0;
    for (std::size_t l = 0; l < kLanes; ++l)
      for (std::size_t k = 0; k < n; ++k) {
        double a = 0, b = 0;
        for (std::size_t t = 0; t < n; ++t) {
          const double angle = -2 * M_PI * static_cast<double>(k * t % n) / static_cast<double>(n);
          const double c = std::cos(angle), s = std::sin(angle), p = x[t * kLanes + l], q = y[t * kLanes + l];
          a += p * c - q * s, b += p * s + q * c;
        }
        worst = std::max({worst, std::abs(a - re[k * kLanes + l]), std::abs(b - im[k * kLanes + l])});
      }
    EXPECT_LT(worst, 1e-12) << n;
    fft.inverse(re.data(), im.data(), scratch.data());
    for (std::size_t i = 0; i < re.size(); ++i) ASSERT_NEAR(re[i] / static_cast<double>(n), x[i], 1e-14) << n;
  }
}

TEST(Robust, AnySizeConstantOrHugeGivesFiniteVoxels) {
  const std::array<std::size_t, 3> sizes[] = {{1, 1, 1}, {2, 2, 2}, {7, 5, 3}, {9, 1, 4}, {1, 9, 4}, {59, 13, 1}};
  for (const auto& n : sizes)
    for (const double scale : {0.0, 1.0, -1.0, 3e38})
      for (const char* name : {"bias_field", "ghosting", "spike", "motion"})
        for (const Dialect dialect : {Dialect::paper, Dialect::legacy, Dialect::physical}) {
          image::Image image = noise(n[0], n[1], n[2]);
          for (float& v : image.voxels) v = static_cast<float>(v * scale);
          for (std::uint64_t i = 0; i < 5; ++i) {
            core::RandomStream draw(0, {name}, {i});
            Artefact a = sample(default_ranges(name, dialect), dialect, n[2], draw);
            ASSERT_TRUE(finite(apply(image, a))) << name << n[0] << " " << scale;
            ASSERT_TRUE(finite(corrupt(image, {a}, {8, true}))) << name << n[0] << " " << scale;
          }
        }
  const image::Image image = noise(12, 10, 3);
  EXPECT_TRUE(finite(apply(image, {Ghosting{2, 1, 1e9}})));
  EXPECT_TRUE(finite(apply(image, {Spike{std::vector<std::array<double, 3>>(40, {0.1, 0.2, 0.3}), {}, 1e9}})));
  EXPECT_TRUE(finite(apply(image, {BiasField{3, std::vector<double>(20, 1e9)}})));
  EXPECT_TRUE(finite(apply(image, {Motion{{{1e9, 0, 0}}, {{1e9, -1e9, 1e9}}, {0.3}, {}}})));
}

TEST(Robust, ABlankSliceStaysBlankAndIsReported) {
  image::Image image = noise(20, 18, 3);
  for (std::size_t i = 0; i < 20 * 18; ++i) image.voxels[20 * 18 + i] = 4;
  const Window window = prepare(image, {0, true});
  EXPECT_EQ(window.constant_slices, std::vector<std::size_t>{1});
  const image::Image bad = corrupt(window, {{Ghosting{4, 2, 0.8}}}, {0, true});
  for (std::size_t i = 0; i < 20 * 18; ++i) ASSERT_EQ(bad.voxels[20 * 18 + i], 0.0F);
}

TEST(Robust, TheCropMayBeTheSize) {
  const image::Image image = noise(16, 16, 2);
  const image::Image again = uncropped(cropped(image, 16, 16), image.grid);
  EXPECT_EQ(again.voxels, image.voxels);
}

// A spike in 64 x 64 pixels amid zeros of 192 x 192 did a third of its damage.
TEST(Robust, SlicesSmallerThanTheCropKeepTheirSizeUnlessPadded) {
  const image::Image small = noise(16, 12, 2), mixed = noise(12, 40, 2);
  const std::vector<Artefact> spike{{Spike{{{0.1, 0.3, 0.7}}, {}, 2}}};
  const ChainOptions own{24, true, false}, padded{24, true, true};
  EXPECT_EQ(corrupt(small, spike, own).voxels, corrupt(small, spike, {0, true}).voxels);
  EXPECT_NE(corrupt(small, spike, own).voxels, corrupt(small, spike, padded).voxels);
  EXPECT_EQ(prepare(mixed, own).image.grid.size, (std::array<std::size_t, 3>{12, 24, 2}));
  EXPECT_EQ(prepare(mixed, padded).image.grid.size, (std::array<std::size_t, 3>{24, 24, 2}));
  EXPECT_EQ(corrupt(mixed, spike, own).grid.size, mixed.grid.size);
  EXPECT_TRUE(is_smaller(mixed.grid, 24));
  EXPECT_FALSE(is_smaller(mixed.grid, 12));
}

TEST(Robust, GhostingOfOneSliceAlongTheSlicesDoesNothing) {
  const image::Image image = noise(9, 8, 1);
  EXPECT_EQ(apply(image, {Ghosting{4, 0, 0.9}}).voxels, image.voxels);
}

// Zero-mean images have their largest coefficient elsewhere than at frequency zero; brute force finds it.
TEST(Robust, ASpikeOnSignedVoxelsIsMeasuredByTheLargestCoefficient) {
  image::Grid grid;
  grid.size = {8, 4, 1};
  image::Image image(grid);
  for (std::size_t j = 0; j < 4; ++j)
    for (std::size_t i = 0; i < 8; ++i) image.at(i, j, 0) = i % 2 ? -1.0F : 1.0F;  // all at column frequency -4
  const image::Image found = apply(image, {Spike{{{0.5, 0.5, 0.5}}, {}, 0.25}});
  for (std::size_t i = 0; i < found.voxels.size(); ++i) ASSERT_NEAR(found.voxels[i], image.voxels[i] + 0.25, 1e-6);
}

TEST(Robust, TheBytesDoNotDependOnTheThreads) {
  const image::Image image = noise(61, 50, 7);
  for (const char* name : {"bias_field", "ghosting", "spike", "motion"}) {
    core::RandomStream draw(0, {name});
    const Artefact a = sample(default_ranges(name, Dialect::paper), Dialect::paper, 3, draw);
    std::vector<float> one;
    for (const int threads : {1, 2, 4}) {
      const core::ThreadLimit limit(threads);
      const auto voxels = corrupt(image, {a}, {48, true}).voxels;
      if (one.empty()) one = voxels;
      EXPECT_EQ(voxels, one) << name;
    }
  }
}

}  // namespace
