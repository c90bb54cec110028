#include "coopseg/image/orientation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>

#include "coopseg/image/resample.h"

namespace coopseg::image {
namespace {

using testing::ElementsAre;

std::vector<std::string> all_codes() {
  std::vector<std::string> codes;
  for (const char* axes : {"LPS", "LSP", "PLS", "PSL", "SLP", "SPL"}) {
    for (unsigned turns = 0; turns < 8; ++turns) {
      std::string code = axes;
      for (std::size_t a = 0; a < 3; ++a) {
        const std::string pairs = "LRRLPAAPSIIS";
        if ((turns >> a & 1) != 0) code[a] = pairs[pairs.find(code[a]) + 1];
      }
      codes.push_back(code);
    }
  }
  return codes;
}

// Turned by `radians` about an axis that is none of the patient's.
Grid tilted(double radians) {
  Grid grid;
  grid.size = {4, 3, 2};
  grid.spacing_mm = {1.5, 2, 7};
  grid.origin_mm = {-31.5, 12.25, 100};
  const double c = std::cos(radians), s = std::sin(radians), x = 2.0 / 3, y = 1.0 / 3, z = 2.0 / 3, d = 1 - c;
  grid.direction = {c + x * x * d,     x * y * d - z * s, x * z * d + y * s, y * x * d + z * s, c + y * y * d,
                    y * z * d - x * s, z * x * d - y * s, z * y * d + x * s, c + z * z * d};
  return grid;
}

Image numbered(const Grid& grid) {
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) image.voxels[v] = static_cast<float>(v);
  return image;
}

// Coordinates are LPS: axes along them grow towards left, posterior and superior.
TEST(AxisCodes, NameTheSidesThatIndicesGrowTowards) {
  Grid grid;
  EXPECT_EQ(axis_codes(grid), "LPS");
  grid.direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  EXPECT_EQ(axis_codes(grid), "RAS");
  // A sagittal scan: columns towards posterior, rows towards inferior, slices towards left.
  grid.direction = {0, 0, 1, 1, 0, 0, 0, -1, 0};
  EXPECT_EQ(axis_codes(grid), "PIL");
}

TEST(AxisCodes, AreTheClosestOnesOfObliqueAxes) {
  EXPECT_EQ(axis_codes(tilted(0.5)), "LPS");
  EXPECT_EQ(axis_codes(turned(tilted(0.5), turn_to(tilted(0.5), "SRA"))), "SRA");
  // Two axes that are both closest to the same one of the patient's still get two names.
  Grid grid;
  const double h = std::sqrt(0.5), s = std::sqrt(1.0 / 3), t = std::sqrt(1.0 / 6);
  grid.direction = {s, t, h, s, t, -h, s, -2 * t, 0};
  EXPECT_TRUE(is_axis_code(axis_codes(grid))) << axis_codes(grid);
}

TEST(AxisCodes, OneLetterOfEachPair) {
  for (const auto& code : all_codes()) EXPECT_TRUE(is_axis_code(code)) << code;
  for (const char* wrong : {"", "RA", "RAR", "RLS", "ras", "RASS", "XYZ", "RA "}) {
    EXPECT_FALSE(is_axis_code(wrong)) << wrong;
  }
  EXPECT_THROW(turn_to(Grid(), "RAR"), std::logic_error);
}

TEST(Turned, VoxelsKeepTheirPlacesInAll48WaysAndComeBack) {
  EXPECT_EQ(all_codes().size(), 48u);
  for (const double radians : {0.0, 0.4}) {
    const Image image = numbered(tilted(radians));
    for (const auto& code : all_codes()) {
      const AxisTurn turn = turn_to(image.grid, code);
      const Image other = turned(image, turn);
      ASSERT_EQ(axis_codes(other.grid), code);
      for (std::size_t k = 0; k < other.grid.size[2]; ++k) {
        for (std::size_t j = 0; j < other.grid.size[1]; ++j) {
          for (std::size_t i = 0; i < other.grid.size[0]; ++i) {
            const auto place_mm =
                other.grid.position_mm(static_cast<double>(i), static_cast<double>(j), static_cast<double>(k));
            const auto index = index_of(image.grid, place_mm);
            std::array<std::size_t, 3> at{};
            for (std::size_t a = 0; a < 3; ++a) {
              ASSERT_NEAR(index[a], std::nearbyint(index[a]), 1e-9) << code;
              at[a] = static_cast<std::size_t>(std::nearbyint(index[a]));
            }
            ASSERT_EQ(other.at(i, j, k), image.at(at[0], at[1], at[2])) << code;
          }
        }
      }
      const Image back = turned(other, inverse(turn));
      EXPECT_EQ(back.voxels, image.voxels) << code;
      EXPECT_EQ(grid_difference(back.grid, image.grid, 1e-12), "") << code;
    }
  }
}

TEST(Turned, AGridOfTwoAxesIsOneAsLongAsItsThirdAxisStaysThird) {
  Grid grid;
  grid.size = {4, 3, 1};
  grid.two_dimensional = true;
  EXPECT_TRUE(turned(grid, turn_to(grid, "ARS")).two_dimensional);
  EXPECT_FALSE(turned(grid, turn_to(grid, "SLP")).two_dimensional);
  EXPECT_THAT(turned(grid, turn_to(grid, "SLP")).size, ElementsAre(1, 4, 3));
}

TEST(Then, IsOneTurnAfterTheOther) {
  const Image image = numbered(tilted(0.3));
  for (const std::string& first : all_codes()) {
    const AxisTurn one = turn_to(image.grid, first), other{{2, 0, 1}, {false, true, true}};
    EXPECT_EQ(turned(image, then(one, other)).voxels, turned(turned(image, one), other).voxels) << first;
    EXPECT_TRUE(is_identity(then(one, inverse(one))));
  }
}

TEST(SlicesLast, KeepTheOrderOfTheOthers) {
  Grid grid;
  grid.size = {9, 64, 48};
  grid.spacing_mm = {8, 1.5, 1.4};
  EXPECT_EQ(turned(grid, slices_last(grid)).size, (std::array<std::size_t, 3>{64, 48, 9}));
  EXPECT_TRUE(is_identity(slices_last(turned(grid, slices_last(grid)))));
}

// Where a volume lies in space decides, and not how it is stored. In the middle between two orders, at 45 degrees, no
// rounding may: a short-axis stack has in-plane axes at any angle to the patient's.
TEST(TurnTowards, BringsEveryStorageOrderToTheSameVoxels) {
  for (const double radians : {0.0, 0.3, 0.8, 1.1, 2.5}) {
    const Image image = numbered(tilted(radians));
    for (const Directions& axes : {Grid{}.direction, tilted(0.5).direction}) {
      for (const Seen seen : {Seen::slices, Seen::volume}) {
        const Image expected = turned(image, turn_towards(image.grid, axes, seen));
        for (const std::string& code : all_codes()) {
          const Image stored = turned(image, turn_to(image.grid, code));
          const Image brought = turned(stored, turn_towards(stored.grid, axes, seen));
          EXPECT_EQ(brought.voxels, expected.voxels) << code << " " << radians;
          EXPECT_EQ(grid_difference(brought.grid, expected.grid), "");
        }
        EXPECT_TRUE(is_identity(turn_towards(expected.grid, axes, seen)));
      }
    }
  }
}

TEST(TurnTowards, DecidesInSpaceWhereTwoOrdersAreEquallyGood) {
  Grid grid;
  grid.size = {4, 3, 2};
  grid.spacing_mm = {1, 1, 8};
  const double half = std::sqrt(0.5);
  grid.direction = {half, -half, 0, half, half, 0, 0, 0, 1};
  const Image image = numbered(grid);
  for (const Seen seen : {Seen::slices, Seen::volume}) {
    const Image expected = turned(image, turn_towards(image.grid, Grid{}.direction, seen));
    for (const std::string& code : all_codes()) {
      const Image stored = turned(image, turn_to(image.grid, code));
      EXPECT_EQ(turned(stored, turn_towards(stored.grid, Grid{}.direction, seen)).voxels, expected.voxels) << code;
    }
  }
}

TEST(TurnTowards, TakesTheAxisNearestToTheModelsSlicesWhereSpacingsAreAlike) {
  Grid grid;
  grid.size = {5, 6, 7};
  grid.spacing_mm = {1, 1.002, 1};
  EXPECT_EQ(turn_towards(grid, {0, 0, 1, 1, 0, 0, 0, 1, 0}, Seen::slices).order, (std::array<std::size_t, 3>{1, 2, 0}));
  EXPECT_TRUE(is_identity(turn_towards(grid, Grid{}.direction, Seen::slices)));
  // A stack's slices are its slices, wherever they lie.
  grid.spacing_mm = {1, 1, 5};
  EXPECT_EQ(turn_towards(grid, {0, 0, 1, 1, 0, 0, 0, 1, 0}, Seen::slices).order[2], 2u);
}

TEST(TurnToLookAt, IsOnePictureForEveryStorageOrderOfAStack) {
  for (const char* usual : {"LPS", "PIL", "LIP"}) {  // axial, sagittal, coronal
    Grid grid = turned(tilted(0.1), turn_to(tilted(0.1), usual));
    grid.size = {4, 5, 3};
    grid.spacing_mm = {1, 1, 8};
    const Image expected = numbered(grid);
    EXPECT_TRUE(is_identity(turn_to_look_at(grid))) << usual;
    for (const std::string& code : all_codes()) {
      Image stored = turned(expected, turn_to(grid, code));
      AxisTurn turn = turn_to_look_at(stored.grid);
      // Slices are counted as they are stored.
      if (axis_codes(turned(stored.grid, turn)) != usual) turn = then(turn, {{0, 1, 2}, {false, false, true}});
      EXPECT_EQ(turned(stored, turn).voxels, expected.voxels) << usual << " as " << code;
      stored.grid.nominal = true;
      EXPECT_EQ(turn_to_look_at(stored.grid).order, slices_last(stored.grid).order);
      EXPECT_EQ(turn_to_look_at(stored.grid).backwards, (std::array<bool, 3>{}));
    }
  }
}

TEST(LiesAlong, OfSlicesTheirOrderDoesNotCountButTheirPlaneDoes) {
  Grid grid;
  grid.spacing_mm = {1, 1, 8};
  grid.size = {5, 6, 7};
  const Grid backwards = turned(grid, AxisTurn{{0, 1, 2}, {false, false, true}});
  EXPECT_TRUE(lies_along(backwards, grid.direction, Seen::slices));
  EXPECT_FALSE(lies_along(backwards, grid.direction, Seen::volume));
  EXPECT_FALSE(lies_along(turned(grid, AxisTurn{{0, 1, 2}, {true, false, false}}), grid.direction, Seen::slices));
  Grid sagittal = grid;
  sagittal.direction = {0, 0, 1, 1, 0, 0, 0, -1, 0};
  EXPECT_FALSE(lies_along(sagittal, grid.direction, Seen::slices));
}

TEST(OrientationCensus, CountsWhatMostImagesDo) {
  Grid grid;
  grid.size = {5, 6, 7};
  grid.spacing_mm = {1, 1, 8};
  OrientationCensus census(Seen::slices);
  census.add(turned(grid, AxisTurn{{1, 0, 2}, {}}));
  for (const double sine : {0.1, -0.1}) {
    Grid oblique = grid;
    const double cosine = std::sqrt(1 - sine * sine);
    oblique.direction = {cosine, -sine, 0, sine, cosine, 0, 0, 0, 1};
    census.add(oblique);
  }
  census.add(turned(grid, AxisTurn{{0, 1, 2}, {false, false, true}}));  // the same slices, counted from the other end
  Grid nominal = grid;
  nominal.nominal = true;
  census.add(nominal);
  const Orientation found = census.result();
  EXPECT_EQ(found.images, 3u);
  EXPECT_EQ(found.otherwise, 1u);
  EXPECT_EQ(found.nominal, 1u);
  ASSERT_TRUE(found.axes);
  EXPECT_THAT(*found.axes, ElementsAre(1, 0, 0, 0, 1, 0, 0, 0, 1));
  EXPECT_FALSE(OrientationCensus(Seen::volume).result().axes);
}

}  // namespace
}  // namespace coopseg::image
