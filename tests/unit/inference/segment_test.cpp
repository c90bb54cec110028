#include "coopseg/inference/segment.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::inference {
using dataset::ImagePlane;
using dataset::LabelPlane;
namespace {

using image::Grid;
using image::Image;
using image::Preprocessing;

// A network that takes the intensity for the probability of class 1. Where intensities are a linear function of the
// position, linear interpolation there and back changes nothing, so every voxel's label is known beforehand.
std::vector<float> intensity_is_probability(const std::vector<ImagePlane>& slices) {
  std::vector<float> out;
  for (const auto& slice : slices) {
    for (const float v : slice.values) out.push_back(1 - v);
    for (const float v : slice.values) out.push_back(v);
  }
  return out;
}

Preprocessing resampling(double first_mm, double second_mm) {
  Preprocessing steps = Preprocessing::none();
  steps.spacing_mm = {first_mm, second_mm};
  return steps;
}

Grid grid_of(std::array<std::size_t, 3> size, std::array<double, 3> spacing_mm) {
  Grid grid;
  grid.size = size;
  grid.spacing_mm = spacing_mm;
  grid.origin_mm = {-31.5, 12.25, 100};
  return grid;
}

// A turn about an axis that is none of the grid's.
Grid oblique(Grid grid) {
  const double a = 0.5, c = std::cos(a), s = std::sin(a), x = 2.0 / 3, y = 1.0 / 3, z = 2.0 / 3, d = 1 - c;
  grid.direction = {c + x * x * d,     x * y * d - z * s, x * z * d + y * s,
                    y * x * d + z * s, c + y * y * d,     y * z * d - x * s,
                    z * x * d - y * s, z * y * d + x * s, c + z * z * d};
  return grid;
}

// Rises along each axis by another amount, from 0 to 1 over the volume.
Image ramp(const Grid& grid) {
  Image image(grid);
  const std::array<double, 3> weight{0.5, 0.3, 0.2};
  const auto part = [&](std::size_t at, std::size_t axis) {
    return weight[axis] * static_cast<double>(at) / static_cast<double>(std::max<std::size_t>(grid.size[axis], 2) - 1);
  };
  for (std::size_t k = 0; k < grid.size[2]; ++k) {
    for (std::size_t j = 0; j < grid.size[1]; ++j) {
      for (std::size_t i = 0; i < grid.size[0]; ++i) {
        image.at(i, j, k) = static_cast<float>(part(i, 0) + part(j, 1) + part(k, 2));
      }
    }
  }
  return image;
}

SegmentOptions plain(std::size_t crop) {
  SegmentOptions options;
  options.classes = 2;
  options.crop = crop;
  options.minmax_slices = false;
  options.batch_size = 3;
  return options;
}

// Distance from the middle of axis `a`, in pixels of the prepared slices.
double from_middle(const Grid& grid, std::size_t a, std::size_t at, double prepared_mm) {
  const double middle = (std::nearbyint(static_cast<double>(grid.size[a]) * grid.spacing_mm[a] / prepared_mm) - 1) / 2;
  return std::abs(static_cast<double>(at) * grid.spacing_mm[a] / prepared_mm - middle);
}

struct Round {
  const char* name;
  Grid grid;
  double inplane_mm;
  std::size_t crop;
};
void PrintTo(const Round& round, std::ostream* out) { *out << round.name; }

class SegmentRoundTrip : public testing::TestWithParam<Round> {};

TEST_P(SegmentRoundTrip, LabelsComeBackToTheVoxelsTheyBelongTo) {
  const auto& [name, grid, inplane_mm, crop] = GetParam();
  const Image image = ramp(grid);
  auto options = plain(crop);
  options.keep_probabilities = true;
  const auto found = segment(image, resampling(inplane_mm, inplane_mm), options, intensity_is_probability);
  ASSERT_EQ(image::grid_difference(found.labels.grid, grid, 1e-12), "");
  ASSERT_EQ(found.probabilities.size(), 2u);
  const std::size_t axis = slice_axis(grid);
  const double half = static_cast<double>(crop) / 2;
  std::size_t compared = 0, cut = 0;
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    const std::array<std::size_t, 3> at{v % grid.size[0], v / grid.size[0] % grid.size[1],
                                        v / (grid.size[0] * grid.size[1])};
    double farthest = 0;
    bool at_end = false;  // beyond the last prepared voxel centre the ramp does not go on
    for (std::size_t a = 0; a < 3; ++a) {
      if (a == axis) continue;
      farthest = std::max(farthest, from_middle(grid, a, at[a], inplane_mm));
      at_end = at_end || static_cast<double>(grid.size[a] - 1 - at[a]) * grid.spacing_mm[a] < inplane_mm;
    }
    EXPECT_NEAR(found.probabilities[0].voxels[v] + found.probabilities[1].voxels[v], 1, 1e-5);
    if (farthest > half + 1) {
      ASSERT_EQ(found.labels.voxels[v], 0) << name << " " << v;
      ++cut;
    } else if (farthest < half - 2 && !at_end) {
      ASSERT_NEAR(found.probabilities[1].voxels[v], image.voxels[v], 1e-5) << name << " " << v;
      if (std::abs(image.voxels[v] - 0.5) < 1e-4) continue;
      ASSERT_EQ(found.labels.voxels[v], image.voxels[v] > 0.5 ? 1 : 0) << name << " " << v;
      ++compared;
    }
  }
  EXPECT_GT(compared, image.voxels.size() / 20) << name;
  if (crop == 16) {
    EXPECT_GT(cut, 0u) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Segment, SegmentRoundTrip,
    testing::Values(Round{"same grid", grid_of({48, 32, 4}, {1.5, 1.5, 10}), 1.5, 48},
                    Round{"smaller than the crop, odd", grid_of({31, 45, 5}, {1.5, 1.7, 10}), 1.36719, 96},
                    Round{"larger than the crop", grid_of({61, 53, 4}, {1.2, 1.3, 8}), 1.36719, 16},
                    Round{"one side larger", grid_of({80, 21, 3}, {1.2, 1.3, 8}), 1.36719, 48},
                    Round{"coarser network", grid_of({64, 60, 3}, {0.7, 0.7, 5}), 1.5, 48},
                    Round{"finer network", grid_of({24, 25, 3}, {2.5, 2.4, 8}), 1.1, 96},
                    Round{"slices along the first axis", grid_of({5, 31, 45}, {10, 1.5, 1.7}), 1.36719, 64},
                    Round{"slices along the second axis", grid_of({31, 4, 45}, {1.5, 8, 1.7}), 1.36719, 64},
                    Round{"oblique", oblique(grid_of({40, 37, 4}, {1.5, 1.7, 9})), 1.36719, 48},
                    Round{"oblique, slices first", oblique(grid_of({6, 37, 41}, {9, 1.7, 1.5})), 1.36719, 16},
                    Round{"one slice", grid_of({40, 33, 1}, {1.8, 1.6, 1}), 1.36719, 64},
                    Round{"one slice, thick", oblique(grid_of({40, 33, 1}, {1.4, 1.6, 8})), 1.36719, 32},
                    Round{"a 2D image", grid_of({50, 41, 1}, {1.25, 1.3, 1}), 1.36719, 64}));

TEST(Segment, SlicesAreMinmaxedAfterTheCropAndConstantOnesAreZero) {
  Image image(grid_of({32, 32, 2}, {1, 1, 5}), 7);  // the second slice stays constant
  for (std::size_t i = 0; i < 32; ++i) image.at(i, 16, 0) = static_cast<float>(i);
  image.at(0, 0, 0) = 1000;  // outside the crop
  auto options = plain(16);
  options.minmax_slices = true;
  std::vector<ImagePlane> seen;
  segment(image, Preprocessing::none(), options, [&](const std::vector<ImagePlane>& slices) {
    seen.insert(seen.end(), slices.begin(), slices.end());
    return intensity_is_probability(slices);
  });
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_THAT(seen[1].values, testing::Each(0.0F));
  EXPECT_THAT(seen[0].values, testing::Contains(1.0F));
  EXPECT_FLOAT_EQ(seen[0].at(0, 0), 0);                       // 7 is the least
  EXPECT_FLOAT_EQ(seen[0].at(8, 0), (8.0F - 7) / (23 - 7));   // columns 8 ... 23 of row 16
}

TEST(Segment, TakesTheFirstOfEquallyProbableClasses) {
  const Image image(grid_of({16, 16, 1}, {1, 1, 1}));
  auto options = plain(16);
  options.classes = 3;
  const auto found = segment(image, Preprocessing::none(), options, [](const std::vector<ImagePlane>& slices) {
    std::vector<float> out(slices.size() * 3 * 256, 0.4F);
    std::fill_n(out.begin(), 256, 0.2F);  // background less likely than classes 1 and 2, which are equal
    return out;
  });
  EXPECT_THAT(found.labels.voxels, testing::Each(1));
}

TEST(Segment, PassesSlicesInBatchesAndInOrder) {
  Image image(grid_of({16, 16, 7}, {1, 1, 5}));
  for (std::size_t k = 0; k < 7; ++k) image.at(8, 8, k) = static_cast<float>(k);
  std::vector<std::size_t> sizes;
  std::vector<float> middles;
  segment(image, Preprocessing::none(), plain(16), [&](const std::vector<ImagePlane>& slices) {
    sizes.push_back(slices.size());
    for (const auto& slice : slices) middles.push_back(slice.at(8, 8));
    return intensity_is_probability(slices);
  });
  EXPECT_THAT(sizes, testing::ElementsAre(3, 3, 1));
  EXPECT_THAT(middles, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(Segment, TheNetworkSeesTheSlicesThatTrainingSees) {
  for (const auto& grid : {grid_of({3, 16, 16}, {9, 1, 1}), grid_of({16, 3, 16}, {1, 9, 1}),
                           grid_of({16, 16, 3}, {1, 1, 9})}) {
    const Image image = ramp(grid);
    const std::size_t axis = slice_axis(grid);
    std::size_t k = 0;
    segment(image, Preprocessing::none(), plain(16), [&](const std::vector<ImagePlane>& slices) {
      for (const auto& slice : slices)
        EXPECT_EQ(slice.values, dataset::slice_of(image, axis, k++).values) << "axis " << axis;
      return intensity_is_probability(slices);
    });
    EXPECT_EQ(k, 3u);
  }
}

TEST(Segment, EveryVoxelAtTheEdgeOfTheFieldOfViewGetsTheNetworksAnswer) {
  // 0.7 of 35 voxels is rounded to 24 or 25 and leaves the last ones beyond the outermost prepared voxel centre.
  for (const std::size_t side : {33, 34, 35, 36}) {
    const Image image(grid_of({side, side, 2}, {0.7, 0.7, 5}), 1);
    const auto found = segment(image, resampling(1, 1), plain(48), intensity_is_probability);
    EXPECT_THAT(found.labels.voxels, testing::Each(1)) << side;
  }
}

TEST(Segment, RefusesProbabilitiesThatAreNotFinite) {
  const Image image(grid_of({16, 16, 1}, {1, 1, 1}));
  EXPECT_THROW(segment(image, Preprocessing::none(), plain(16),
                       [](const auto& slices) {
                         return std::vector<float>(slices.size() * 2 * 256, std::numeric_limits<float>::quiet_NaN());
                       }),
               core::DataError);
}

TEST(Segment, RefusesAWrongNumberOfProbabilities) {
  const Image image(grid_of({16, 16, 1}, {1, 1, 1}));
  EXPECT_THROW(segment(image, Preprocessing::none(), plain(16), [](const auto&) { return std::vector<float>(7); }),
               std::logic_error);
}

// Networks of two classes that say the same of every pixel, of one segmentation after another.
SliceClassifier says(const std::vector<float>& of_class_1) {
  return [of_class_1](const std::vector<ImagePlane>& slices) {
    std::vector<float> out;
    for (std::size_t n = 0; n < slices.size(); ++n)
      for (const float p : of_class_1) {
        out.insert(out.end(), 256, 1 - p);
        out.insert(out.end(), 256, p);
      }
    return out;
  };
}

TEST(Segment, TakesTheMeanOfSeveralNetworksAndKeepsWhatEachSaid) {
  const Image image = ramp(grid_of({16, 16, 4}, {1, 1, 8}));
  SegmentOptions options = plain(16);
  options.keep_probabilities = true;
  const auto found = segment(image, Preprocessing::none(), options, {says({0.9F}), says({0.4F}), says({0.35F})});
  EXPECT_EQ(found.labels.voxels.front(), 1);
  EXPECT_NEAR(found.probabilities[1].voxels.front(), 0.55, 1e-6);
  ASSERT_EQ(found.opinions.size(), 3u);
  EXPECT_EQ(found.opinions[0].voxels.front(), 1);
  EXPECT_EQ(found.opinions[1].voxels.front(), 0);
  EXPECT_EQ(found.opinions[2].voxels.front(), 0);
}

TEST(Segment, OfSeveralSegmentationsOfANetworkTheFirstCounts) {
  const Image image = ramp(grid_of({16, 16, 4}, {1, 1, 8}));
  SegmentOptions options = plain(16);
  options.segmentations = 2;
  for (const bool first : {false, true}) {
    const auto found = segment(image, Preprocessing::none(), options, says({first ? 0.9F : 0.1F, first ? 0.2F : 0.8F}));
    EXPECT_EQ(found.labels.voxels.front(), first ? 1 : 0);
    ASSERT_EQ(found.opinions.size(), 2u);
    EXPECT_EQ(found.opinions[0].voxels, found.labels.voxels);
    EXPECT_EQ(found.opinions[1].voxels.front(), first ? 0 : 1);
  }
  options.segmentations = 1;
  EXPECT_TRUE(segment(image, Preprocessing::none(), options, says({0.5F})).opinions.empty());
}

}  // namespace
}  // namespace coopseg::inference
