#include "coopseg/dataset/slices.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "coopseg/dataset/batches.h"
#include "formula_slice.h"

namespace coopseg::dataset {
namespace {

image::Grid grid(std::array<std::size_t, 3> size, std::array<double, 3> spacing_mm) {
  image::Grid g;
  g.size = size;
  g.spacing_mm = spacing_mm;
  return g;
}

TEST(SliceAxis, IsTheCoarsest) {
  EXPECT_EQ(slice_axis(grid({9, 64, 64}, {10, 1.4, 1.4})), 0u);
  EXPECT_EQ(slice_axis(grid({64, 9, 64}, {1.4, 8, 1.4})), 1u);
  EXPECT_EQ(slice_axis(grid({64, 64, 9}, {1.4, 1.4, 8})), 2u);
}

TEST(SliceAxis, IsTheLastStoredWhereNoneIsCoarserThanTheOthers) {
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {1, 1, 1})), 2u);
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {2, 2, 1})), 2u);
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {1.00001, 1, 1})), 2u);
  // Rounding in a scanner's header: 0.2 % and 5 % are no stack.
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {1, 1.002, 1})), 2u);
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {1, 1, 0.95})), 2u);
  EXPECT_EQ(slice_axis(grid({64, 64, 64}, {1, 1.2, 1})), 1u);
}

TEST(SliceAxis, OfASingleSliceIsTheAxisOfOneVoxelWhateverTheSpacing) {
  EXPECT_EQ(slice_axis(grid({64, 64, 1}, {1.5, 1.4, 1})), 2u);
  EXPECT_EQ(slice_axis(grid({1, 64, 64}, {1, 2.7, 2.7})), 0u);
  EXPECT_EQ(slice_axis(grid({64, 1, 64}, {2.7, 2.7, 2.7})), 1u);
  EXPECT_EQ(slice_axis(grid({1, 64, 1}, {1, 1, 1})), 2u);
}

TEST(SliceOf, HasRowsAlongTheSecondAxisAndColumnsAlongTheFirst) {
  image::Image volume(grid({3, 4, 5}, {1, 1, 8}));
  for (std::size_t i = 0; i < volume.voxels.size(); ++i) volume.voxels[i] = static_cast<float>(i);
  const ImagePlane plane = slice_of(volume, 2, 3);
  ASSERT_EQ(plane.rows, 4u);
  ASSERT_EQ(plane.columns, 3u);
  EXPECT_EQ(plane.at(2, 1), volume.at(1, 2, 3));
  EXPECT_EQ(slice_of(volume, 0, 2).at(4, 1), volume.at(2, 1, 4));
  EXPECT_EQ(slice_of(volume, 1, 2).at(4, 1), volume.at(1, 2, 4));
}

TEST(SliceAs, HoldsEveryVoxelOnceAlongEveryAxis) {
  image::LabelMap volume(grid({3, 4, 5}, {1, 1, 1}));
  for (std::size_t i = 0; i < volume.voxels.size(); ++i) volume.voxels[i] = static_cast<std::int32_t>(i);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<std::int32_t> seen;
    for (std::size_t k = 0; k < volume.grid.size[axis]; ++k) {
      const auto plane = slice_as<std::uint8_t>(volume, axis, k);
      seen.insert(seen.end(), plane.values.begin(), plane.values.end());
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, volume.voxels) << "axis " << axis;
  }
}

TEST(CropOrPad, GivesTheReferenceNumbers) {
  const Slice slice = test::formula_slice();
  test::expect_image(slice.image, test::kSlice);
  test::expect_label(slice.label, test::kSliceLabel);
  ImagePlane image = crop_or_pad(slice.image, 40);
  test::expect_image(image, test::kTestCrop);
  test::expect_label(crop_or_pad(slice.label, 40), test::kTestCropLabel);
  minmax(image);
  test::expect_image(image, test::kTestNormalised);
}

TEST(CropOrPad, IsUndoneAtEverySize) {
  for (const std::size_t rows : {1u, 7u, 8u, 9u, 20u})
    for (const std::size_t columns : {1u, 6u, 8u, 11u, 21u}) {
      LabelPlane plane(rows, columns);
      for (std::size_t i = 0; i < plane.values.size(); ++i) plane.values[i] = static_cast<std::uint8_t>(i % 200 + 1);
      const LabelPlane cropped = crop_or_pad(plane, 8);
      ASSERT_EQ(cropped.values.size(), 64u);
      const LabelPlane back = undo_crop_or_pad(cropped, rows, columns, std::uint8_t{255});
      ASSERT_EQ(back.values.size(), plane.values.size());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < plane.values.size(); ++i)
        if (back.values[i] != 255) {
          EXPECT_EQ(back.values[i], plane.values[i]) << rows << " x " << columns;
          ++kept;
        }
      EXPECT_EQ(kept, std::min<std::size_t>(rows, 8) * std::min<std::size_t>(columns, 8));
    }
}

TEST(CropOrPad, OfOddDifferencesStartsOneBefore) {
  ImagePlane five(1, 5), three(1, 3);
  five.values = {1, 2, 3, 4, 5};
  three.values = {1, 2, 3};
  EXPECT_EQ(crop_or_pad(five, 2).values, (std::vector<float>{0, 0, 2, 3}));
  EXPECT_EQ(crop_or_pad(three, 4).at(2, 0), 0);
  EXPECT_EQ(crop_or_pad(three, 4).at(2, 1), 1);
  EXPECT_EQ(crop_or_pad(three, 4).at(2, 3), 3);
}

TEST(MinMax, TurnsAConstantPlaneIntoZeros) {
  ImagePlane plane(4, 3, 7.5f);
  minmax(plane);
  EXPECT_EQ(plane.values, std::vector<float>(12, 0.0f));
}

TEST(MinMax, DoesNotDependOnTheUnit) {
  ImagePlane small(1, 3), large(1, 3);
  small.values = {1e-9f, 2e-9f, 3e-9f};
  large.values = {1000, 2000, 3000};
  minmax(small);
  minmax(large);
  EXPECT_EQ(large.values, (std::vector<float>{0, 0.5, 1}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(small.values[i], large.values[i], 1e-6);
}

}  // namespace
}  // namespace coopseg::dataset
