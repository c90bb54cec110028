#include "coopseg/image/intensity.h"

#include <gmock/gmock.h>

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
