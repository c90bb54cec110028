// Numbers that MedPy 0.5.2, MONAI 1.5, DeepMind's surface-distance and MetricsReloaded give for small shapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "shapes.h"

namespace coopseg::metric {
namespace {

using test::add;
using test::empty_mask;
using test::Pair;
using test::shape;
using test::value;

struct Expected {
  char letter;
  double dice, hd, hd95_medpy, hd95_monai, hd95_deepmind, assd_faces, assd_full, asd_ref_pred, asd_pred_ref, nsd,
      nsd_deepmind;
};

constexpr Expected kTable[] = {
    {'A', 0, 2, 2, 2, 2, 2, 2, 1.5, 1.5, 0, 0.5},
    {'B', 0.4, 1.4142, 1.4142, 1.4142, 1.4142, 1.1036, 1.1036, 1.079, 1.0, 0.75, 0.8694},
    {'C', 0.6154, 1.4142, 1.4142, 1.4142, 1.4142, 1.0518, 1.0518, 1.0, 1.0513, 0.875, 0.9249},
    {'D', 0.9474, 11.3137, 2.2627, 6.7882, 11.3137, 0.6655, 0.6655, 2.1991, 0, 0.9412, 0.8845},
    {'E', 0.8621, 2, 2, 2, 2, 0.4444, 0.3000, 0, 0.6408, 0.8889, 0.8845},
    {'F', 0.9091, 10, 10, 10, 10, 3.5465, 3.3082, 2.0715, 1.1651, 0.5863, 0.8124},
    {'G', 0.9684, 1.4, 1.4, 1.4, 1.4, 0.1844, 0.1741, 0.4417, 0.4417, 0.8683, 0.6845},
    {'H', 0.8, 2, 2, 2, 2, 0.6122, 0.6122, 0.41, 0.41, 0.7347, 0.8221},
};

class Shapes : public testing::TestWithParam<Expected> {};

constexpr double kDigits = 0.5001e-4;

TEST_P(Shapes, AsMedpy) {
  const Expected& e = GetParam();
  const Pair p = shape(e.letter);
  Definition d = Definition::of(Tool::medpy);
  const Score s = score(p.reference, p.prediction, d);
  EXPECT_NEAR(value(s, Metric::dice), e.dice, kDigits);
  EXPECT_NEAR(value(s, Metric::hd), e.hd, kDigits);
  EXPECT_NEAR(value(s, Metric::hd95), e.hd95_medpy, kDigits);
  EXPECT_NEAR(value(s, Metric::assd), e.assd_faces, kDigits);
  d.surface = Surface::eroded_full;
  EXPECT_NEAR(value(score(p.reference, p.prediction, d), Metric::assd), e.assd_full, kDigits);
}

TEST_P(Shapes, AsMonaiAndMetricsReloadedAndByDefault) {
  const Expected& e = GetParam();
  const Pair p = shape(e.letter);
  for (Tool tool : {Tool::monai, Tool::metrics_reloaded, Tool::coopseg}) {
    const Score s = score(p.reference, p.prediction, Definition::of(tool));
    EXPECT_NEAR(value(s, Metric::dice), e.dice, kDigits);
    EXPECT_NEAR(value(s, Metric::hd), e.hd, kDigits);
    EXPECT_NEAR(value(s, Metric::hd95), e.hd95_monai, kDigits);
    EXPECT_NEAR(value(s, Metric::assd), e.assd_faces, kDigits);
    EXPECT_NEAR(value(s, Metric::nsd), e.nsd, kDigits);
  }
}

TEST_P(Shapes, AsDeepmind) {
  const Expected& e = GetParam();
  const Pair p = shape(e.letter);
  const Score s = score(p.reference, p.prediction, Definition::of(Tool::deepmind));
  EXPECT_NEAR(value(s, Metric::dice), e.dice, kDigits);
  EXPECT_NEAR(value(s, Metric::hd), e.hd, kDigits);
  EXPECT_NEAR(value(s, Metric::hd95), e.hd95_deepmind, kDigits);
  EXPECT_NEAR(value(s, Metric::asd_ref_pred), e.asd_ref_pred, kDigits);
  EXPECT_NEAR(value(s, Metric::asd_pred_ref), e.asd_pred_ref, kDigits);
  EXPECT_NEAR(value(s, Metric::nsd), e.nsd_deepmind, kDigits);
}

INSTANTIATE_TEST_SUITE_P(Published, Shapes, testing::ValuesIn(kTable),
                         [](const auto& shape_of) { return std::string(1, shape_of.param.letter); });

TEST(Masd, IsTheMeanOfTheTwoDirectedMeans) {
  const std::pair<char, double> expected[] = {
      {'B', 1.0690}, {'C', 1.0414}, {'D', 0.6285}, {'E', 0.4250}, {'F', 3.5328}};
  for (const auto& [letter, masd] : expected) {
    const Pair p = shape(letter);
    for (Tool tool : {Tool::coopseg, Tool::metrics_reloaded})
      EXPECT_NEAR(value(score(p.reference, p.prediction, Definition::of(tool)), Metric::masd), masd, kDigits) << letter;
  }
}

TEST(Hd95, OfShapeDIsItsLargestDistanceByNearestRank) {
  const Pair p = shape('D');
  Definition d;
  d.rank = Rank::nearest;
  EXPECT_NEAR(value(score(p.reference, p.prediction, d), Metric::hd95), 11.3137, kDigits);
}

TEST(Asd, OneWayFromThePredictionIsWhatMonaiGivesByDefault) {
  const Definition monai = Definition::of(Tool::monai);
  const Pair b = shape('B'), d = shape('D');
  EXPECT_NEAR(value(score(b.reference, b.prediction, monai), Metric::asd_pred_ref), 1.0, kDigits);
  EXPECT_EQ(value(score(d.reference, d.prediction, monai), Metric::asd_pred_ref), 0.0);
}

TEST(SquareWithTab, SeparatesTheDefinitionsOfHd95) {
  Pair p{empty_mask({20, 20}), empty_mask({20, 20})};
  add(p.reference, {{5, 15}, {5, 15}});
  p.prediction = p.reference;
  add(p.prediction, {{5, 7}, {15, 18}});
  Definition d;
  const Score directed = score(p.reference, p.prediction, d);
  EXPECT_EQ(value(directed, Metric::hd), 3.0);
  EXPECT_NEAR(value(directed, Metric::hd95), 2.0, 1e-12);
  EXPECT_NEAR(value(directed, Metric::assd), 0.1688, kDigits);
  EXPECT_NEAR(value(directed, Metric::dice), 0.9709, kDigits);
  d.percentile = Percentile::pooled;
  EXPECT_NEAR(value(score(p.reference, p.prediction, d), Metric::hd95), 1.2, 1e-12);
}

TEST(ImageBorder, IsASurfaceIfOutsideIsBackground) {
  Pair p{empty_mask({8, 8}), empty_mask({8, 8})};
  add(p.reference, {{0, 8}, {0, 4}});
  add(p.prediction, {{0, 8}, {0, 5}});
  Definition d;
  EXPECT_NEAR(value(score(p.reference, p.prediction, d), Metric::assd), 1.0 / 3, 1e-12);
  d.outside = Outside::ignored;
  EXPECT_NEAR(value(score(p.reference, p.prediction, d), Metric::assd), 1.0, 1e-12);
}

TEST(ImageBorder, LeavesAnObjectThatFillsTheImageWithoutSurfaceIfIgnored) {
  Pair p{empty_mask({4, 4, 4}), empty_mask({4, 4, 4})};
  add(p.reference, {{0, 4}, {0, 4}, {0, 4}});
  add(p.prediction, {{0, 4}, {0, 4}, {0, 3}});
  Definition d;
  d.outside = Outside::ignored;
  const Score s = score(p.reference, p.prediction, d);
  EXPECT_FALSE(s[Metric::hd].number);
  EXPECT_EQ(s[Metric::hd].reason, "no-surface-inside-the-image");
  EXPECT_GT(value(s, Metric::dice), 0.8);
}

// Objects that fill the columns below `reference` and `prediction`, and are drawn in those below `drawn`, in the slices
// of `slices`.
ClassScores half_spaces(std::size_t reference, std::size_t prediction, std::size_t drawn,
                        const std::vector<std::size_t>& slices, const Definition& d, std::int32_t undrawn_value) {
  image::Grid grid;
  grid.size = {8, 8, 5};
  grid.spacing_mm = {1, 1, 8};
  image::LabelMap r(grid), p(grid);
  std::vector<std::uint8_t> ignored(r.voxels.size());
  std::size_t at = 0;
  for (std::size_t k = 0; k < 5; ++k)
    for (std::size_t j = 0; j < 8; ++j)
      for (std::size_t i = 0; i < 8; ++i, ++at) {
        r.voxels[at] = i < reference;
        p.voxels[at] = i < prediction;
        ignored[at] = i >= drawn || std::find(slices.begin(), slices.end(), k) == slices.end();
        if (ignored[at]) r.voxels[at] = undrawn_value;
      }
  return score_classes(r, p, {{"it", 1, 1}}, d, {Metric::dice, Metric::hd, Metric::assd, Metric::volume_pred}, {},
                       ignored);
}

TEST(IgnoredVoxels, AreInNoObjectWhateverTheyHold) {
  for (const std::int32_t undrawn : {0, 1, 9}) {
    const ClassScores found = half_spaces(4, 5, 6, {1, 3}, Definition{}, undrawn);
    EXPECT_TRUE(found.unknown_reference.empty());
    EXPECT_EQ(found.scores[0].reference_voxels, 2u * 8 * 4);
    EXPECT_EQ(found.scores[0].prediction_voxels, 2u * 8 * 5);
    EXPECT_DOUBLE_EQ(*found.scores[0][Metric::dice].number, 2.0 * 4 / 9);
    EXPECT_NEAR(value(found.scores[0], Metric::volume_pred), 2 * 8 * 5 * 8 / 1000.0, 1e-12);
  }
}

TEST(IgnoredVoxels, AreNoSurfaceAndMakeNone) {
  Definition d;
  d.outside = Outside::ignored;
  // Slices that lie apart have no surface between them: what is left are the ends of both objects, 1 mm apart.
  for (const std::vector<std::size_t>& slices : {std::vector<std::size_t>{0, 2, 4}, {1, 2}}) {
    const Score s = half_spaces(4, 5, 6, slices, d, 1).scores[0];
    EXPECT_DOUBLE_EQ(value(s, Metric::hd), 1);
    EXPECT_DOUBLE_EQ(value(s, Metric::assd), 1);
  }
  // The prediction fills all that was drawn.
  const Score full = half_spaces(4, 5, 5, {1, 2}, d, 0).scores[0];
  EXPECT_EQ(full[Metric::assd].reason, "no-surface-in-what-was-drawn");
  EXPECT_DOUBLE_EQ(value(full, Metric::dice), 2.0 * 4 / 9);
}

TEST(IgnoredVoxels, LeavePointsBetweenDrawnVoxels) {
  Definition d;
  d.surface = Surface::shifted_grid;
  EXPECT_DOUBLE_EQ(value(half_spaces(4, 5, 6, {1, 2}, d, 1).scores[0], Metric::hd), 1);
  const Score apart = half_spaces(4, 5, 6, {1, 3}, d, 1).scores[0];
  EXPECT_EQ(apart[Metric::hd].reason, "no-surface-in-what-was-drawn");
  // Of the objects' ends none is drawn, of their sides all but the last column.
  const Score sides = half_spaces(5, 5, 5, {1, 2}, d, 1).scores[0];
  EXPECT_DOUBLE_EQ(value(sides, Metric::hd), 0);
}

TEST(IgnoredVoxels, ChangeNothingWhereThereAreNone) {
  const std::vector<std::size_t> all{0, 1, 2, 3, 4};
  const Score s = half_spaces(4, 5, 8, all, Definition{}, 1).scores[0];
  Pair p{empty_mask({5, 8, 8}, {8, 1, 1}), empty_mask({5, 8, 8}, {8, 1, 1})};
  add(p.reference, {{0, 5}, {0, 8}, {0, 4}});
  add(p.prediction, {{0, 5}, {0, 8}, {0, 5}});
  const Score whole = score(p.reference, p.prediction, Definition{});
  for (const Metric metric : {Metric::dice, Metric::hd, Metric::assd, Metric::volume_pred})
    EXPECT_EQ(value(s, metric), value(whole, metric));
}

TEST(Dimensions, GiveTheSameOneSliceMasksAnAssdOfATenthOrAHalf) {
  Pair p{empty_mask({3, 16, 16}), empty_mask({3, 16, 16})};
  add(p.reference, {{1, 2}, {2, 12}, {2, 12}});
  add(p.prediction, {{1, 2}, {2, 12}, {3, 13}});
  EXPECT_NEAR(value(score(p.reference, p.prediction, Definition{}), Metric::assd), 0.1, 1e-12);
  Pair flat{empty_mask({16, 16}), empty_mask({16, 16})};
  add(flat.reference, {{2, 12}, {2, 12}});
  add(flat.prediction, {{2, 12}, {3, 13}});
  EXPECT_NEAR(value(score(flat.reference, flat.prediction, Definition{}), Metric::assd), 0.5, 1e-12);
}

TEST(Dimensions, AOneSliceObjectIsAllSurfaceInThreeButNotInTwo) {
  Pair p{empty_mask({3, 12, 12}), empty_mask({3, 12, 12})};
  add(p.reference, {{1, 2}, {2, 10}, {2, 10}});
  add(p.prediction, {{1, 2}, {2, 10}, {2, 9}});
  const double solid = value(score(p.reference, p.prediction, Definition{}), Metric::assd);
  Pair flat{empty_mask({12, 12}), empty_mask({12, 12})};
  add(flat.reference, {{2, 10}, {2, 10}});
  add(flat.prediction, {{2, 10}, {2, 9}});
  const double planar = value(score(flat.reference, flat.prediction, Definition{}), Metric::assd);
  // In 3D all 64 + 56 voxels are surface and 8 of them 1 mm off; in 2D 28 + 26, with 6 + 8 of them off.
  EXPECT_NEAR(solid, 8.0 / 120, 1e-12);
  EXPECT_NEAR(planar, 14.0 / 54, 1e-12);
}

}  // namespace
}  // namespace coopseg::metric
