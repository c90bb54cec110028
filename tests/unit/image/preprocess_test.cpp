#include "coopseg/image/preprocess.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/image/intensity.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

Image sample() {
  Grid grid;
  grid.size = {20, 16, 3};
  grid.spacing_mm = {1.8, 1.8, 8};
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    image.voxels[v] = static_cast<float>(1000 * test::formula_uniform(6, static_cast<std::uint32_t>(v)));
  }
  return image;
}

TEST(Preprocess, DefaultsAreTheReferencesNumbers) {
  EXPECT_EQ(core::to_line(to_json(Preprocessing())),
            R"({"n4":null,"percentiles":[2.0,98.0],"spacing_mm":[1.36719,1.36719],"interpolation":"linear"})");
}

TEST(Preprocess, DescriptionsComeBack) {
  Preprocessing steps;
  steps.n4 = BiasCorrection{2, 5, 40};
  steps.normalise->limits = {0.5, 99.5};
  steps.spacing_mm = {1.25, 1.5};
  steps.interpolation = Interpolation::nearest;
  Preprocessing volumes;
  volumes.orient = "RAS";
  volumes.normalise = Normalisation{Normalisation::Method::window, {-125, 275}, false};
  volumes.spacing_mm = {1, 1.5, 2};
  volumes.crop = Crop{CropTo::foreground, 7};
  Preprocessing masked = Preprocessing::none();
  masked.normalise = Normalisation{Normalisation::Method::percentiles, {1, 99}, true};
  for (const Preprocessing& each : {steps, volumes, masked, Preprocessing(), Preprocessing::none()}) {
    EXPECT_EQ(to_json(preprocessing_from_json(to_json(each), "x")), to_json(each));
  }
  EXPECT_EQ(to_json(preprocessing_from_json(core::Json::object(), "x")), to_json(Preprocessing::none()));
}

TEST(Preprocess, NewStepsAreRecordedWhereTheyAreUsed) {
  Preprocessing steps = Preprocessing::none();
  steps.orient = "LPS";
  steps.normalise = Normalisation{Normalisation::Method::zscore, {}, true};
  steps.spacing_mm = {1, 1, 2};
  steps.crop = Crop{CropTo::label, 25};
  EXPECT_EQ(core::to_line(to_json(steps)),
            R"({"n4":null,"percentiles":null,"spacing_mm":[1.0,1.0,2.0],"interpolation":"linear",)"
            R"("normalise":{"method":"zscore","foreground":true},"orient":"LPS","crop":{"to":"label","margin":25}})");
  EXPECT_FALSE(repeatable(steps).crop);
  steps.crop->to = CropTo::foreground;
  EXPECT_EQ(to_json(repeatable(steps)), to_json(steps));
}

TEST(Preprocess, RefusesDescriptionsOutOfRange) {
  for (const char* wrong :
       {"[]", "{\"percentiles\":[98,2]}", "{\"percentiles\":[2]}", "{\"percentiles\":\"2,98\"}",
        "{\"spacing_mm\":[0,1]}", "{\"spacing_mm\":1.4}", "{\"interpolation\":\"cubic\"}", "{\"interpolation\":3}",
        "{\"normalise\":true}", "{\"normalise\":{}}", "{\"normalise\":{\"method\":\"median\"}}",
        "{\"normalise\":{\"method\":\"window\"}}", "{\"normalise\":{\"method\":\"window\",\"limits\":[5,5]}}",
        "{\"normalise\":{\"method\":\"zscore\",\"limits\":[0,1]}}",
        "{\"normalise\":{\"method\":\"window\",\"limits\":[0,1],\"foreground\":true}}",
        "{\"normalise\":{\"method\":\"zscore\"},\"percentiles\":[2,98]}", "{\"orient\":\"RAR\"}", "{\"orient\":7}",
        "{\"crop\":\"label\"}", "{\"crop\":{\"to\":\"heart\"}}", "{\"crop\":{\"to\":\"label\",\"margin\":-1}}",
        "{\"crop\":{\"to\":\"label\",\"margin\":40000}}", "{\"spacing_mm\":[1]}", "{\"spacing_mm\":[1,1,1,1]}",
        "{\"spacing_mm\":[1,1,0]}", "{\"spacing_mm\":[1,1,\"1\"]}",
        "{\"n4\":{\"shrink\":0}}", "{\"n4\":true}", "{\"n4\":{\"power\":1}}"}) {
    EXPECT_THROW(preprocessing_from_json(core::parse_json(wrong, "x"), "model"), core::DataError) << wrong;
  }
}

TEST(Preprocess, NormalisesThenResamples) {
  Image expected = sample();
  normalise_percentiles(expected, 2, 98);
  const Grid grid = with_inplane_spacing(expected.grid, {1.36719, 1.36719});
  expected = resample_to_edges(expected, grid, Interpolation::linear);
  const Image found = preprocess(sample(), Preprocessing());
  EXPECT_EQ(found.voxels, expected.voxels);
  EXPECT_EQ(found.grid.size, (std::array<std::size_t, 3>{26, 21, 3}));
  EXPECT_EQ(found.grid.size, preprocessed_grid(sample().grid, Preprocessing()).size);
  EXPECT_EQ(preprocess(sample(), Preprocessing::none()).voxels, sample().voxels);
}

TEST(Preprocess, LabelsAreOnlyResampled) {
  LabelMap labels(sample().grid, 3);
  const LabelMap found = preprocess(labels, Preprocessing());
  EXPECT_EQ(found.grid.size[0], 26u);
  EXPECT_THAT(std::set<std::int32_t>(found.voxels.begin(), found.voxels.end()), testing::IsSubsetOf({0, 3}));
}

Preprocessing only_spacing(std::vector<double> spacing_mm) {
  Preprocessing steps = Preprocessing::none();
  steps.spacing_mm = std::move(spacing_mm);
  return steps;
}

TEST(Preprocess, ThreeSpacingsAreThoseOfTheVoxelAxesAfterTheTurn) {
  Preprocessing steps = only_spacing({8, 0.9, 1.8});
  steps.orient = "SAR";  // the slices' axis first
  const Grid grid = preprocessed_grid(sample().grid, steps);
  EXPECT_THAT(grid.size, testing::ElementsAre(3, 32, 20));
  EXPECT_THAT(grid.spacing_mm, testing::ElementsAre(8, 0.9, 1.8));
}

TEST(Preprocess, BeyondTheOutermostVoxelCentresTheirValuesGoOn) {
  // 0.9 of 1.8 mm: the last new centre lies 0.9 mm beyond the last old one.
  const Image image(sample().grid, 5);
  EXPECT_THAT(preprocess(image, only_spacing({0.9, 0.9, 4})).voxels, testing::Each(5.F));
  EXPECT_THAT(preprocess(image, only_spacing({0.9, 0.9})).voxels, testing::Each(5.F));
  const LabelMap labels(sample().grid, 2);
  EXPECT_THAT(preprocess(labels, only_spacing({0.9, 0.9, 4})).voxels, testing::Each(2));
  EXPECT_THAT(preprocess(labels, only_spacing({0.9, 0.9})).voxels, testing::Each(2));
}

// 67 pixels of 2.3665 mm become 76 of 2.1 mm, of which the last row and column, just beyond the image, were 0.
TEST(Preprocess, AFinerGridHasNoRowOfZerosAtItsEnd) {
  Image image = sample();
  image.grid.size = {67, 67, 1};
  image.grid.spacing_mm = {2.3665, 2.3665, 10};
  image.voxels.assign(67 * 67, 5);
  const Image found = preprocess(image, only_spacing({2.1, 2.1}));
  EXPECT_EQ(found.grid.size[0], 76u);
  EXPECT_THAT(found.voxels, testing::Each(5.F));
}

TEST(Preprocess, WithinTheVolumeItIsTheReferencesResampling) {
  const Image image = sample();
  const Image found = preprocess(image, only_spacing({1.36719, 1.36719}));
  const Image reference = resample(image, found.grid, Interpolation::linear);
  for (std::size_t v = 0; v < found.voxels.size(); ++v) {
    if (reference.voxels[v] != 0) {
      ASSERT_EQ(found.voxels[v], reference.voxels[v]);
    }
  }
}

TEST(Preprocess, RefusesGridsThatNoMachineHolds) {
  Grid grid;
  grid.size = {512, 512, 512};
  EXPECT_THROW(preprocessed_grid(grid, only_spacing({0.001, 0.001, 0.001})), core::DataError);  // an axis
  EXPECT_THROW(preprocessed_grid(grid, only_spacing({0.1, 0.1, 0.1})), core::DataError);        // in all
  EXPECT_NO_THROW(preprocessed_grid(grid, only_spacing({0.5, 0.5, 0.5})));
}

// A block of label 3 from (4, 5, 1) to (9, 6, 1) in 20 x 16 x 3 voxels, one intensity inside, another outside.
struct Block {
  Image image{sample().grid, 10};
  LabelMap labels{sample().grid, 0};
  Block() {
    for (std::size_t j = 5; j <= 6; ++j) {
      for (std::size_t i = 4; i <= 9; ++i) {
        image.at(i, j, 1) = static_cast<float>(100 + i + 20 * j);
        labels.at(i, j, 1) = 3;
      }
    }
  }
};

Preprocessing only_crop(CropTo to, std::size_t margin_vox) {
  Preprocessing steps = Preprocessing::none();
  steps.crop = Crop{to, margin_vox};
  return steps;
}

TEST(Crop, IsTheBoxOfTheLabelsAndItsMarginWithinTheVolume) {
  const Block block;
  const Grid tight = preprocessed_grid(block.labels, only_crop(CropTo::label, 0));
  EXPECT_THAT(tight.size, testing::ElementsAre(6, 2, 1));
  EXPECT_EQ(tight.origin_mm, block.labels.grid.position_mm(4, 5, 1));
  const Grid wide = preprocessed_grid(block.labels, only_crop(CropTo::label, 2));
  EXPECT_THAT(wide.size, testing::ElementsAre(10, 6, 3));  // the third axis has no more
  EXPECT_EQ(wide.origin_mm, block.labels.grid.position_mm(2, 3, 0));
  EXPECT_EQ(preprocessed_grid(block.labels, only_crop(CropTo::label, 30000)).size, block.labels.grid.size);

  EXPECT_THAT(preprocess(block.labels, only_crop(CropTo::label, 0)).voxels, testing::Each(3));
  const Image image = preprocess(block.image, only_crop(CropTo::label, 0), tight);
  EXPECT_EQ(image.at(0, 0, 0), block.image.at(4, 5, 1));
  EXPECT_EQ(image.at(5, 1, 0), block.image.at(9, 6, 1));
}

TEST(Crop, ToTheForegroundIsThatOfTheImage) {
  const Block block;
  const Grid grid = preprocessed_grid(block.image, only_crop(CropTo::foreground, 1));
  EXPECT_THAT(grid.size, testing::ElementsAre(8, 4, 3));
  EXPECT_EQ(preprocess(block.labels, only_crop(CropTo::foreground, 1), grid).at(1, 1, 1), 3);
}

TEST(Crop, ComesAfterStatisticsOfTheWholeVolume) {
  const Block block;
  Preprocessing steps = only_crop(CropTo::foreground, 0);
  steps.normalise = Normalisation{Normalisation::Method::zscore, {}, false};
  Image expected = block.image;
  normalise_zscore(expected, {});
  EXPECT_EQ(preprocess(block.image, steps).at(0, 0, 0), expected.at(4, 5, 1));
}

TEST(Crop, NeedsWhatItGoesBy) {
  const Block block;
  EXPECT_THROW(preprocess(block.image, only_crop(CropTo::label, 0)), core::DataError);
  EXPECT_THROW(preprocess(block.labels, only_crop(CropTo::foreground, 0)), core::DataError);
  EXPECT_THROW(preprocess(LabelMap(block.labels.grid, 0), only_crop(CropTo::label, 5)), core::DataError);
  EXPECT_THROW(preprocess(Image(block.image.grid, 4), only_crop(CropTo::foreground, 5)), core::DataError);
}

TEST(Restore, BringsEveryVoxelBackFromAll48Orientations) {
  const Block block;
  std::string code = "AIL";
  std::size_t orientations = 0;
  do {
    for (unsigned flips = 0; flips < 8; ++flips, ++orientations) {
      Preprocessing steps = Preprocessing::none();
      for (std::size_t a = 0; a < 3; ++a) {
        const std::string pairs = "AIL", others = "PSR";
        steps.orient += (flips >> a & 1) != 0 ? others[pairs.find(code[a])] : code[a];
      }
      const Image back = restore(preprocess(sample(), steps), sample().grid, steps, 0);
      EXPECT_EQ(back.voxels, sample().voxels) << steps.orient;
      EXPECT_EQ(grid_difference(back.grid, sample().grid, 0), "") << steps.orient;
      steps.crop = Crop{CropTo::label, 1};
      EXPECT_EQ(restore(preprocess(block.labels, steps), block.labels.grid, steps).voxels, block.labels.voxels)
          << steps.orient;
    }
  } while (std::next_permutation(code.begin(), code.end()));
  EXPECT_EQ(orientations, 48u);
}

TEST(Restore, IsOutsideWhereACropCutAway) {
  const Block block;
  const auto steps = only_crop(CropTo::foreground, 0);
  const Image back = restore(preprocess(block.image, steps), block.image.grid, steps, -1);
  EXPECT_EQ(back.at(4, 5, 1), block.image.at(4, 5, 1));
  EXPECT_EQ(back.at(9, 6, 1), block.image.at(9, 6, 1));
  EXPECT_EQ(back.at(3, 5, 1), -1);
  EXPECT_EQ(back.at(9, 6, 2), -1);
}

// What is linear in space stays what it is, there and back, wherever both grids have voxel centres around a point.
TEST(Restore, UndoesResamplingTurnAndCropOfARamp) {
  Grid grid = sample().grid;
  grid.size = {20, 16, 9};
  grid.spacing_mm = {1.8, 1.5, 2.2};
  grid.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1};
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    image.voxels[v] = static_cast<float>(v % 20 + 2 * (v / 20 % 16) + 3 * (v / 320));
  }
  image.voxels[0] = 0;
  Preprocessing steps = only_spacing({1, 1.25, 1.1});
  steps.orient = "SRA";
  const Image back = restore(preprocess(image, steps), grid, steps, 0);
  EXPECT_EQ(grid_difference(back.grid, grid, 0), "");
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t j = 1; j < 15; ++j) {
      for (std::size_t i = 1; i < 19; ++i) ASSERT_NEAR(back.at(i, j, k), image.at(i, j, k), 1e-4);
    }
  }
}

TEST(Restore, EveryVoxelGetsAValueHoweverTheGridsEnd) {
  for (const std::size_t side : {33, 34, 35, 36}) {
    Grid grid;
    grid.size = {side, side, side};
    grid.spacing_mm = {0.7, 0.7, 0.7};
    for (const double mm : {0.45, 1.0, 30.0}) {
      const auto steps = only_spacing({mm, mm, mm});
      const Image map(preprocessed_grid(grid, steps), 1);
      EXPECT_THAT(restore(map, grid, steps, 0).voxels, testing::Each(1.F)) << side << " " << mm;
      const LabelMap labels(preprocessed_grid(grid, steps), 2);
      EXPECT_THAT(restore(labels, grid, steps).voxels, testing::Each(2)) << side << " " << mm;
    }
  }
}

TEST(Options, OfPreprocessingAreRead) {
  EXPECT_FALSE(parse_normalisation("none"));
  EXPECT_EQ(parse_normalisation("zscore")->method, Normalisation::Method::zscore);
  EXPECT_THAT(parse_normalisation("window:-125,275")->limits, testing::ElementsAre(-125, 275));
  for (const char* wrong : {"", "window", "window:", "window:1", "window:2,1", "window:1,1", "window:1,2,3",
                            "window:a,b", "window:nan,1", "window:0,inf", "z-score"}) {
    EXPECT_THROW(parse_normalisation(wrong), core::UsageError) << wrong;
  }
  EXPECT_THAT(parse_spacing_mm("1.5"), testing::ElementsAre(1.5, 1.5));
  EXPECT_THAT(parse_spacing_mm("1,2,3"), testing::ElementsAre(1, 2, 3));
  for (const char* wrong : {"1,2,3,4", "1,,2", "1,0,1", "1,-1,1", "", "1,2,"}) {
    EXPECT_THROW(parse_spacing_mm(wrong), core::UsageError) << wrong;
  }
  EXPECT_EQ(parse_orientation("keep"), "");
  EXPECT_EQ(parse_orientation("RAS"), "RAS");
  EXPECT_THROW(parse_orientation("RAR"), core::UsageError);
}

// Stacks of which codes would say different things lie alike after it, and the way back is exact.
TEST(Preprocess, TurnsStacksToLieAsAnotherHoweverOblique) {
  Preprocessing steps = Preprocessing::none();
  Image image = sample();
  const double c = std::cos(0.85), s = std::sin(0.85);
  image.grid.direction = {c, -s, 0, s, c, 0, 0, 0, 1};
  image.grid.spacing_mm = {1, 1, 8};
  steps.orient_like = Directions{std::cos(0.7), -std::sin(0.7), 0, std::sin(0.7), std::cos(0.7), 0, 0, 0, 1};
  EXPECT_EQ(preprocessing_from_json(to_json(steps), "p").orient_like, steps.orient_like);
  const Image expected = preprocess(image, steps);
  EXPECT_EQ(expected.voxels, image.voxels);
  const Image stored = turned(image, AxisTurn{{2, 1, 0}, {true, false, true}});
  EXPECT_EQ(preprocess(stored, steps).voxels, image.voxels);
  EXPECT_EQ(restore(preprocess(stored, steps), stored.grid, steps, 0).voxels, stored.voxels);
  core::Json broken = to_json(steps);
  broken["orient_like"][0] = {1, 1, 1};
  EXPECT_THROW(preprocessing_from_json(broken, "p"), core::DataError);
  broken = to_json(steps);
  broken["orient"] = "RAS";
  EXPECT_THROW(preprocessing_from_json(broken, "p"), core::DataError);
}

}  // namespace
}  // namespace coopseg::image
