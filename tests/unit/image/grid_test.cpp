#include <gmock/gmock.h>

#include <limits>

#include "coopseg/image/volume.h"

namespace coopseg::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Grid, PositionsFollowDirectionAndSpacing) {
  Grid grid;
  grid.spacing_mm = {2, 3, 10};
  grid.origin_mm = {1, 1, 1};
  grid.direction = {0, -1, 0, 1, 0, 0, 0, 0, 1};
  EXPECT_THAT(grid.position_mm(0, 0, 0), ElementsAre(1, 1, 1));
  EXPECT_THAT(grid.position_mm(1, 0, 0), ElementsAre(1, 3, 1));
  EXPECT_THAT(grid.position_mm(0, 1, 0.5), ElementsAre(-2, 1, 6));
  EXPECT_DOUBLE_EQ(grid.voxel_volume_ml(), 0.06);
}

TEST(Grid, DifferencesAreToldBesideWhatAgrees) {
  Grid expected;
  expected.size = {8, 8, 3};
  expected.spacing_mm = {1.4, 1.4, 10};
  Grid found = expected;
  EXPECT_EQ(grid_difference(found, expected), "");
  found.spacing_mm = {1.37, 1.37, 10};
  EXPECT_EQ(grid_difference(found, expected),
            "spacing 1.37 x 1.37 x 10 mm, expected 1.4 x 1.4 x 10 mm; size, origin and direction agree");
  found = expected;
  found.size[2] = 4;
  EXPECT_THAT(grid_difference(found, expected), HasSubstr("size 8 x 8 x 4, expected 8 x 8 x 3"));
  found = expected;
  found.origin_mm[1] = 0.002;
  EXPECT_THAT(grid_difference(found, expected), HasSubstr("origin"));
  EXPECT_EQ(grid_difference(found, expected, 0.01), "");
  found = expected;
  found.direction[0] = -1;
  EXPECT_THAT(grid_difference(found, expected), HasSubstr("direction [-1 0 0"));
  found.direction[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(grid_difference(found, expected), "");
}

}  // namespace
}  // namespace coopseg::image
