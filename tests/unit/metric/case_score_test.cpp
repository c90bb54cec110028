#include "coopseg/metric/case_score.h"

#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "coopseg/metric/ejection.h"
#include "coopseg/metric/evaluation.h"
#include "coopseg/metric/output.h"
#include "support/support.h"

namespace coopseg::metric {
namespace {

const core::LabelNames kAcdc{{"RV", 1}, {"MYO", 2}, {"LV", 3}};
const core::LabelNames kOurs{{"LV", 1}, {"MYO", 2}, {"RV", 3}};

ScoreOptions dice_only() {
  ScoreOptions options;
  options.metrics = {Metric::dice};
  return options;
}

image::LabelMap map_of(std::initializer_list<std::int32_t> row) {
  image::Grid grid;
  grid.size = {row.size(), 2, 2};
  grid.spacing_mm = {1.5, 1.5, 10};
  image::LabelMap map(grid);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t j = 0; j < 2; ++j) std::copy(row.begin(), row.end(), &map.at(0, j, k));
  return map;
}

core::Case case_of(const test::ScratchFolder& folder, const std::string& id, const std::string& frame,
                   const image::LabelMap& reference, const image::LabelMap& prediction) {
  core::Case c(id, folder / "none.nii.gz");
  c.set("frame", frame);
  const std::string stem = id + frame;
  image::write_labels(folder / (stem + "_ref.nii.gz"), reference);
  image::write_labels(folder / (stem + "_pred.nii.gz"), prediction);
  c.set_path("label", folder / (stem + "_ref.nii.gz"));
  c.set_path("prediction", folder / (stem + "_pred.nii.gz"));
  return c;
}

TEST(MatchClasses, GoesByName) {
  const Classes classes = match_classes(kAcdc, kOurs, {}, "a case");
  ASSERT_EQ(classes.scored.size(), 3u);
  for (const auto& pair : classes.scored)
    if (pair.name == "LV") {
      EXPECT_EQ(pair.reference_value, 3);
      EXPECT_EQ(pair.prediction_value, 1);
    }
}

TEST(MatchClasses, RefusesANameThatOneSideLacksUnlessItIsLeftOut) {
  const core::LabelNames two{{"LV", 1}, {"MYO", 2}};
  EXPECT_THROW(match_classes(kAcdc, two, {}, "a case"), core::UsageError);
  EXPECT_THROW(match_classes(two, kAcdc, {}, "a case"), core::UsageError);
  EXPECT_EQ(match_classes(kAcdc, two, {"LV", "MYO"}, "a case").scored.size(), 2u);
  EXPECT_THROW(match_classes(kAcdc, two, {"RV"}, "a case"), core::UsageError);
}

TEST(ScoreCase, ConvertsValuesByNameAndRefusesHalfNamedCases) {
  test::ScratchFolder folder;
  core::Case c = case_of(folder, "p1", "ED", map_of({0, 1, 2, 3, 3}), map_of({0, 3, 2, 1, 1}));
  c.set_labels("labels", kAcdc);
  EXPECT_THROW(score_case(c, dice_only()), core::UsageError);
  c.set_labels("prediction_labels", kOurs);
  for (const Row& row : score_case(c, dice_only()).rows)
    EXPECT_EQ(row.score[Metric::dice].number, 1.0) << row.class_name;
}

TEST(ScoreCase, RefusesValuesWithoutAClass) {
  test::ScratchFolder folder;
  const core::Case c = case_of(folder, "p1", "ED", map_of({0, 1, 2, 3}), map_of({0, 1, 2, 7}));
  ScoreOptions options = dice_only();
  options.labels = kOurs;
  try {
    score_case(c, options);
    FAIL() << "label 7 was accepted";
  } catch (const core::DataError& e) {
    EXPECT_NE(e.problem().find('7'), std::string::npos);
    EXPECT_NE(e.subject().find("p1ED_pred"), std::string::npos);
  }
  options.ignore_unnamed = true;
  EXPECT_EQ(score_case(c, options).rows.size(), 3u);
  options.ignore_unnamed = false;
  options.classes = {"LV"};  // naming fewer classes to score is no excuse for a value without any name
  EXPECT_THROW(score_case(c, options), core::DataError);
}

TEST(ScoreCase, RefusesOtherGridsSayingHow) {
  test::ScratchFolder folder;
  image::LabelMap reference = map_of({0, 1, 2, 3});
  reference.grid.spacing_mm = {1.5, 1.5, 8};
  image::LabelMap prediction = reference;
  prediction.grid.spacing_mm[0] = 1.25;
  const core::Case c = case_of(folder, "p1", "ED", reference, prediction);
  try {
    score_case(c, dice_only());
    FAIL() << "another spacing was accepted";
  } catch (const core::DataError& e) {
    EXPECT_NE(e.problem().find("1.25"), std::string::npos) << e.what();
    EXPECT_NE(e.remedy().find("cs-preprocess --label-map --like"), std::string::npos);
  }
}

TEST(ScoreList, HasARowForEveryCaseAndClass) {
  test::ScratchFolder folder;
  std::vector<core::Case> cases;
  cases.push_back(case_of(folder, "p1", "ED", map_of({0, 1, 2, 0}), map_of({0, 1, 0, 0})));
  cases.push_back(case_of(folder, "p2", "ED", map_of({0, 1, 0, 3}), map_of({0, 1, 0, 0})));
  cases.emplace_back("p1", folder / "none.nii.gz");  // no prediction
  cases.back().set("frame", "ES");
  cases.back().set_path("label", folder / "p1ED_ref.nii.gz");
  cases.push_back(case_of(folder, "p3", "ED", map_of({1}), map_of({1})));  // its file is broken below
  core::write_file(folder / "p3ED_pred.nii.gz", "no NIfTI", core::Overwrite::yes);
  cases.emplace_back("p2", folder / "none.nii.gz");  // no label
  cases.back().set("frame", "ES");
  cases.back().set_path("prediction", folder / "p2ED_pred.nii.gz");
  const ListScores list = score_list(cases, dice_only(), 2);
  EXPECT_FALSE(list.all_well);
  ASSERT_EQ(list.rows.size(), 12u);  // four cases with labels, values 1, 2, 3
  EXPECT_EQ(list.without_label, std::vector<std::size_t>{4});
  EXPECT_EQ(list.rows[1].score.empty, Empty::prediction);
  EXPECT_EQ(list.rows[2].score.empty, Empty::both);
  EXPECT_EQ(list.rows[4].score.empty, Empty::both);
  EXPECT_EQ(list.rows[6].status, Status::missing);
  EXPECT_EQ(list.rows[9].status, Status::failed);
  EXPECT_EQ(list.rows[9].case_index, 3u);
}

TEST(ScoreList, DoesNotDependOnThreads) {
  test::ScratchFolder folder;
  std::vector<core::Case> cases;
  cases.reserve(6);
  for (int i = 0; i < 6; ++i)
    cases.push_back(case_of(folder, "p" + std::to_string(i), "ED", map_of({0, 1, 1, i % 3}), map_of({0, 1, i % 2, 2})));
  const auto one = score_list(cases, dice_only(), 1), four = score_list(cases, dice_only(), 4);
  ASSERT_EQ(one.rows.size(), four.rows.size());
  for (std::size_t i = 0; i < one.rows.size(); ++i) {
    EXPECT_EQ(one.rows[i].case_index, four.rows[i].case_index);
    EXPECT_EQ(one.rows[i].score[Metric::dice].number, four.rows[i].score[Metric::dice].number);
  }
}

TEST(PerSlice, ScoresEachSliceInTwoDimensions) {
  test::ScratchFolder folder;
  image::LabelMap reference = map_of({0, 1, 1, 0}), prediction = reference;
  for (std::size_t j = 0; j < 2; ++j)
    for (std::size_t i = 0; i < 4; ++i) prediction.at(i, j, 1) = 0;
  const core::Case c = case_of(folder, "p1", "ED", reference, prediction);
  ScoreOptions options = dice_only();
  options.per_slice = true;
  const auto scores = score_case(c, options);
  ASSERT_EQ(scores.rows.size(), 2u);
  EXPECT_EQ(scores.rows[0].score[Metric::dice].number, 1.0);
  EXPECT_EQ(scores.rows[1].score.empty, Empty::prediction);
  EXPECT_EQ(scores.rows[1].slice, std::size_t{1});
}

TEST(ScoreCase, CountsWhatWasDrawn) {
  test::ScratchFolder folder;
  core::Case c = case_of(folder, "p1", "ED", map_of({0, 1, 1, 9, 9}), map_of({0, 1, 2, 1, 2}));
  c.set_labels("labels", {{"LV", 1}, {"MYO", 2}, {"ignore", 9}});
  c.set_labels("prediction_labels", {{"LV", 1}, {"MYO", 2}});
  const auto partly = score_case(c, dice_only()).rows;
  ASSERT_EQ(partly.size(), 2u);
  EXPECT_TRUE(partly[0].partly_drawn);
  EXPECT_DOUBLE_EQ(*partly[0].score[Metric::dice].number, 2.0 / 3);
  EXPECT_EQ(partly[1].score.empty, Empty::reference);
  EXPECT_EQ(partly[1].score.prediction_voxels, 4u);

  // Classes that go by their values, and a value of no class.
  c.erase("prediction_labels");
  c.set_labels("labels", {{"ignore", 9}});
  const auto by_value = score_case(c, dice_only());
  EXPECT_FALSE(by_value.named);
  ASSERT_EQ(by_value.rows.size(), 2u);
  EXPECT_EQ(by_value.rows[1].class_name, "2");
  c.set_labels("labels", {{"ignore", 7}});
  const auto whole = score_case(c, dice_only());
  ASSERT_EQ(whole.rows.size(), 3u);
  EXPECT_FALSE(whole.rows[0].partly_drawn);

  // A prediction has a say everywhere.
  c = case_of(folder, "p2", "ED", map_of({0, 1, 1, 9}), map_of({0, 1, 9, 1}));
  ScoreOptions options = dice_only();
  options.labels = {{"LV", 1}, {"ignore", 9}};
  EXPECT_THROW(score_case(c, options), core::DataError);
  c = case_of(folder, "p3", "ED", map_of({9, 9}), map_of({0, 1}));
  EXPECT_THROW(score_case(c, options), core::DataError);
  options.classes = {"ignore"};
  EXPECT_THROW(score_case(c, options), core::UsageError);
}

TEST(PerSlice, LeavesOutSlicesThatWereNotDrawn) {
  test::ScratchFolder folder;
  core::Case c = case_of(folder, "p1", "ED", map_of({0, 1, 1, 0}), map_of({0, 1, 2, 0}));
  c.set("labelled_slices", {1});
  for (const bool named : {true, false}) {
    ScoreOptions options = dice_only();
    if (named) options.labels = {{"LV", 1}, {"MYO", 2}};
    EXPECT_EQ(score_list({c}, options, 1).rows[0].score.reference_voxels, 4u);
    options.per_slice = true;
    const auto rows = score_list({c}, options, 1).rows;
    ASSERT_EQ(rows.size(), 2u);
    for (const Row& row : rows) EXPECT_EQ(row.slice, std::size_t{1});
  }
}

TEST(EjectionFraction, IsThatOfWholeVolumes) {
  test::ScratchFolder folder;
  std::vector<core::Case> cases;
  cases.push_back(case_of(folder, "p1", "ED", map_of({1, 1, 1, 1, 0}), map_of({1, 1, 1, 1, 1})));
  cases.push_back(case_of(folder, "p1", "ES", map_of({1, 1, 0, 0, 9}), map_of({1, 0, 0, 0, 0})));
  ScoreOptions options = dice_only();
  options.labels = {{"LV", 1}, {"ignore", 9}};
  const auto fractions = ejection_fractions(cases, score_list(cases, options, 1).rows, "LV");
  ASSERT_EQ(fractions.size(), 1u);
  EXPECT_FALSE(fractions[0].difference_percent.number);
  EXPECT_EQ(fractions[0].difference_percent.reason, "partly-drawn");
}

TEST(EjectionFraction, ComesFromTheVolumesOfBothFrames) {
  test::ScratchFolder folder;
  std::vector<core::Case> cases;
  cases.push_back(case_of(folder, "p1", "ED", map_of({1, 1, 1, 1, 0}), map_of({1, 1, 1, 1, 1})));
  cases.push_back(case_of(folder, "p2", "ED", map_of({1, 1, 1, 1, 0}), map_of({1, 1, 1, 1, 1})));
  cases.push_back(case_of(folder, "p1", "ES", map_of({1, 1, 0, 0, 0}), map_of({1, 0, 0, 0, 0})));
  ScoreOptions options = dice_only();
  options.labels = {{"LV", 1}};
  const auto fractions = ejection_fractions(cases, score_list(cases, options, 1).rows, "LV");
  ASSERT_EQ(fractions.size(), 1u);
  EXPECT_EQ(fractions[0].ed_case, 0u);
  EXPECT_DOUBLE_EQ(*fractions[0].reference_percent.number, 50);
  EXPECT_DOUBLE_EQ(*fractions[0].prediction_percent.number, 80);
  EXPECT_DOUBLE_EQ(*fractions[0].difference_percent.number, 30);
}

// A mean over subjects says how many it lacks: those whose ES was forgotten, too.
TEST(EjectionFraction, SubjectsWithoutOneAreCounted) {
  test::ScratchFolder folder;
  std::vector<core::Case> cases;
  const auto add = [&](const char* id, const char* frame) -> core::Case& {
    return cases.emplace_back(case_of(folder, id, frame, map_of({1, 1, 1, 1, 0}), map_of({1, 1, 1, 0, 0})));
  };
  for (const char* id : {"p1", "p2", "p3"}) add(id, "ED");
  add("p1", "ES");
  add("p3", "ES").erase("prediction");
  add("p4", "ES");
  add("p5", "systole");
  EvaluationOptions options;
  options.scores = dice_only();
  options.scores.labels = {{"LV", 1}};
  const Evaluation found = evaluate(cases, {}, options, "list", 1);
  EXPECT_EQ(found.fractions.size(), 1u);
  EXPECT_EQ(subjects_without_fraction(cases, found.list.rows, "LV"), (std::vector<std::size_t>{1, 2, 5}));
  ASSERT_EQ(found.grouped_fractions.size(), 1u);
  const EjectionGroup& group = found.grouped_fractions.begin()->second;
  EXPECT_EQ(ejection_summary_record(group, {}, "LV")["n_subjects"], 4u);
  EXPECT_NE(ejection_summary_line(group, {}, "LV").find("1 of 4 subjects"), std::string::npos);
}

}  // namespace
}  // namespace coopseg::metric
