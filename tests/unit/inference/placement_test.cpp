#include "coopseg/inference/placement.h"

#include <gmock/gmock.h>

#include <algorithm>

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
    model_.orientation->images = 3;
  }
  Placement of(const Grid& grid, const std::string& orient = "model", const std::string& step = "") const {
    CaseInput input{{}, nullptr, image::Preprocessing::none(), {}, orient};
    input.steps.orient = step;
    input.steps.spacing_mm = spacing_mm_;
    return placement_of(grid, model_, input);
  }
  // What the network sees of it, as segment() prepares it.
  Grid seen(const Grid& grid) const {
    const Placement placement = of(grid);
    const Grid prepared = image::preprocessed_grid(turned(grid, placement.turn), placement.steps);
    return turned(prepared, slices_last(prepared));
  }
  // Every order of the axes, each from either end.
  static std::vector<Grid> all_orders(const Grid& grid) {
    std::vector<Grid> all;
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
      for (unsigned ends = 0; ends < 8; ++ends)
        all.push_back(turned(grid, AxisTurn{order, {(ends & 1) != 0, (ends & 2) != 0, (ends & 4) != 0}}));
    } while (std::next_permutation(order.begin(), order.end()));
    return all;
  }

  Grid stack_;
  model::ModelDescription model_;
  std::vector<double> spacing_mm_;
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
  EXPECT_TRUE(is_identity(of(mirrored).turn));
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
  EXPECT_NO_THROW(check_orient("RAS"));
  for (const char* bad : {"", "ras", "RAA", "first"}) EXPECT_THROW(check_orient(bad), core::UsageError) << bad;
}

TEST_F(PlacementOf, TakesTheStepThatTurnedTheTrainingImagesAsDone) {
  EXPECT_EQ(of(stack_, "model", "RAS").steps.orient, "");
  // As it is stored, whatever the header says.
  EXPECT_EQ(of(stack_, "stored", "RAS").steps.orient, "");
  Grid nominal = stack_;
  nominal.nominal = true;
  EXPECT_EQ(of(nominal, "model", "RAS").steps.orient, "");
  // Nothing is known but what was done to the training images.
  model_.orientation.reset();
  EXPECT_EQ(of(stack_, "model", "RAS").steps.orient, "RAS");
}

// 2 mm everywhere become 1.4 mm within slices: which axis they lie across must not hang on which one is stored last.
TEST_F(PlacementOf, ChoosesSlicesOfNearlyIsotropicImagesBeforeTheyAreResampled) {
  spacing_mm_ = {1.4, 1.4};
  Grid volume = stack_;
  volume.size = {40, 36, 30};
  volume.spacing_mm = {2, 2, 2};
  for (const Grid& stored : all_orders(volume)) {
    EXPECT_EQ(grid_difference(seen(stored), seen(volume)), "");
    EXPECT_NE(of(stored).how, Placed::across);
  }
}

// Three spacings are of the axes as the training's files had them, here with slices first.
TEST_F(PlacementOf, GivesEachAxisTheSpacingOfItsOwn) {
  spacing_mm_ = {6, 1.2, 1.4};
  model_.orientation->slice_axis = 0;
  for (const Grid& stored : all_orders(stack_)) {
    EXPECT_EQ(seen(stored).spacing_mm, (std::array<double, 3>{1.2, 1.4, 6}));
    EXPECT_EQ(grid_difference(seen(stored), seen(stack_)), "");
  }
}

TEST_F(PlacementOf, BelievesMostTrainingImagesAndNoFewer) {
  const Grid mirrored = turned(stack_, AxisTurn{{0, 1, 2}, {true, false, false}});
  model_.orientation->nominal = 2;
  EXPECT_EQ(of(mirrored).how, Placed::turned);
  model_.orientation->otherwise = 1;
  EXPECT_EQ(of(mirrored).how, Placed::untold);
  EXPECT_TRUE(is_identity(of(mirrored).turn));
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
