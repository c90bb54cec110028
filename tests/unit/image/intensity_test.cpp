#include "coopseg/image/intensity.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

// Expected numbers: numpy.percentile([7, 1, 5, 3, 9, 2], p).
TEST(Percentile, IsLinearLikeNumPy) {
  const std::vector<float> values{7, 1, 5, 3, 9, 2};
  EXPECT_DOUBLE_EQ(percentile(values, 0), 1);
  EXPECT_NEAR(percentile(values, 2), 1.1, 1e-12);
  EXPECT_NEAR(percentile(values, 25), 2.25, 1e-12);
  EXPECT_NEAR(percentile(values, 50), 4, 1e-12);
  EXPECT_NEAR(percentile(values, 98), 8.8, 1e-12);
  EXPECT_DOUBLE_EQ(percentile(values, 100), 9);
  EXPECT_DOUBLE_EQ(percentile({4}, 37), 4);
}

TEST(NormalisePercentiles, ClipsAndMapsToUnitRange) {
  Grid grid;
  grid.size = {101, 1, 1};
  Image image(grid);
  for (std::size_t v = 0; v < 101; ++v) image.voxels[v] = static_cast<float>(100 - v);
  const auto [low, high] = normalise_percentiles(image);
  EXPECT_NEAR(low, 2, 1e-12);
  EXPECT_NEAR(high, 98, 1e-12);
  EXPECT_EQ(image.voxels[0], 1);
  EXPECT_EQ(image.voxels[100], 0);
  EXPECT_NEAR(image.voxels[50], 0.5, 1e-7);
  EXPECT_NEAR(image.voxels[26], 0.75, 1e-7);
}

TEST(NormalisePercentiles, AConstantVolumeBecomesZero) {
  Grid grid;
  grid.size = {4, 4, 1};
  Image image(grid, 7.f);
  normalise_percentiles(image);
  EXPECT_THAT(image.voxels, testing::Each(0.f));
}

Image row(std::vector<float> values) {
  Grid grid;
  grid.size = {values.size(), 1, 1};
  Image image(grid);
  image.voxels = std::move(values);
  return image;
}

// mean 5, population variance (9 + 1 + 1 + 1 + 0 + 0 + 4 + 16) / 8 = 4: a textbook's example.
TEST(NormaliseZscore, GivesMeanZeroAndDeviationOne) {
  Image image = row({2, 4, 4, 4, 5, 5, 7, 9});
  normalise_zscore(image, {});
  EXPECT_THAT(image.voxels, testing::ElementsAre(-1.5F, -0.5F, -0.5F, -0.5F, 0, 0, 1, 2));
}

TEST(NormaliseZscore, IsComputedInDoublePrecision) {
  // In single precision the mean of many large values drifts, and their variance is lost.
  std::vector<float> values;
  for (int n = 0; n < 200000; ++n) values.push_back(1e6F + static_cast<float>(n % 2));
  Image image = row(values);
  normalise_zscore(image, {});
  EXPECT_EQ(image.voxels[0], -1);
  EXPECT_EQ(image.voxels[1], 1);
}

TEST(Normalise, OfAMaskCountsItsVoxelsAloneAndClearsTheOthers) {
  const Image before = row({-1000, 2, 6, 3000, 4});
  const std::vector<std::uint8_t> mask{0, 1, 1, 0, 1};
  Image image = before;
  normalise_minmax(image, mask);
  EXPECT_THAT(image.voxels, testing::ElementsAre(0, 0, 1, 0, 0.5F));
  image = before;
  normalise_zscore(image, mask);
  const auto one = static_cast<float>(std::sqrt(1.5));  // 2 / sqrt(8 / 3)
  EXPECT_THAT(image.voxels, testing::ElementsAre(0, -one, one, 0, 0));
  image = before;
  normalise_percentiles(image, 25, 75, mask);  // 3 and 5
  EXPECT_THAT(image.voxels, testing::Pointwise(testing::FloatNear(1e-6F), {0.0, 0.0, 1.0, 0.0, 0.5}));
}

TEST(NormaliseMinmax, MapsTheLeastToZeroAndTheMostToOne) {
  Image image = row({-3e38F, 0, 3e38F});
  normalise_minmax(image, {});
  EXPECT_THAT(image.voxels, testing::ElementsAre(0, 0.5F, 1));
}

TEST(NormaliseWindow, ClipsAndMapsToUnitRange) {
  Image image = row({-1000, -125, 75, 275, 3000});
  normalise_window(image, -125, 275);
  EXPECT_THAT(image.voxels, testing::ElementsAre(0, 0, 0.5F, 1, 1));
}

TEST(Normalise, RefusesToDivideByZero) {
  Image image = row({7, 7, 7});
  EXPECT_THROW(normalise_zscore(image, {}), core::DataError);
  EXPECT_THROW(normalise_minmax(image, {}), core::DataError);
  image = row({7, 1, 7});
  EXPECT_THROW(normalise_zscore(image, {1, 0, 1}), core::DataError);
  EXPECT_THROW(normalise_minmax(image, {0, 1, 0}), core::DataError);
}

TEST(Foreground, IsAllButTheMostFrequentValueOnTheFaces) {
  Grid grid;
  grid.size = {5, 5, 5};
  Image image(grid, -1024);
  image.at(0, 0, 0) = -2000;  // a corner that the scanner did not see
  for (std::size_t k = 1; k < 4; ++k) {
    for (std::size_t j = 1; j < 4; ++j) {
      for (std::size_t i = 1; i < 4; ++i) image.at(i, j, k) = 40;
    }
  }
  image.at(2, 2, 2) = -1024;  // air inside the body is background too
  const std::vector<std::uint8_t> mask = foreground(image);
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 27);
  EXPECT_EQ(mask[0], 1);
  EXPECT_EQ(mask[(2 * 5 + 2) * 5 + 2], 0);
  EXPECT_EQ(mask[(1 * 5 + 1) * 5 + 1], 1);
}

TEST(Foreground, FacesAcrossThinAxesDoNotCount) {
  Grid grid;
  grid.size = {4, 4, 2};
  Image image(grid, 9);  // 9 fills most of both slices, but the rim is 0
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t n = 0; n < 4; ++n) image.at(n, 0, k) = image.at(0, n, k) = image.at(n, 3, k) = 0;
  }
  EXPECT_EQ(foreground(image)[0], 0);
  EXPECT_EQ(foreground(image)[4 + 1], 1);
  EXPECT_THAT(foreground(row({5, 3})), testing::ElementsAre(1, 0));  // the lowest of equally frequent ones
  EXPECT_THROW(foreground(row({5, 5, 5, 5})), core::DataError);
}

// A disc under a slope of brightness: after the correction the disc is flatter by far.
TEST(CorrectBias, FlattensASlopeOfBrightness) {
  for (const std::size_t slices : {std::size_t{1}, std::size_t{6}}) {
    Grid grid;
    grid.size = {64, 64, slices};
    grid.spacing_mm = {2, 2, 8};
    Image image(grid);
    const auto inside = [](std::size_t i, std::size_t j) { return std::hypot(i - 31.5, j - 31.5) < 26; };
    for (std::size_t k = 0; k < slices; ++k) {
      for (std::size_t j = 0; j < 64; ++j) {
        for (std::size_t i = 0; i < 64; ++i) {
          const double noise = test::formula_uniform(5, static_cast<std::uint32_t>((k * 64 + j) * 64 + i));
          image.at(i, j, k) = static_cast<float>((inside(i, j) ? 100 : 1) * (0.6 + i / 64.0) + noise);
        }
      }
    }
    const auto spread = [&](const Image& volume) {
      double sum = 0, squares = 0, count = 0;
      for (std::size_t j = 0; j < 64; ++j) {
        for (std::size_t i = 0; i < 64; ++i) {
          if (!inside(i, j)) continue;
          sum += volume.at(i, j, 0), squares += std::pow(volume.at(i, j, 0), 2), ++count;
        }
      }
      const double mean = sum / count;
      return std::sqrt(squares / count - mean * mean) / mean;
    };
    const Image corrected = correct_bias_n4(image, 2, 2, 20);
    EXPECT_LT(spread(corrected), 0.4 * spread(image)) << slices << " slices";
    EXPECT_EQ(corrected.voxels, correct_bias_n4(image, 2, 2, 20).voxels);
  }
  EXPECT_THROW(correct_bias_n4(Image(Grid{}, 1.f)), core::DataError);
}

}  // namespace
}  // namespace coopseg::image
