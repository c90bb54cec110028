// Volumes through windows and back onto their own grids.
#include "coopseg/inference/segment_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::inference {
namespace {

using ::testing::HasSubstr;
using image::Image;

Image ball() {
  image::Grid grid;
  grid.size = {21, 18, 15};
  grid.spacing_mm = {1, 1.2, 1.5};
  grid.origin_mm = {-7, 3, 11};
  Image image(grid);
  for (std::size_t k = 0; k < 15; ++k)
    for (std::size_t j = 0; j < 18; ++j)
      for (std::size_t i = 0; i < 21; ++i) {
        const double x = static_cast<double>(i) - 12, y = 1.2 * (static_cast<double>(j) - 8),
                     z = 1.5 * (static_cast<double>(k) - 7);
        const double inside = x * x + y * y + z * z < 25 ? 1 : 0;
        image.at(i, j, k) = static_cast<float>(
            inside + 0.1 * test::formula_uniform(3, static_cast<std::uint32_t>((k * 18 + j) * 21 + i)));
      }
  return image;
}

// Bright voxels are class 1; with `distances` a third map.
WindowMapper bright(float limit, bool distances) {
  return [limit, distances](const std::vector<float>& windows, std::size_t count) {
    const std::size_t voxels = windows.size() / count, maps = distances ? 3 : 2;
    std::vector<float> out(count * maps * voxels);
    for (std::size_t n = 0; n < count; ++n)
      for (std::size_t v = 0; v < voxels; ++v) {
        const bool inside = windows[n * voxels + v] > limit;
        out[(n * maps + 0) * voxels + v] = inside ? 0.2f : 0.8f;
        out[(n * maps + 1) * voxels + v] = inside ? 0.8f : 0.2f;
        if (distances) out[(n * maps + 2) * voxels + v] = inside ? -0.5f : 0.5f;
      }
    return out;
  };
}

std::size_t differing(const image::LabelMap& labels, const Image& image, float limit) {
  std::size_t count = 0;
  for (std::size_t v = 0; v < image.voxels.size(); ++v) count += (image.voxels[v] > limit) != (labels.voxels[v] == 1);
  return count;
}

const WindowPlan kPlan{{16, 16, 16}, {8, 8, 8}};

TEST(SegmentVolume, IsExactWithoutResampling) {
  const Image image = ball();
  image::Preprocessing steps = image::Preprocessing::none();
  for (const char* code : {"", "RAS", "SPL"}) {
    steps.orient = code;
    const VolumeSegmentation found = segment_volume(image, steps, kPlan, {2, 1, true}, bright(0.5f, true));
    EXPECT_EQ(image::grid_difference(found.labels.grid, image.grid), "");
    EXPECT_EQ(differing(found.labels, image, 0.5f), 0u) << code;
    ASSERT_EQ(found.probabilities.size(), 2u);
    ASSERT_EQ(found.distances.size(), 1u);
    EXPECT_EQ(found.distances[0].grid.size, image.grid.size);
    for (std::size_t v = 0; v < image.voxels.size(); ++v)
      ASSERT_EQ(found.distances[0].voxels[v] < 0, found.labels.voxels[v] == 1);
  }
}

TEST(SegmentVolume, ComesBackFromAnotherSpacingAndACrop) {
  const Image image = ball();
  image::Preprocessing steps = image::Preprocessing::none();
  steps.spacing_mm = {0.8, 0.8, 0.8};
  const VolumeSegmentation finer = segment_volume(image, steps, kPlan, {2, 0, false}, bright(0.5f, false));
  EXPECT_EQ(image::grid_difference(finer.labels.grid, image.grid), "");
  EXPECT_LT(differing(finer.labels, image, 0.5f), image.voxels.size() / 50);
  EXPECT_TRUE(finer.probabilities.empty());
}

TEST(SegmentVolume, RefusesTwoDimensions) {
  Image image = ball();
  image.grid.two_dimensional = true;
  try {
    segment_volume(image, image::Preprocessing::none(), kPlan, {2, 0, false}, bright(0.5f, false));
    FAIL();
  } catch (const core::DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("two-dimensional"));
  }
}

TEST(SegmentVolume, OfOnePlaneSeesSlicesByThemselves) {
  const WindowPlan plan{{16, 16, 1}, {8, 16, 1}};
  const Image image = ball();
  std::size_t windows = 0;
  const auto network = [&](const std::vector<float>& values, std::size_t count) {
    windows += count;
    EXPECT_EQ(values.size(), count * 16 * 16);
    return bright(0.5f, true)(values, count);
  };
  const VolumeSegmentation found = segment_volume(image, image::Preprocessing::none(), plan, {2, 1, true}, network);
  EXPECT_EQ(windows, 2 * 2 * 15u);
  EXPECT_EQ(differing(found.labels, image, 0.5f), 0u);
  EXPECT_EQ(found.distances.size(), 1u);

  Image slice;
  slice.grid = image.grid;
  slice.grid.size[2] = 1;
  slice.grid.two_dimensional = true;
  slice.voxels.assign(image.voxels.begin() + 7 * 21 * 18, image.voxels.begin() + 8 * 21 * 18);
  const VolumeSegmentation of_slice =
      segment_volume(slice, image::Preprocessing::none(), plan, {2, 1, true}, network);
  EXPECT_TRUE(of_slice.labels.grid.two_dimensional);
  EXPECT_TRUE(std::equal(of_slice.labels.voxels.begin(), of_slice.labels.voxels.end(),
                         found.labels.voxels.begin() + 7 * 21 * 18));
}

TEST(SegmentVolume, ALargeScanFitsIntoFourGigabytes) {
  image::Grid scan;
  scan.size = {512, 512, 300};
  const WindowPlan plan{{112, 112, 80}, {56, 56, 40}};
  const std::uint64_t bytes = bytes_to_segment(scan, scan, plan, {4, 0, false});
  EXPECT_LT(bytes, 3'000'000'000u);
  EXPECT_GT(bytes_to_segment(scan, scan, plan, {4, 3, true}), bytes);
  EXPECT_GT(bytes, 4 * 4 * scan.voxels());
}

TEST(SegmentVolume, TakesTheMeanOfSeveralNetworks) {
  const Image image = ball();
  const auto alone = [&](float limit) {
    return segment_volume(image, image::Preprocessing::none(), kPlan, {2, 1, true}, bright(limit, true));
  };
  const VolumeSegmentation a = alone(0.05f), b = alone(0.08f), c = alone(0.5f);
  const std::vector<WindowMapper> networks{bright(0.05f, true), bright(0.08f, true), bright(0.5f, true)};
  const VolumeSegmentation all = segment_volume(image, image::Preprocessing::none(), kPlan, {2, 1, true}, networks);
  ASSERT_EQ(all.opinions.size(), 3u);
  EXPECT_EQ(all.opinions[0].voxels, a.labels.voxels);
  EXPECT_EQ(all.opinions[2].voxels, c.labels.voxels);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    ASSERT_NEAR(all.probabilities[1].voxels[v],
                (a.probabilities[1].voxels[v] + b.probabilities[1].voxels[v] + c.probabilities[1].voxels[v]) / 3, 1e-6);
    ASSERT_NEAR(all.distances[0].voxels[v],
                (a.distances[0].voxels[v] + b.distances[0].voxels[v] + c.distances[0].voxels[v]) / 3, 1e-6);
  }
  EXPECT_EQ(all.labels.voxels, b.labels.voxels) << "two of three";
  const VolumeSegmentation bare = segment_volume(image, image::Preprocessing::none(), kPlan, {2, 0, false},
                                                 std::vector{bright(0.05f, false), bright(0.5f, false)});
  EXPECT_TRUE(bare.probabilities.empty());
}

TEST(SegmentVolume, OfSeveralNetworksTakesMoreMemory) {
  image::Grid scan;
  scan.size = {200, 200, 100};
  const std::uint64_t voxels = scan.voxels() * sizeof(float);
  const std::uint64_t one = bytes_to_segment(scan, scan, kPlan, {2, 0, true}),
                      two = bytes_to_segment(scan, scan, kPlan, {2, 0, true, 2}),
                      five = bytes_to_segment(scan, scan, kPlan, {2, 0, true, 5});
  EXPECT_GT(two, one);
  EXPECT_EQ(five - two, 3 * voxels) << "a label map for each";
}

}  // namespace
}  // namespace coopseg::inference
