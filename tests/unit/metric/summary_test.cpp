#include "coopseg/metric/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "coopseg/core/error.h"
#include "masks.h"

namespace coopseg::metric {
namespace {

Row row_of(std::size_t index, const std::string& name, double dice) {
  Row row;
  row.case_index = index;
  row.class_name = name;
  row.score.reference_voxels = row.score.prediction_voxels = 100;
  row.score.common_voxels = static_cast<std::size_t>(std::lround(100 * dice));
  row.score.values[static_cast<std::size_t>(Metric::dice)].number = dice;
  return row;
}

std::vector<core::Case> cases_of(std::size_t n) {
  std::vector<core::Case> cases;
  for (std::size_t i = 0; i < n; ++i) {
    cases.emplace_back("p" + std::to_string(i), "x.nii.gz");
    cases.back().set("dataset", i < 4 ? "acdc" : "mnms");
  }
  return cases;
}

TEST(Statistic, NamesItsNumbers) {
  const Statistic s = statistic_of({1, 2, 3, 6});
  EXPECT_DOUBLE_EQ(*s.mean.number, 3);
  EXPECT_DOUBLE_EQ(*s.median.number, 2.5);
  EXPECT_DOUBLE_EQ(*s.sd.number, std::sqrt(14.0 / 3));
  EXPECT_FALSE(statistic_of({1}).sd.number);
  EXPECT_FALSE(statistic_of({}).mean.number);
}

TEST(Statistic, DoesNotLetAnInfiniteFailureDisappear) {
  const Statistic s = statistic_of({1, std::numeric_limits<double>::infinity()});
  EXPECT_FALSE(s.mean.number);
  EXPECT_EQ(s.mean.reason, "infinite-values");
  EXPECT_EQ(s.n_infinite, 1u);
}

TEST(Summarise, CountsScoredEmptyAndMissingRows) {
  const auto cases = cases_of(6);
  std::vector<Row> rows{row_of(0, "LV", 0.9), row_of(1, "LV", 0.7), row_of(2, "LV", 0),
                        row_of(3, "LV", 0),   row_of(4, "LV", 0.5), row_of(5, "LV", 0)};
  rows[2].score.empty = Empty::both;
  rows[2].score.values[0] = {{}, "both-empty"};
  rows[3].score.empty = Empty::prediction;
  rows[5].status = Status::missing;
  rows[5].score.values[0] = {{}, "missing-prediction"};
  const auto summaries = summarise(cases, rows, {Metric::dice});
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].dataset, "acdc");
  EXPECT_EQ(summaries[0].n_rows, 4u);
  EXPECT_EQ(summaries[0].n_empty_both, 1u);
  EXPECT_EQ(summaries[0].n_empty_prediction, 1u);
  EXPECT_EQ(summaries[0].statistics[0].n_scored, 3u);
  EXPECT_NEAR(*summaries[0].statistics[0].mean.number, 1.6 / 3, 1e-12);
  EXPECT_EQ(summaries[1].n_missing, 1u);
  EXPECT_EQ(summaries[1].statistics[0].n_scored, 1u);
}

TEST(Summarise, GroupsByAField) {
  auto cases = cases_of(3);
  cases[0].set("artefact", "bias");
  cases[2].set("artefact", "bias");
  const std::vector<Row> rows{row_of(0, "LV", 0.9), row_of(1, "LV", 0.7), row_of(2, "LV", 0.5)};
  const auto summaries = summarise(cases, rows, {Metric::dice}, "artefact");
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].group, "bias");
  EXPECT_NEAR(*summaries[0].statistics[0].mean.number, 0.7, 1e-12);
  EXPECT_EQ(summaries[1].group, "");
  EXPECT_EQ(summaries[1].n_rows, 1u);
}

TEST(Compare, PairsByCaseNameAndCountsTheRest) {
  const auto cases = cases_of(4);
  auto others = cases_of(4);
  others[3] = core::Case("stranger", "x.nii.gz");
  std::vector<Row> here{row_of(0, "LV", 0.9), row_of(1, "LV", 0.8), row_of(2, "LV", 0.7), row_of(3, "LV", 0.6)};
  std::vector<Row> there{row_of(2, "LV", 0.5), row_of(1, "LV", 0.7), row_of(0, "LV", 0.6), row_of(3, "LV", 0.6)};
  here[1].score.values[0] = {{}, "both-empty"};
  const auto result = compare(cases, here, others, there, {Metric::dice}, {});
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0].n_pairs, 2u);
  EXPECT_EQ(result[0].n_undefined, 1u);
  EXPECT_EQ(result[0].n_only_here, 1u);
  EXPECT_EQ(result[0].n_only_there, 1u);
  EXPECT_NEAR(result[0].mean_difference, 0.25, 1e-12);
  EXPECT_DOUBLE_EQ(result[0].test.p, 0.5);
  EXPECT_LE(result[0].interval.low, 0.2 + 1e-12);
  EXPECT_GE(result[0].interval.high, 0.3 - 1e-12);
}

TEST(Compare, TakesTheMeanOfASubjectsCases) {
  auto cases = cases_of(3);
  cases[0].set("subject", "twice");
  cases[2].set("subject", "twice");
  const auto result = compare(cases, {row_of(0, "LV", 0.9), row_of(1, "LV", 0.8), row_of(2, "LV", 0.7)}, cases_of(3),
                              {row_of(0, "LV", 0.5), row_of(1, "LV", 0.5), row_of(2, "LV", 0.5)}, {Metric::dice}, {});
  EXPECT_EQ(result[0].n_pairs, 3u);
  EXPECT_EQ(result[0].n_subjects, 2u);
  EXPECT_NEAR(result[0].mean_difference, 0.3, 1e-12);
  EXPECT_DOUBLE_EQ(result[0].test.p, 0.5);
}

TEST(Compare, RefusesListsThatShareNoCase) {
  std::vector<core::Case> other;
  other.emplace_back("stranger", "x.nii.gz");
  EXPECT_THROW(compare(cases_of(1), {row_of(0, "LV", 1)}, other, {row_of(0, "LV", 1)}, {Metric::dice}, {}),
               core::UsageError);
}

}  // namespace
}  // namespace coopseg::metric
