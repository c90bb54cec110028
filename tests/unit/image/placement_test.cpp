#include "coopseg/image/placement.h"

#include <gmock/gmock.h>

namespace coopseg::image {
namespace {

Grid stack() {
  Grid grid;
  grid.size = {40, 36, 5};
  grid.spacing_mm = {1.5, 1.5, 8};
  grid.origin_mm = {-31, 12, -70};
  grid.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1};
  return grid;
}

Grid identity(const Grid& grid) {
  Grid lost;
  lost.size = grid.size;
  return lost;
}

TEST(SharedPart, IsThatOfTheSmallerVolume) {
  const Grid whole = stack();
  EXPECT_EQ(shared_part(whole, whole), 1);
  Grid part = whole;
  part.size = {10, 9, 2};
  part.origin_mm = whole.position_mm(20, 11, 2);
  EXPECT_EQ(shared_part(whole, part), 1);
  EXPECT_EQ(shared_part(part, whole), 1);
  part.origin_mm = whole.position_mm(-5, 11, 2);  // half of it beyond the border, its outer half voxels counted
  EXPECT_NEAR(shared_part(part, whole), 0.5, 0.04);
  part.origin_mm = whole.position_mm(-20, 11, 2);
  EXPECT_EQ(shared_part(part, whole), 0);
}

TEST(SharedPart, OfVolumesThatAreTurnedToEachOther) {
  Grid square, turned;
  square.size = turned.size = {101, 101, 1};
  turned.origin_mm = {100, 0, 0};
  turned.direction = {0, -1, 0, 1, 0, 0, 0, 0, 1};
  EXPECT_EQ(shared_part(square, turned), 1);
  turned.direction = {0, 1, 0, 1, 0, 0, 0, 0, 1};
  EXPECT_NEAR(shared_part(square, turned), 0, 0.02);
}

TEST(LostHeader, IsTheIdentityWithSpacingsOfOne) {
  const Grid expected = stack();
  EXPECT_FALSE(has_lost_header(expected, expected));
  Grid found = identity(expected);  // as ITK's users write arrays
  EXPECT_TRUE(has_lost_header(found, expected));
  EXPECT_FALSE(has_lost_header(expected, found));
  found.direction[0] = found.direction[4] = -1;  // as NiBabel's do
  EXPECT_TRUE(has_lost_header(found, expected));
  found.size[0] = 41;
  EXPECT_FALSE(has_lost_header(found, expected));
}

TEST(LostHeader, MayHaveKeptAPartOfItsGeometry) {
  Grid found = stack();
  found.spacing_mm[2] = 1;  // a pile of slices
  EXPECT_TRUE(has_lost_header(found, stack()));
  found.spacing_mm[2] = 7;
  EXPECT_FALSE(has_lost_header(found, stack()));
}

TEST(LostHeader, OfItsPlaceAloneIsToldByTheDistance) {
  const Grid expected = stack();
  Grid found = identity(expected);
  found.spacing_mm = expected.spacing_mm;
  EXPECT_TRUE(may_have_lost_place(found, expected));
  EXPECT_TRUE(has_lost_header(found, expected));  // 70 mm away
  Grid near = found;
  near.origin_mm = {0.6, 0, 0};
  EXPECT_TRUE(may_have_lost_place(found, near));
  EXPECT_FALSE(has_lost_header(found, near));  // it may lie there
}

}  // namespace
}  // namespace coopseg::image
