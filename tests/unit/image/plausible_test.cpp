#include "coopseg/image/plausible.h"

#include <gmock/gmock.h>

namespace coopseg::image {
namespace {

std::string warned_of(const Image& image, const std::optional<Normalisation>& normalise) {
  testing::internal::CaptureStderr();
  warn_if_normalised_away(image, normalise, "a.nii");
  return testing::internal::GetCapturedStderr();
}

// A heart of 40 x 36 pixels pasted into a canvas of zeros became an image of zeros, without a word.
TEST(NormalisedAway, TellsOfAPaddedImageAndOfItsShareOfZeros) {
  Grid grid;
  grid.size = {400, 400, 5};
  Image image(grid, 0);
  for (std::size_t k = 0; k < 5; ++k)
    for (std::size_t j = 0; j < 36; ++j)
      for (std::size_t i = 0; i < 40; ++i) image.at(180 + i, 182 + j, k) = static_cast<float>(50 + i + j);
  EXPECT_THAT(warned_of(image, Normalisation()),
              testing::ContainsRegex("a.nii: 99.1 % of its voxels are 0.*--foreground"));
  Normalisation wide;
  wide.limits = {0, 100};
  EXPECT_EQ(warned_of(image, wide), "");
  wide.limits = {0, 99.5};
  EXPECT_EQ(warned_of(image, wide), "");
  wide.limits = {2, 98};
  wide.foreground = true;
  EXPECT_EQ(warned_of(image, wide), "");
  wide.method = Normalisation::Method::zscore;
  EXPECT_EQ(warned_of(image, wide), "");
  EXPECT_EQ(warned_of(image, std::nullopt), "");
  EXPECT_EQ(warned_of(Image(grid, 3), Normalisation()), "");  // another warning's
}

TEST(NormalisedAway, GoesByTheForegroundWhereTheNormalisationDoes) {
  Grid grid;
  grid.size = {50, 50, 3};
  Image image(grid, 0);
  for (std::size_t j = 10; j < 40; ++j)
    for (std::size_t i = 10; i < 40; ++i) image.at(i, j, 1) = 7;
  image.at(12, 12, 1) = 8;
  Normalisation normalise;
  EXPECT_EQ(warned_of(image, normalise), "");  // 12 % are not 0
  normalise.foreground = true;
  EXPECT_THAT(warned_of(image, normalise),
              testing::ContainsRegex("99.8 % of its foreground voxels are 7.*--percentiles"));
}

}  // namespace
}  // namespace coopseg::image
