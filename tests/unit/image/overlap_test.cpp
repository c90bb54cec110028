#include "coopseg/image/overlap.h"

#include <gtest/gtest.h>

namespace coopseg::image {
namespace {

LabelMap row(const std::vector<std::int32_t>& values) {
  Grid grid;
  grid.size = {values.size(), 1, 1};
  LabelMap labels(grid);
  labels.voxels = values;
  return labels;
}

TEST(Overlap, CountsTheVoxelsOfEachClass) {
  const auto found = overlaps_of(row({0, 1, 1, 1, 2, 2}), row({1, 1, 1, 0, 2, 0}), 4);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[1].first, 3u);
  EXPECT_EQ(found[1].second, 3u);
  EXPECT_EQ(found[1].common, 2u);
  EXPECT_DOUBLE_EQ(*found[1].dice(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*found[2].dice(), 2.0 / 3);
  EXPECT_FALSE(found[3].dice()) << "both are empty";
}

TEST(Overlap, OfOneEmptyMaskIsZero) { EXPECT_EQ(overlaps_of(row({1, 1}), row({0, 0}), 2)[1].dice(), 0.0); }

TEST(Overlap, LeavesOutOtherValues) {
  const auto found = overlaps_of(row({-1, 7, 1}), row({-1, 7, 1}), 2);
  EXPECT_EQ(found[0].first + found[0].common, 0u);
  EXPECT_EQ(found[1].dice(), 1.0);
}

}  // namespace
}  // namespace coopseg::image
