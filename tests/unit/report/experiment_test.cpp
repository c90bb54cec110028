#include "coopseg/report/experiment.h"

#include <gmock/gmock.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "made_up.h"

namespace coopseg::report {
namespace {

using test::cases_of;
using test::read;
using test::scored;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& lines) {
  test::Lists lists;
  try {
    read({lists.list("m", lines)});
  } catch (const core::UsageError& e) {
    return e.what();
  }
  return "";
}

TEST(Experiment, KeepsTheOrderOfMethodsSetsAndClasses) {
  test::Lists lists;
  const Experiment e = read({lists.list("b", cases_of({0.5}), "Z"), lists.list("a", cases_of({0.5}), "Z"),
                             lists.list("b", cases_of({0.5}), "C")});
  EXPECT_THAT(e.methods, ElementsAre("b", "a"));
  EXPECT_THAT(e.sets, ElementsAre("Z", "C"));
  EXPECT_THAT(e.classes, ElementsAre("LV", "RV"));
  EXPECT_THAT(e.stages, ElementsAre(""));
}

TEST(Experiment, KeepsTheOrderOfStagesButForACorrection) {
  const auto stages = [](const std::vector<std::string>& names) {
    test::Lists lists;
    std::vector<ResultList> all;
    for (const std::string& name : names)
      all.push_back(lists.list("m", cases_of({0.5}), "A", std::to_string(all.size()), name));
    const Experiment e = read(all);
    std::vector<std::string> of_lists;
    for (const ScoredList& list : e.lists) of_lists.push_back(e.stages[list.stage]);
    return std::make_pair(e.stages, of_lists);
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(stages({"student", "mean", "student"}),
            std::make_pair(Names{"student", "mean"}, Names{"student", "mean", "student"}));
  EXPECT_EQ(stages({"stn", "ftn"}), std::make_pair(Names{"ftn", "stn"}, Names{"stn", "ftn"}));
  EXPECT_EQ(stages({"mean", "stn", "x", "ftn"}).first, (Names{"mean", "ftn", "stn", "x"}));
  EXPECT_EQ(stages({"stn", ""}), std::make_pair(Names{"ftn", "stn"}, Names{"stn", "ftn"})) << "no name is ftn";
  EXPECT_EQ(stages({"stn"}).first, Names{"stn"});
  EXPECT_EQ(stages({"mean", ""}), std::make_pair(Names{"mean", ""}, Names{"mean", ""}));
}

TEST(Experiment, NamesEachModelOfAnEnsembleOnce) {
  const std::string both = R"("models":[{"name":"a.safetensors","sha256":"1a"},{"name":"b.safetensors","sha256":"2b"}],)";
  test::Lists lists;
  const Experiment e = read({lists.list("m", cases_of({0.5, 0.6}, both))});
  EXPECT_THAT(e.lists[0].models, ElementsAre(std::make_pair(std::string("a.safetensors"), std::string("1a")),
                                             std::make_pair(std::string("b.safetensors"), std::string("2b"))));
  for (const char* odd : {R"("models":7,)", R"("models":["a"],)", R"("models":[{"name":7}],)"})
    EXPECT_THAT(refusal(cases_of({0.5}, odd)), HasSubstr("has the wrong type")) << odd;
}

TEST(Experiment, SortsTheNumbersOfLabelledCases) {
  test::Lists lists;
  const auto list = [&](std::optional<std::size_t> labelled) {
    return lists.list("m", cases_of({0.5}), "A", "", "", labelled);
  };
  const Experiment e = read({list(20), list({}), list(5), list(10)});
  EXPECT_THAT(e.labelled, ElementsAre(5u, 10u, 20u, std::nullopt));
  EXPECT_EQ(e.lists[0].labelled, 2u);
  EXPECT_EQ(e.lists[1].labelled, 3u);
  EXPECT_TRUE(e.has("A", 3));
  EXPECT_FALSE(e.has("B", 3));
  EXPECT_THAT(read({list(5)}).labelled, ElementsAre(std::nullopt));
}

TEST(Experiment, LeavesOutOfACasesMeanWhatIsEmptyInBothMasks) {
  test::Lists lists;
  const Experiment e = read({lists.list("m", scored("p1", "0.5", "0.7") + scored("p2", "0.5", "\"both-empty\"") +
                                                 scored("p3", "0.5", "\"prediction-empty\"") +
                                                 scored("p4", "\"both-empty\"", "\"both-empty\""))});
  const auto& cases = e.lists[0].cases;
  EXPECT_DOUBLE_EQ(*cases[0].mean(0).number, 0.6);
  EXPECT_DOUBLE_EQ(*cases[1].mean(0).number, 0.5);
  EXPECT_EQ(cases[2].mean(0).reason, "prediction-empty");
  EXPECT_EQ(cases[3].mean(0).reason, "both-empty");
}

TEST(Experiment, TakesAnInfiniteDistanceForWhatItIs) {
  test::Lists lists;
  const Experiment e = read({lists.list("m", scored("p1", "0.5", "\"infinite\""))});
  EXPECT_TRUE(std::isinf(*e.lists[0].cases[0].value(1, 0)->number));
}

TEST(Experiment, CountsWhatHasNoScore) {
  test::Lists lists;
  const std::string others =
      "{\"id\":\"p2\",\"image\":\"x\",\"label\":\"y\"}\n{\"id\":\"p3\",\"image\":\"x\"}\n"
      "{\"id\":\"p4\",\"image\":\"x\",\"label\":\"y\",\"prediction\":\"z\"}\n";
  const Experiment e = read({lists.list("m", cases_of({0.5}, "\"seen_in_training\":true,") + others)});
  EXPECT_EQ(e.lists[0].count(CaseStatus::missing), 1u);
  EXPECT_EQ(e.lists[0].count(CaseStatus::without_label), 1u);
  EXPECT_EQ(e.lists[0].count(CaseStatus::unscored), 1u);
  const auto notes = notes_of(e);
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_THAT(notes[0], HasSubstr("1 of 4 cases have no prediction"));
  EXPECT_THAT(notes[3], HasSubstr("1 of 4 cases were seen in training"));
}

TEST(Experiment, SaysWhereListsHoldOtherCasesAndSetsAreMissing) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.5, 0.6})), lists.list("b", cases_of({0.5, 0.6, 0.7})),
                             lists.list("a", cases_of({0.5}), "B")});
  const auto notes = notes_of(e);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_THAT(notes[0], HasSubstr("A: 1 of its lists hold other cases than that of a, A (first: b, A)"));
  EXPECT_THAT(notes[1], HasSubstr("b: 1 of 2 sets are there"));
  EXPECT_TRUE(notes_of(read({lists.list("a", cases_of({0.5})), lists.list("b", cases_of({0.6}))})).empty());
}

TEST(Experiment, RefusesListsWithoutScoresOfCases) {
  EXPECT_THAT(refusal("{\"id\":\"p1\",\"image\":\"x\"}\n"), HasSubstr("no case has \"metrics\""));
  EXPECT_THAT(refusal("{\"id\":\"p1\",\"image\":\"x\",\"metrics\":{}}\n"), HasSubstr("no object of classes"));
  EXPECT_THAT(refusal("{\"id\":\"p1\",\"image\":\"x\",\"metrics\":{\"LV\":{\"hd95\":3}}}\n"), HasSubstr("has no dice"));
  EXPECT_THAT(refusal("{\"id\":\"p1\",\"image\":\"x\",\"metrics\":{\"LV\":{\"dice\":\"1\"}}}\n"),
              HasSubstr("neither a number nor null"));
  EXPECT_THAT(refusal("{\"id\":\"p1\",\"image\":\"x\",\"metrics\":{\"LV\":{\"0\":{\"dice\":1}}}}\n"),
              HasSubstr("scores of slices"));
  EXPECT_THAT(refusal("{\"id\":\"p1\""), HasSubstr("line 1: not valid JSON"));
  const std::string other_image = "{\"id\":\"p1\",\"image\":\"z\",\"metrics\":{\"LV\":{\"dice\":1}}}\n";
  EXPECT_THAT(refusal(scored("p1", "0.5", "0.5") + other_image), HasSubstr("stands in the list twice"));
  EXPECT_THAT(refusal(scored("p1", "0.5", "0.5") + scored("p2", "0.5", "0.5", "\"metrics_definition\":\"medpy\",")),
              HasSubstr("is scored as medpy, others as coopseg"));
}

TEST(Experiment, KnowsWhatIsBetter) {
  EXPECT_EQ(better_direction(metric::Metric::dice), 1);
  EXPECT_EQ(better_direction(metric::Metric::nsd), 1);
  EXPECT_EQ(better_direction(metric::Metric::hd95), -1);
  EXPECT_EQ(better_direction(metric::Metric::assd), -1);
  EXPECT_EQ(better_direction(metric::Metric::volume_diff), 0);
}

}  // namespace
}  // namespace coopseg::report
