#include "coopseg/inference/placement.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"

namespace coopseg::inference {
namespace {

using image::AxisTurn;
using image::Grid;

class PlacementOf : public testing::Test {
 protected:
  PlacementOf() {
    stack_.size = {40, 36, 5};
    stack_.spacing_mm = {1.5, 1.5, 8};
    model_.orientation.emplace();
    model_.orientation->axes = Grid{}.direction;
  }
  Placement of(const Grid& grid, const std::string& orient = "model", const std::string& step = "") const {
    CaseInput input{{}, nullptr, image::Preprocessing::none(), {}, orient};
    input.steps.orient = step;
    return placement_of(grid, model_, input);
  }

  Grid stack_;
  model::ModelDescription model_;
};

TEST_F(PlacementOf, TurnsWhatLiesOtherwise) {
  EXPECT_EQ(of(stack_).how, Placed::as_trained);
  const Grid mirrored = turned(stack_, AxisTurn{{0, 1, 2}, {true, false, false}});
  EXPECT_EQ(of(mirrored).how, Placed::turned);
  EXPECT_EQ(grid_difference(turned(mirrored, of(mirrored).turn), stack_), "");
  // Where slices come first, the network sees the same slices.
  const Grid first = turned(stack_, AxisTurn{{2, 0, 1}, {}});
  EXPECT_EQ(of(first).how, Placed::as_trained);
  EXPECT_EQ(grid_difference(turned(first, of(first).turn), stack_), "");
}

TEST_F(PlacementOf, SaysWhereSlicesLieInAnotherPlane) {
  Grid sagittal = stack_;
  sagittal.direction = {0, 0, 1, 1, 0, 0, 0, -1, 0};
  EXPECT_EQ(of(sagittal).how, Placed::across);
}

TEST_F(PlacementOf, LeavesAsStoredWhatNobodyTells) {
  Grid mirrored = turned(stack_, AxisTurn{{2, 1, 0}, {false, true, false}});
  mirrored.nominal = true;
  EXPECT_EQ(of(mirrored).how, Placed::nominal);
  EXPECT_EQ(of(mirrored).turn.order, (std::array<std::size_t, 3>{1, 2, 0}));
  EXPECT_EQ(of(mirrored).turn.backwards, (std::array<bool, 3>{}));
  // Nominal images are what a model of nominal images has seen.
  model_.orientation->axes.reset();
  EXPECT_EQ(of(mirrored).how, Placed::as_trained);
  EXPECT_EQ(of(stack_).how, Placed::untold);
  model_.orientation.reset();
  EXPECT_EQ(of(stack_).how, Placed::not_recorded);
}

TEST_F(PlacementOf, DoesAsAsked) {
  const Grid mirrored = turned(stack_, AxisTurn{{0, 1, 2}, {true, false, false}});
  EXPECT_TRUE(is_identity(of(mirrored, "stored").turn));
  EXPECT_EQ(axis_codes(turned(mirrored, of(mirrored, "PLI").turn)), "PLI");
  // Slices come last, whatever axis is asked for there.
  EXPECT_EQ(axis_codes(turned(mirrored, of(mirrored, "SPL").turn)), "PLS");
  EXPECT_NO_THROW(check_orient("RAS"));
  for (const char* bad : {"", "ras", "RAA", "first"}) EXPECT_THROW(check_orient(bad), core::UsageError) << bad;
}

TEST_F(PlacementOf, TakesTheStepThatTurnedTheTrainingImagesAsDone) {
  EXPECT_EQ(of(stack_, "model", "RAS").steps.orient, "");
  EXPECT_EQ(of(stack_, "stored", "RAS").steps.orient, "RAS");
}

TEST_F(PlacementOf, OfVolumesIsOfAllThreeAxes) {
  model_.input.dimensions = 3;
  const Grid first = turned(stack_, AxisTurn{{2, 0, 1}, {}});
  EXPECT_EQ(of(first).how, Placed::turned);
  EXPECT_EQ(grid_difference(turned(first, of(first).turn), stack_), "");
}

TEST(TurnBack, IsExact) {
  Placement placement;
  placement.turn = {{2, 0, 1}, {true, false, true}};
  Grid grid;
  grid.size = {3, 4, 5};
  grid.origin_mm = {0.1, 0.2, 0.3};
  image::Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) image.voxels[v] = static_cast<float>(v);
  std::vector<image::Image> maps{image::turned(image, placement.turn)};
  turn_back(maps, placement, grid);
  EXPECT_EQ(maps[0].voxels, image.voxels);
  EXPECT_EQ(maps[0].grid.origin_mm, grid.origin_mm);
}

}  // namespace
}  // namespace coopseg::inference
