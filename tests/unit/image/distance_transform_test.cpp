#include "coopseg/image/distance_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/support.h"

namespace coopseg::image {
namespace {

std::array<double, 3> index(const std::array<std::size_t, 3>& size, std::size_t p) {
  const std::size_t row = p / size[0], slice = row / size[1];
  return {double(p % size[0]), double(row % size[1]), double(slice)};
}

double brute_force(const std::array<std::size_t, 3>& size, const std::array<double, 3>& spacing,
                   const std::vector<std::uint8_t>& sources, std::size_t at) {
  double best = std::numeric_limits<double>::infinity();
  const auto a = index(size, at);
  for (std::size_t p = 0; p < sources.size(); ++p) {
    if (!sources[p]) continue;
    const auto b = index(size, p);
    double sum = 0;
    for (int x = 0; x < 3; ++x) sum += std::pow((a[x] - b[x]) * spacing[x], 2);
    best = std::min(best, sum);
  }
  return best;
}

TEST(DistanceTransform, AgreesWithBruteForceOnRandomSourcesAndSpacings) {
  const std::array<std::size_t, 3> sizes[] = {{1, 1, 1}, {17, 1, 1}, {9, 13, 1}, {11, 8, 7}, {1, 6, 9}, {5, 1, 8}};
  unsigned stream = 0;
  for (const auto& size : sizes)
    for (const double share : {0.02, 0.2, 0.7})
      for (const std::array<double, 3> spacing : {std::array<double, 3>{1, 1, 1}, {0.7, 1.3, 10}, {5, 0.1, 2}}) {
        std::vector<std::uint8_t> sources(size[0] * size[1] * size[2]);
        for (std::uint32_t p = 0; p < sources.size(); ++p) sources[p] = test::formula_uniform(stream, p) < share;
        ++stream;
        const auto squares = squared_distance_transform(size, spacing, sources);
        for (std::size_t p = 0; p < sources.size(); ++p) {
          const double expected = brute_force(size, spacing, sources, p);
          if (std::isinf(expected))
            ASSERT_TRUE(std::isinf(squares[p]));
          else
            ASSERT_NEAR(squares[p], expected, 1e-9 * (1 + expected)) << "voxel " << p;
        }
      }
}

TEST(DistanceTransform, IsTheSameToTheLastBitWhereItIsWanted) {
  const std::array<std::size_t, 3> sizes[] = {{17, 1, 1}, {9, 13, 1}, {11, 8, 7}, {1, 6, 9}, {5, 1, 8}};
  unsigned stream = 200;
  for (const auto& size : sizes)
    for (const double share : {0.01, 0.1, 0.8}) {
      std::vector<std::uint8_t> sources(size[0] * size[1] * size[2]), wanted(sources.size());
      for (std::uint32_t p = 0; p < sources.size(); ++p) {
        sources[p] = test::formula_uniform(stream, p) < 0.1;
        wanted[p] = test::formula_uniform(stream + 1, p) < share;
      }
      stream += 2;
      const auto all = squared_distance_transform(size, {0.7, 1.3, 10}, sources);
      const auto some = squared_distance_transform(size, {0.7, 1.3, 10}, sources, wanted);
      for (std::size_t p = 0; p < all.size(); ++p) {
        if (wanted[p]) {
          ASSERT_EQ(some[p], all[p]) << "voxel " << p;
        }
      }
    }
}

TEST(StepDistanceTransform, AgreesWithBruteForceOnRandomSources) {
  const std::array<std::size_t, 3> sizes[] = {{1, 1, 1}, {17, 1, 1}, {9, 13, 1}, {11, 8, 7}, {1, 6, 9}, {5, 1, 8}};
  unsigned stream = 100;
  for (const auto& size : sizes)
    for (const double share : {0.02, 0.2, 0.7}) {
      std::vector<std::uint8_t> sources(size[0] * size[1] * size[2]);
      for (std::uint32_t p = 0; p < sources.size(); ++p) sources[p] = test::formula_uniform(stream, p) < share;
      ++stream;
      const auto taxicab = step_distance_transform(size, Steps::taxicab, sources);
      const auto chessboard = step_distance_transform(size, Steps::chessboard, sources);
      for (std::size_t p = 0; p < sources.size(); ++p) {
        double fewest_faces = std::numeric_limits<double>::infinity(), fewest_any = fewest_faces;
        for (std::size_t q = 0; q < sources.size(); ++q) {
          if (!sources[q]) continue;
          const auto a = index(size, p), b = index(size, q);
          const double dx = std::abs(a[0] - b[0]), dy = std::abs(a[1] - b[1]), dz = std::abs(a[2] - b[2]);
          fewest_faces = std::min(fewest_faces, dx + dy + dz);
          fewest_any = std::min(fewest_any, std::max({dx, dy, dz}));
        }
        ASSERT_EQ(taxicab[p], fewest_faces) << "voxel " << p;
        ASSERT_EQ(chessboard[p], fewest_any) << "voxel " << p;
      }
    }
}

TEST(DistanceTransform, WithoutSourcesIsInfiniteEverywhere) {
  for (double v : squared_distance_transform({3, 4, 5}, {1, 1, 1}, std::vector<std::uint8_t>(60, 0)))
    EXPECT_TRUE(std::isinf(v));
}

}  // namespace
}  // namespace coopseg::image
