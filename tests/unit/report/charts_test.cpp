#include "coopseg/report/charts.h"

#include <gmock/gmock.h>

#include <fstream>

#include "coopseg/core/error.h"
#include "made_up.h"

namespace coopseg::report {
namespace {

using test::cases_of;
using test::read;
using testing::ElementsAre;

// By hand: quartiles of 1 ... 8 and 100, linear between order statistics.
TEST(Box, HasQuartilesWhiskersAndWhatLiesBeyond) {
  const Box box = box_of({5, 1, 2, 100, 3, 4, 6, 7, 8});
  EXPECT_DOUBLE_EQ(box.q1, 3);
  EXPECT_DOUBLE_EQ(box.median, 5);
  EXPECT_DOUBLE_EQ(box.q3, 7);
  EXPECT_DOUBLE_EQ(box.low, 1);
  EXPECT_DOUBLE_EQ(box.high, 8);
  EXPECT_THAT(box.outside, ElementsAre(3u));
  const Box one = box_of({0.5});
  EXPECT_DOUBLE_EQ(one.low, 0.5);
  EXPECT_DOUBLE_EQ(one.high, 0.5);
}

TEST(Box, KeepsTheFarthestOfManyThatLieBeyond) {
  std::vector<double> values(1000, 0.5);
  for (int i = 0; i < 100; ++i) values[static_cast<std::size_t>(i) * 10] = 1 + i;
  const Box box = box_of(values);
  EXPECT_EQ(box.n_outside, 100u);
  EXPECT_EQ(box.outside.size(), kMostOutside);
  EXPECT_EQ(box.outside.front(), 990u);
}

std::vector<std::string> sections(const std::vector<ResultList>& lists) {
  std::vector<std::string> found;
  for (const Chart& c : make_charts(read(lists), {})) found.push_back(c.section + ": " + c.title);
  return found;
}

std::string graded(int severity) {
  return cases_of({0.5, 0.6}, "\"artefact\":\"motion\",\"severity\":" + std::to_string(severity) + ",");
}

TEST(Charts, DrawSeveritiesWhereThereAreSeveral) {
  test::Lists lists;
  EXPECT_THAT(sections({lists.list("a", graded(1) + graded(2))}), ElementsAre("box 0: A", "dose 0: motion"));
  EXPECT_THAT(sections({lists.list("a", graded(1), "1"), lists.list("a", graded(2), "2")}),
              ElementsAre("box 0: 1", "box 0: 2", "dose 0: motion"))
      << "a set for each severity";
  EXPECT_THAT(sections({lists.list("a", graded(1))}), ElementsAre("box 0: A"));
}

TEST(Charts, SayInWordsWhatTheyShow) {
  test::Lists lists;
  const auto charts = make_charts(read({lists.list("a", cases_of({0.25, 0.5, 0.75}))}), {});
  EXPECT_EQ(charts[0].description,
            "Box plots of Dice, mean of classes, A. a: median 0.5000, quartiles 0.3750 and 0.6250, n 3");
}

// Subject p1 has two cases of 0.4 and 0.6 with seed 0 and 0.8 each with seed 1, p2 one of 0.7 and 0.9.
TEST(Charts, DrawMeansOfSubjectsOverTheNumberOfLabelledCases) {
  const auto lines = [](const char* p1, const char* also_p1, const char* p2) {
    return test::scored("h1", p1, p1, "\"subject\":\"p1\",") +
           test::scored("h2", also_p1, also_p1, "\"subject\":\"p1\",") +
           test::scored("h3", p2, p2, "\"subject\":\"p2\",");
  };
  test::Lists lists;
  const auto charts = make_charts(read({lists.list("a", lines("0.9", "0.9", "0.9"), "A", "", "", 10),
                                        lists.list("a", lines("0.4", "0.6", "0.7"), "A", "0", "", 5),
                                        lists.list("a", lines("0.8", "0.8", "0.9"), "A", "1", "", 5),
                                        lists.list("b", lines("0.5", "0.5", "0.5"), "A")}),
                                  {});
  std::vector<std::string> titles;
  for (const Chart& c : charts) titles.push_back(c.section + ": " + c.title);
  EXPECT_THAT(titles, ElementsAre("box 0: A, 5 labelled", "box 0: A, 10 labelled", "box 0: A", "learning 0: A"));
  const core::Json& data = charts.back().data;
  EXPECT_EQ(data["counts"], (core::Json{5, 10}));
  EXPECT_EQ(data["methods"], core::Json{"a"}) << "b has no number";
  ASSERT_EQ(data["values"].size(), 2u);
  const core::Json& few = data["values"][0];
  EXPECT_EQ(few["x"], 5);
  EXPECT_EQ(few["n"], 2);
  EXPECT_DOUBLE_EQ(few["value"], 0.725) << "of 0.65 and 0.8";
  EXPECT_DOUBLE_EQ(few["to"], 0.8) << "standard error: half of their difference";
  ASSERT_EQ(data["trainings"].size(), 2u) << "one training alone is its mean";
  EXPECT_DOUBLE_EQ(data["trainings"][0]["value"], 0.6);
  EXPECT_EQ(data["trainings"][1]["training"], "5 labelled, seed 1");
  EXPECT_EQ(charts.back().description,
            "Means of Dice, mean of classes by number of labelled cases, A. a: 0.7250 with 5 0.9000 with 10");
}

class RunFolder : public testing::Test {
 protected:
  // A list of a run folder with this log (none if empty) and configuration.
  ResultList list(const std::string& log, const std::string& config = R"({"schema":"coopseg.run/1"})") {
    ResultList made = lists_.list("a", cases_of({0.5}));
    made.run = lists_.folder() / "run";
    std::filesystem::create_directory(made.run);
    if (!log.empty()) std::ofstream(made.run / "log.jsonl") << log;
    if (!config.empty()) std::ofstream(made.run / "config.json") << config;
    return made;
  }
  std::vector<report::Run> runs(const ResultList& of) { return read_runs(read({of})); }
  test::Lists lists_;
};

const std::string kEpoch =
    R"({"type":"epoch","iteration":3,"losses":{"total":0.5},"validation":{"mean_iou":0.4,"dice":{"LV":0.5,"RV":0.7,)"
    R"("MYO":null}},"best":true})"
    "\n";

TEST_F(RunFolder, GivesEpochs) {
  const auto read_back = runs(list(R"({"type":"iteration","iteration":1})"
                                   "\n" +
                                   kEpoch + "{\"type\":\"epo"));
  ASSERT_EQ(read_back.size(), 1u);
  ASSERT_EQ(read_back[0].points.size(), 1u) << "the last line is not whole yet";
  EXPECT_EQ(read_back[0].points[0].iteration, 3u);
  EXPECT_DOUBLE_EQ(*read_back[0].points[0].dice, 0.6);
  EXPECT_DOUBLE_EQ(*read_back[0].points[0].iou, 0.4);
}

TEST_F(RunFolder, GivesValidationsBetweenEpochs) {
  const auto read_back = runs(list(R"({"type":"epoch","iteration":3,"losses":{"total":0.5},"validation":null,"best":false})"
                                   "\n"
                                   R"({"type":"validation","iteration":4,"validation":{"mean_iou":0.4,"dice":{"LV":0.5}},)"
                                   R"("best":true})"
                                   "\n"));
  const std::vector<LogPoint>& points = read_back.at(0).points;
  ASSERT_EQ(points.size(), 2u);
  EXPECT_TRUE(points[0].is_epoch);
  EXPECT_DOUBLE_EQ(*points[0].loss, 0.5);
  EXPECT_FALSE(points[0].iou);
  EXPECT_FALSE(points[1].is_epoch || points[1].loss);
  EXPECT_EQ(points[1].iteration, 4u);
  EXPECT_TRUE(points[1].best);
  EXPECT_DOUBLE_EQ(*points[1].iou, 0.4);
}

TEST_F(RunFolder, GivesEachOfFewValidationsAmongManyEpochsItsPlace) {
  std::string log;
  for (int i = 1; i <= 500; ++i) {
    const std::string at = "\"epoch\":" + std::to_string(i) + ",\"iteration\":" + std::to_string(i);
    log += R"({"type":"epoch",)" + at + R"(,"losses":{"total":0.5},"validation":null,"best":false,"patches_per_s":3})" "\n";
    if (i % 125 != 0) continue;
    log += R"({"type":"validation",)" + at + R"(,"validation":{"mean_dice":0.5,"dice":{"a":0.25,"b":0.75},"cases":[]},)"
           R"("best":true})" "\n";
  }
  const ResultList of_run = list(log);
  const auto charts = make_charts(read({of_run}), runs(of_run));
  ASSERT_EQ(charts.size(), 3u) << "no IoU";
  EXPECT_EQ(charts[2].title, "Validation Dice");
  const core::Json& series = charts[2].data.at("series").at(0);
  EXPECT_EQ(series.at("x"), (core::Json{125, 250, 375, 500}));
  EXPECT_EQ(series.at("y"), (core::Json{0.5, 0.5, 0.5, 0.5}));
}

TEST_F(RunFolder, GivesCurvesThatLongTrainingsDoNotSwell) {
  std::string log;
  for (int i = 0; i < 1000; ++i) log += kEpoch;
  const ResultList of_run = list(log);
  const auto charts = make_charts(read({of_run}), runs(of_run));
  ASSERT_EQ(charts.size(), 4u);
  EXPECT_EQ(charts[1].title, "Training loss");
  EXPECT_LE(charts[1].data["series"][0]["y"].size(), 120u);
  EXPECT_EQ(charts[3].title, "Validation IoU");
}

std::vector<std::string> titles(const std::vector<Chart>& charts) {
  std::vector<std::string> found;
  for (const Chart& c : charts)
    if (c.section == "training" || c.section == "parts") found.push_back(c.section + ": " + c.title);
  return found;
}

const core::Json& series_of(const std::vector<Chart>& charts, const std::string& title) {
  for (const Chart& c : charts)
    if (c.title == title) return c.data.at("series").at(0);
  throw std::runtime_error("no chart " + title);
}

// An epoch of a mean teacher's and, at every fourth, what was validated and watched.
std::string teacher_log(int epochs) {
  std::string log;
  for (int i = 1; i <= epochs; ++i) {
    const std::string at = "\"epoch\":" + std::to_string(i) + ",\"iteration\":" + std::to_string(i);
    log += R"({"type":"epoch",)" + at + R"(,"losses":{"total":0.5,"dice":0.25,"consistency":)" +
           std::to_string(0.125 * i) + R"(},"validation":null,"best":false,"lr":0.01,"ramp":0.5,"ema_decay":0.75})" +
           "\n";
    if (i % 4 != 0) continue;
    log += R"({"type":"validation",)" + at + R"(,"validation":{"mean_dice":0.5,"dice":{"a":0.25,"b":0.75},"cases":[]},)"
           R"("watch":{"mean_dice":0.25,"dice":{"a":0.25,"b":null},"cases":[]},"best":true})" "\n";
  }
  return log;
}

TEST_F(RunFolder, ShowsTheTermsAndTheTeacherOfATrainingWithUnlabelledImages) {
  const ResultList of_run = list(teacher_log(8));
  const auto charts = make_charts(read({of_run}), runs(of_run));
  EXPECT_THAT(titles(charts),
              ElementsAre("training: Training loss", "training: Validation Dice", "training: Dice of watched cases",
                          "parts: Loss: dice", "parts: Loss: consistency",
                          "parts: Ramp of the weights of unlabelled images\u2019 terms",
                          "parts: What the teacher keeps of itself in an iteration", "parts: Learning rate",
                          "parts: Validation Dice: a", "parts: Validation Dice: b", "parts: Dice of watched cases: a"));
  EXPECT_EQ(series_of(charts, "Loss: consistency").at("y"),
            (core::Json{0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0}));
  EXPECT_EQ(series_of(charts, "Validation Dice: b").at("y"), (core::Json{0.75, 0.75}));
  EXPECT_EQ(series_of(charts, "Dice of watched cases").at("x"), (core::Json{4, 8}));
  EXPECT_EQ(series_of(charts, "Dice of watched cases").at("y"), (core::Json{0.25, 0.25})) << "b was nowhere";
}

TEST_F(RunFolder, ShowsTheRatesOfEachPlayer) {
  const ResultList of_run = list(
      R"({"type":"epoch","iteration":1,"losses":{"total":1,"critic":2},"lr":{"segmenters":0.01,"critic":1e-4}})" "\n");
  EXPECT_THAT(titles(make_charts(read({of_run}), runs(of_run))),
              ElementsAre("training: Training loss", "parts: Loss: critic", "parts: Learning rate: segmenters",
                          "parts: Learning rate: critic"));
}

TEST_F(RunFolder, ShowsThePartsOfAllWhereOneHasMore) {
  const ResultList with_teacher = list(teacher_log(1));
  ResultList alone = lists_.list("b", cases_of({0.5}));
  alone.run = lists_.folder() / "alone";
  std::filesystem::create_directory(alone.run);
  std::ofstream(alone.run / "log.jsonl")
      << R"({"type":"epoch","iteration":1,"losses":{"total":1,"dice":1},"lr":0.1})" << "\n";
  const auto experiment = read({alone, with_teacher});
  const auto charts = make_charts(experiment, read_runs(experiment));
  for (const Chart& c : charts) {
    if (c.title == "Loss: dice" || c.title == "Learning rate") {
      EXPECT_EQ(c.data.at("series").size(), 2u);
    }
  }
  EXPECT_THAT(titles(make_charts(read({alone}), runs(alone))), ElementsAre("training: Training loss"));
}

TEST_F(RunFolder, StandsBesideThoseWithAsManyLabelledCases) {
  std::vector<ResultList> all;
  for (const std::size_t labelled : {10, 5, 5}) {
    ResultList one = list(kEpoch);
    one.labelled = labelled;
    one.seed = std::to_string(all.size());
    all.push_back(one);
  }
  const auto experiment = read(all);
  const auto charts = make_charts(experiment, read_runs(experiment));
  EXPECT_THAT(titles(charts),
              ElementsAre("training: Training loss, 5 labelled", "training: Validation Dice, 5 labelled",
                          "training: Validation IoU, 5 labelled", "training: Training loss, 10 labelled",
                          "training: Validation Dice, 10 labelled", "training: Validation IoU, 10 labelled"));
  EXPECT_EQ(series_of(charts, "Training loss, 5 labelled").at("run"), "5 labelled, seed 1");
}

TEST_F(RunFolder, CountsScoresOnceThatTwoLinesTell) {
  const std::string scores = R"("validation":null,"watch":{"dice":{"a":0.5}},"best":true)";
  const auto read_back = runs(list(R"({"type":"epoch","iteration":3,"losses":{"total":1},)" + scores + "}\n" +
                                   R"({"type":"validation","iteration":3,)" + scores + "}\n"));
  ASSERT_EQ(read_back[0].curves.size(), 2u) << "the mean and the class";
  EXPECT_EQ(read_back[0].curves[0].values.size(), 1u);
}

TEST_F(RunFolder, GivesPartsThatLongTrainingsDoNotSwell) {
  const ResultList of_run = list(teacher_log(3000));
  const auto charts = make_charts(read({of_run}), runs(of_run));
  std::size_t bytes = 0;
  for (const Chart& c : charts) bytes += core::to_line(c.data).size();
  EXPECT_LT(bytes, 30000u);
  EXPECT_EQ(series_of(charts, "Loss: consistency").at("x").size(), 120u);
  EXPECT_EQ(series_of(charts, "Loss: consistency").at("y").at(0), 0.125 * 13) << "of the first 25 epochs";
}

// A validation of both stages; the FTN's Dice of LV as given.
std::string stages_line(std::size_t iteration, const std::string& ftn) {
  return R"({"type":"epoch","iteration":)" + std::to_string(iteration) +
         R"(,"losses":{"total":1},"validation":{"mean_iou":0.4,"dice":{"LV":0.5},"stage":"stn","stages":{"ftn":{"dice":)"
         R"({"LV":)" +
         ftn +
         R"(,"RV":0.5}},"stn":{"dice":{"LV":0.25,"RV":null}}},"stn_of_labels":{"dice":{"LV":0.875}}}})"
         "\n";
}

TEST_F(RunFolder, ShowsBothStagesAndWhatBecomesOfTrueLabels) {
  const ResultList of_run = list(stages_line(3, "1") + stages_line(6, "0.75"));
  std::vector<std::string> found;
  const auto charts = make_charts(read({of_run}), runs(of_run));
  for (const Chart& c : charts)
    if (c.section != "box 0") found.push_back(c.section + ": " + c.title);
  EXPECT_THAT(found, ElementsAre("training: Training loss", "training: Validation Dice, FTN+STN",
                                 "training: Validation IoU, FTN+STN", "stages: a", "stages by class: a, LV",
                                 "stages by class: a, RV"));
  const core::Json& mean = charts[4].data;
  EXPECT_EQ(mean.at("methods"), (core::Json{"FTN", "FTN+STN", "true labels through the STN"}));
  EXPECT_EQ(mean.at("thin"), (core::Json{"true labels through the STN"}));
  EXPECT_EQ(mean.at("series").at(0).at("x"), (core::Json{3, 6}));
  EXPECT_EQ(mean.at("series").at(0).at("y"), (core::Json{0.75, 0.625}));
  EXPECT_EQ(mean.at("series").at(1).at("y"), (core::Json{0.25, 0.25})) << "RV was nowhere";
  EXPECT_EQ(mean.at("series").at(2).at("y"), (core::Json{0.875, 0.875}));
  EXPECT_EQ(series_of(charts, "a, LV").at("y"), (core::Json{1.0, 0.75}));
  EXPECT_EQ(charts[6].data.at("methods"), (core::Json{"FTN"}));
}

TEST_F(RunFolder, SaysThatTheStageChangesWhereTheBetterOneSelects) {
  std::string second = stages_line(6, "0.75");
  second.replace(second.find(R"("stage":"stn")"), 13, R"("stage":"ftn")");
  const ResultList of_run = list(stages_line(3, "1") + second);
  EXPECT_THAT(titles(make_charts(read({of_run}), runs(of_run))),
              ElementsAre("training: Training loss", "training: Validation Dice, stage that selects",
                          "training: Validation IoU, stage that selects"));
}

TEST_F(RunFolder, ShowsTheStagesOfEachMethodWithAllItsTrainings) {
  ResultList first = list(stages_line(3, "1")), second = first, other = lists_.list("b", cases_of({0.5}));
  first.seed = "0";
  second.seed = "1";
  other.run = lists_.folder() / "other";
  std::filesystem::create_directory(other.run);
  std::ofstream(other.run / "log.jsonl") << kEpoch;
  const auto experiment = read({first, second, other});
  std::size_t n_stages = 0;
  for (const Chart& c : make_charts(experiment, read_runs(experiment))) {
    if (c.section != "stages") continue;
    ++n_stages;
    EXPECT_EQ(c.title, "a") << "b's log has one stage alone";
    EXPECT_EQ(c.data.at("series").size(), 6u);
    EXPECT_EQ(c.data.at("series").at(1).at("run"), "seed 1");
  }
  EXPECT_EQ(n_stages, 1u);
}

TEST_F(RunFolder, MayLackItsLogOrItsConfiguration) {
  EXPECT_TRUE(runs(list(""))[0].points.empty());
  ResultList none = lists_.list("b", cases_of({0.5}));
  none.run = lists_.folder() / "nowhere";
  EXPECT_THROW(runs(none), core::UsageError);
}

TEST_F(RunFolder, IsRefusedWhereNoTrainingWas) {
  EXPECT_THROW(runs(list("no json\n")), core::UsageError);
  EXPECT_THROW(runs(list("{\"type\":\"epoch\"}\n")), core::UsageError);
  EXPECT_THROW(runs(list(kEpoch, "{}")), core::UsageError);
  EXPECT_THROW(runs(list(kEpoch, R"({"schema":"coopseg.run/2"})")), core::UsageError);
}

}  // namespace
}  // namespace coopseg::report
