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
  grid.direction = {c + x * x * d,     x * y * d - z * s, x * z * d + y * s,
                    y * x * d + z * s, c + y * y * d,     y * z * d - x * s,
                    z * x * d - y * s, z * y * d + x * s, c + z * z * d};
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
            const auto place_mm = other.grid.position_mm(static_cast<double>(i), static_cast<double>(j),
                                                         static_cast<double>(k));
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

}  // namespace
}  // namespace coopseg::image
