#include "coopseg/image/components.h"

#include <gmock/gmock.h>

#include <map>

#include "support/support.h"

namespace coopseg::image {
namespace {

LabelMap map_of(std::array<std::size_t, 3> size, std::vector<std::int32_t> voxels) {
  Grid grid;
  grid.size = size;
  LabelMap labels(grid);
  labels.voxels = std::move(voxels);
  return labels;
}

TEST(Components, KeepsTheLargestOfEachValue) {
  LabelMap labels = map_of({7, 1, 1}, {1, 0, 1, 1, 2, 2, 1});
  EXPECT_EQ(keep_largest_components(labels), 2u);
  EXPECT_THAT(labels.voxels, testing::ElementsAre(0, 0, 1, 1, 2, 2, 0));
}

TEST(Components, ConnectsThroughCornersAcrossSlices) {
  LabelMap labels = map_of({2, 2, 2}, {1, 0, 0, 0, 0, 0, 0, 1});
  EXPECT_EQ(keep_largest_components(labels), 0u);
}

TEST(Components, DoesNotConnectAroundTheEdgeOfARow) {
  LabelMap labels = map_of({3, 2, 1}, {0, 0, 1, 1, 0, 0});
  EXPECT_EQ(keep_largest_components(labels), 1u);
  EXPECT_THAT(labels.voxels, testing::ElementsAre(0, 0, 1, 0, 0, 0));
}

TEST(Components, OfEqualSizesTheFirstInMemoryStays) {
  LabelMap labels = map_of({5, 1, 1}, {3, 3, 0, 3, 3});
  EXPECT_EQ(keep_largest_components(labels), 2u);
  EXPECT_THAT(labels.voxels, testing::ElementsAre(3, 3, 0, 0, 0));
}

TEST(Components, ValuesThatTouchAreApart) {
  LabelMap labels = map_of({3, 1, 1}, {1, 2, 1});
  EXPECT_EQ(keep_largest_components(labels), 1u);
  EXPECT_THAT(labels.voxels, testing::ElementsAre(1, 2, 0));
}

TEST(Components, AnEmptyMapStaysEmpty) {
  LabelMap labels = map_of({2, 2, 1}, {0, 0, 0, 0});
  EXPECT_EQ(keep_largest_components(labels), 0u);
}

// Against an independent way: labels spread to their neighbours until nothing changes.
TEST(Components, AgreesWithSpreadingOnRandomMaps) {
  for (std::uint32_t draw = 0; draw < 20; ++draw) {
    LabelMap labels = map_of({6, 5, 4}, std::vector<std::int32_t>(120));
    for (std::uint32_t v = 0; v < 120; ++v) {
      const double u = test::formula_uniform(draw, v);
      labels.voxels[v] = u < 0.15 ? 1 : u < 0.3 ? 2 : 0;
    }
    const LabelMap before = labels;
    std::vector<std::size_t> root(120);
    for (std::size_t v = 0; v < 120; ++v) root[v] = v;
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t a = 0; a < 120; ++a) {
        for (std::size_t b = 0; b < 120; ++b) {
          const auto apart = [](std::size_t x, std::size_t y) { return x > y ? x - y > 1 : y - x > 1; };
          if (before.voxels[a] != before.voxels[b] || apart(a % 6, b % 6) || apart(a / 6 % 5, b / 6 % 5) ||
              apart(a / 30, b / 30) || root[b] >= root[a]) {
            continue;
          }
          root[a] = root[b];
          changed = true;
        }
      }
    }
    keep_largest_components(labels);
    for (const std::int32_t value : {1, 2}) {
      std::map<std::size_t, std::size_t> sizes;
      for (std::size_t v = 0; v < 120; ++v) sizes[root[v]] += before.voxels[v] == value;
      std::size_t best = 0, size = 0;
      for (const auto& [at, count] : sizes) {
        if (count > size) {
          best = at;
          size = count;
        }
      }
      for (std::size_t v = 0; v < 120; ++v) {
        const bool stays = before.voxels[v] == value && root[v] == best;
        EXPECT_EQ(labels.voxels[v] == value, stays) << "draw " << draw << ", voxel " << v;
      }
    }
  }
}

}  // namespace
}  // namespace coopseg::image
