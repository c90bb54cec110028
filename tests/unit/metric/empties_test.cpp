// What empty masks give: never a made-up number by default, exactly the tools' own answers with theirs.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "masks.h"

namespace coopseg::metric {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const Number kNone;

Score score_of(Empty empty, const Definition& d) {
  Mask nothing = test::empty_mask({9, 9, 9}), something = nothing;
  test::add(something, {{3, 6}, {3, 6}, {3, 6}});
  return score(empty == Empty::prediction ? something : nothing, empty == Empty::reference ? something : nothing, d);
}

struct Expected {
  Tool tool;
  Empty empty;
  Number dice, hd, hd95;
};

TEST(Empty, DiceAndHausdorffAsTheToolsGiveThem) {
  const Expected table[] = {
      {Tool::medpy, Empty::prediction, 0, kNone, kNone},  {Tool::monai, Empty::prediction, 0, kInf, kNone},
      {Tool::deepmind, Empty::prediction, 0, kInf, kInf}, {Tool::metrics_reloaded, Empty::prediction, 0, kNone, kNone},
      {Tool::medpy, Empty::reference, 0, kNone, kNone},   {Tool::monai, Empty::reference, kNone, kInf, kNone},
      {Tool::deepmind, Empty::reference, 0, kInf, kInf},  {Tool::metrics_reloaded, Empty::reference, 0, kNone, kNone},
      {Tool::medpy, Empty::both, 1, kNone, kNone},        {Tool::monai, Empty::both, kNone, kNone, kNone},
      {Tool::deepmind, Empty::both, kNone, kInf, kInf},   {Tool::metrics_reloaded, Empty::both, 1, 0, 0},
  };
  for (const auto& e : table) {
    const Score s = score_of(e.empty, Definition::of(e.tool));
    const std::string where = std::string(name_of(e.tool)) + ", empty: " + name_of(e.empty);
    EXPECT_EQ(s.empty, e.empty) << where;
    EXPECT_EQ(s[Metric::dice].number, e.dice) << where;
    EXPECT_EQ(s[Metric::hd].number, e.hd) << where;
    EXPECT_EQ(s[Metric::hd95].number, e.hd95) << where;
    if (e.hd) continue;
    const std::string reason = e.tool == Tool::medpy ? "medpy-raises" : std::string(name_of(e.tool)) + "-gives-nan";
    EXPECT_EQ(s[Metric::hd].reason, reason) << where;
  }
}

TEST(Empty, OursHasNoDistanceWhicheverMaskIsEmpty) {
  for (Empty empty : {Empty::both, Empty::reference, Empty::prediction}) {
    const Score s = score_of(empty, Definition{});
    for (Metric m :
         {Metric::hd, Metric::hd95, Metric::assd, Metric::masd, Metric::asd_ref_pred, Metric::asd_pred_ref}) {
      EXPECT_FALSE(s[m].number) << name_of(m);
      EXPECT_EQ(s[m].reason, std::string(name_of(empty)) + "-empty");
    }
  }
}

TEST(Empty, OursGivesDiceZeroForAMissOrAnInventionAndNothingForTwoEmptyMasks) {
  EXPECT_EQ(score_of(Empty::prediction, {})[Metric::dice].number, Number(0));
  EXPECT_EQ(score_of(Empty::reference, {})[Metric::dice].number, Number(0));
  const Score both = score_of(Empty::both, {});
  EXPECT_EQ(both[Metric::dice].number, kNone);
  EXPECT_EQ(both[Metric::dice].reason, "both-empty");
  EXPECT_EQ(both[Metric::volume_ref].number, Number(0));
}

TEST(Empty, RuleForTwoEmptyMasksCanBeChosen) {
  Definition d;
  d.both_empty = BothEmpty::one;
  EXPECT_EQ(score_of(Empty::both, d)[Metric::dice].number, Number(1));
  EXPECT_EQ(score_of(Empty::both, d)[Metric::hd].number, kNone);
  d.both_empty = BothEmpty::zero;  // MedPy 0.4
  EXPECT_EQ(score_of(Empty::both, d)[Metric::dice].number, Number(0));
  EXPECT_EQ(d.name(), "coopseg,empty=both-empty-is-0");
}

TEST(Empty, SensitivityNeedsAReferenceAndPrecisionAPrediction) {
  EXPECT_EQ(score_of(Empty::reference, {})[Metric::sensitivity].number, kNone);
  EXPECT_EQ(score_of(Empty::reference, {})[Metric::precision].number, Number(0));
  EXPECT_EQ(score_of(Empty::prediction, {})[Metric::sensitivity].number, Number(0));
  EXPECT_EQ(score_of(Empty::prediction, {})[Metric::precision].number, kNone);
}

}  // namespace
}  // namespace coopseg::metric
