#include "coopseg/metric/surfel.h"

#include <gtest/gtest.h>

#include <bitset>
#include <cmath>
#include <map>

namespace coopseg::metric {
namespace {

// Unit spacing: how many of the 256 patterns have which area, counted in the published table.
TEST(SurfelAreas, OfUnitVoxelsAreThoseOfThePublishedTable) {
  std::map<long, int> found;
  for (double area : surfel_areas({1, 1, 1})) ++found[std::lround(area * 1e6)];
  const std::map<long, int> published = {{0, 2},        {216506, 16}, {433013, 32}, {649519, 16},  {707107, 24},
                                         {866025, 2},   {923613, 48}, {1000000, 6}, {1149519, 48}, {1299038, 8},
                                         {1366025, 24}, {1414214, 6}, {1573132, 24}};
  EXPECT_EQ(found, published);
}

TEST(SurfelAreas, OfAPatternAndItsComplementAreEqual) {
  const auto areas = surfel_areas({0.7, 1.4, 10});
  for (unsigned code = 0; code < 256; ++code) EXPECT_DOUBLE_EQ(areas[code], areas[255 - code]) << code;
}

TEST(SurfelAreas, FollowTheSpacing) {
  const auto areas = surfel_areas({2, 3, 5});
  EXPECT_DOUBLE_EQ(areas[0b00001111], 2 * 3);  // one slice of the two: a plane perpendicular to the third axis
  EXPECT_DOUBLE_EQ(areas[0b01010101], 3 * 5);
  EXPECT_DOUBLE_EQ(areas[0b00110011], 2 * 5);
  // One corner: the triangle through (1, 0, 0), (0, 1.5, 0), (0, 0, 2.5).
  EXPECT_DOUBLE_EQ(areas[1], 0.5 * std::sqrt(std::pow(1.5 * 2.5, 2) + std::pow(1 * 2.5, 2) + std::pow(1 * 1.5, 2)));
  // An edge along the first axis: a rectangle of 2 by the diagonal of 1.5 and 2.5.
  EXPECT_DOUBLE_EQ(areas[0b00000011], 2 * std::hypot(1.5, 2.5));
}

// The bent hexagon, from its corners: chain (0,1,1) (1,1,1) (1,1,0) (1,0,0), axes (i, j, k).
TEST(SurfelAreas, OfAChainIsThatOfItsTriangles) {
  const std::array<double, 3> s{2, 3, 5};
  using Point = std::array<double, 3>;
  const Point p[6] = {{0, .5, 1}, {0, 1, .5}, {.5, 1, 0}, {.5, 0, 0}, {1, 0, .5}, {1, .5, 1}};
  const auto area = [&](const Point& a, const Point& b, const Point& c) {
    Point u, v;
    for (int x = 0; x < 3; ++x) u[x] = (b[x] - a[x]) * s[x], v[x] = (c[x] - a[x]) * s[x];
    return 0.5 * std::sqrt(std::pow(u[1] * v[2] - u[2] * v[1], 2) + std::pow(u[2] * v[0] - u[0] * v[2], 2) +
                           std::pow(u[0] * v[1] - u[1] * v[0], 2));
  };
  const double expected =
      area(p[5], p[0], p[1]) + area(p[1], p[2], p[3]) + area(p[3], p[4], p[5]) + area(p[1], p[3], p[5]);
  const auto bit = [](int i, int j, int k) { return 1u << (i + 2 * j + 4 * k); };
  const unsigned code = bit(0, 1, 1) | bit(1, 1, 1) | bit(1, 1, 0) | bit(1, 0, 0);
  EXPECT_NEAR(surfel_areas(s)[code], expected, 1e-12);
}

TEST(ContourLengths, FollowTheSpacing) {
  const auto lengths = contour_lengths({3, 4});
  EXPECT_EQ(lengths[0], 0);
  EXPECT_EQ(lengths[15], 0);
  EXPECT_DOUBLE_EQ(lengths[0b0011], 3);
  EXPECT_DOUBLE_EQ(lengths[0b0101], 4);
  EXPECT_DOUBLE_EQ(lengths[0b0001], 2.5);
  EXPECT_DOUBLE_EQ(lengths[0b1110], 2.5);
  EXPECT_DOUBLE_EQ(lengths[0b0110], 5);
}

}  // namespace
}  // namespace coopseg::metric
