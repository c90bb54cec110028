#include "coopseg/report/agreement.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "coopseg/report/table.h"
#include "made_up.h"

namespace coopseg::report {
namespace {

using test::scored;
using testing::ElementsAre;
using testing::HasSubstr;

// A case with this Dice in both classes, and this agreement as JSON.
std::string told(const std::string& id, const std::string& dice, const std::string& agreement,
                 const std::string& fields = {}) {
  return scored(id, dice, dice, "\"agreement\":" + agreement + "," + fields);
}

Agreement only(const std::string& lines, const ReviewLimits& limits = {}) {
  test::Lists lists;
  const auto made = compare_agreement(test::read({lists.list("a", lines)}), limits);
  EXPECT_EQ(made.size(), 1u);
  return made.front();
}

TEST(Agreement, IsTheMeanOfTheClassesOfWhichOneThatNeitherFoundCounts0) {
  test::Lists lists;
  const Experiment e = test::read({lists.list(
      "a", told("p1", "0.5", R"({"LV":0.9,"RV":0.5})") + told("p2", "0.5", R"({"LV":0.9,"RV":null,"other":0.6})") +
               told("p3", "0.5", R"({"LV":null,"RV":null})", R"("agreement_of":"models",)") +
               scored("p4", "0.5", "0.5"))});
  const auto& cases = e.lists.front().cases;
  EXPECT_DOUBLE_EQ(cases[0].agreement.value(), 0.7);
  EXPECT_DOUBLE_EQ(cases[1].agreement.value(), 0.5);
  EXPECT_DOUBLE_EQ(cases[2].agreement.value(), 0) << "nothing was found twice";
  EXPECT_FALSE(cases[3].agreement);
  EXPECT_EQ(cases[0].between, Between::unsaid);
  EXPECT_EQ(cases[2].between, Between::models);
  EXPECT_EQ(compare_agreement(e, {}).front().n_left_out, 1u);
}

TEST(Agreement, IsRefusedWhereItIsNone) {
  for (const char* wrong :
       {"0.5", "[0.5]", "{}", R"({"LV":1.01})", R"({"LV":-0.1})", R"({"LV":"0.5"})", R"({"LV":true})",
        R"({"LV":0.5},"agreement_of":"readers")", R"({"LV":0.5},"agreement_of":2)"}) {
    test::Lists lists;
    EXPECT_THROW(test::read({lists.list("a", told("p1", "0.5", wrong))}), core::UsageError) << wrong;
  }
}

// Sorted by agreement: .1 bad, .3 good, .6 bad, .7 bad, .8 good, .9 bad. Three of the four bad ones lie below 0.75, and
// three are among the four that agree least. Ranks of Dice: 1, 5, 2, 3, 6, 4; d: 0, 3, 1, 1, 1, 2; rho 1 - 6*16/210.
TEST(Agreement, CountsWhatALimitCatches) {
  const Agreement a = only(told("p1", "0.1", R"({"LV":0.1})") + told("p2", "0.6", R"({"LV":0.3})") +
                           told("p3", "0.2", R"({"LV":0.6})") + told("p4", "0.3", R"({"LV":0.7})") +
                           told("p5", "0.8", R"({"LV":0.8})") + told("p6", "0.4", R"({"LV":0.9})"));
  EXPECT_NEAR(a.correlation.rho.number ? *a.correlation.rho.number : 0, 1 - 6 * 16 / 210.0, 1e-15);
  EXPECT_EQ(a.n_bad, 4u);
  EXPECT_EQ(a.n_caught, 3u);
  EXPECT_EQ(a.n_missed(), 1u);
  EXPECT_EQ(a.n_in_vain, 1u);
  EXPECT_EQ(a.n_bad_of_least, 3u);
  ASSERT_TRUE(a.correlation.interval);
  EXPECT_LE(a.correlation.interval->low, *a.correlation.rho.number);
}

TEST(Agreement, TakesLimitsAsTheyAre) {
  const std::string lines = told("p1", "0.5", R"({"LV":0.75})") + told("p2", "0.7", R"({"LV":0.9})");
  EXPECT_EQ(only(lines).n_bad, 0u) << "0.5 is not below 0.5";
  EXPECT_EQ(only(lines).n_in_vain, 0u);
  const Agreement a = only(lines, {0.8, 0.6});
  EXPECT_EQ(a.n_bad, 1u);
  EXPECT_EQ(a.n_caught, 1u);
  EXPECT_EQ(a.n_in_vain, 0u);
}

// Two cases agree as little; one is bad.
TEST(Agreement, CountsNoLuckAmongEquals) {
  EXPECT_EQ(only(told("p1", "0.1", R"({"LV":0.3})") + told("p2", "0.6", R"({"LV":0.3})")).n_bad_of_least, 0u);
}

TEST(Agreement, HasADashWhereThereIsNoCorrelation) {
  test::Lists lists;
  const std::string same = R"({"LV":0.5})";
  const Experiment e =
      test::read({lists.list("few", told("p1", "0.1", R"({"LV":0.3})") + told("p2", "0.6", R"({"LV":0.4})")),
                  lists.list("same", told("p1", "0.1", same) + told("p2", "0.6", same) + told("p3", "0.7", same)),
                  lists.list("frames", told("p1", "0.1", R"({"LV":0.3})", "\"frame\":\"ED\",") +
                                           told("p1", "0.6", R"({"LV":0.4})", "\"frame\":\"ES\",") +
                                           told("p2", "0.7", R"({"LV":0.5})"))});
  const auto all = compare_agreement(e, {});
  const std::string text = agreement_markdown(e, all, {});
  EXPECT_THAT(text, HasSubstr("\n| few | 2 | – (fewer than 3 cases) | 1 | 1 | 0 | 1 of 1 | 1 of 1 |"));
  EXPECT_THAT(text, HasSubstr("\n| same | 3 | – (all are equal) | 1 |"));
  EXPECT_THAT(text, HasSubstr("\n| frames | 3 | 1.00 (too few subjects) | 1 |"));
  EXPECT_THAT(text, testing::Not(HasSubstr("nan")));
}

TEST(Agreement, IsOfEachMethodStageAndNumberOfLabelledCases) {
  test::Lists lists;
  const std::string lines = told("p1", "0.1", R"({"LV":0.3})", R"("agreement_of":"stages",)");
  const Experiment e = test::read(
      {lists.list("a", lines, "A", "0", "ftn", 5), lists.list("a", lines, "B", "0", "ftn", 5),
       lists.list("a", lines, "A", "1", "ftn", 5), lists.list("a", lines, "A", "0", "stn", 5),
       lists.list("a", lines, "A", "0", "ftn", 10), lists.list("b", test::cases_of({0.5}), "A", "0", "ftn", 5)});
  std::vector<std::string> found;
  const auto all = compare_agreement(e, {});
  for (const Agreement& a : all)
    found.push_back(a.method + " " + e.stages[a.stage] + " " + std::to_string(*e.labelled[a.labelled]) + ": " +
                    std::to_string(a.points.size()));
  EXPECT_THAT(found, ElementsAre("a ftn 5: 3", "a ftn 10: 1", "a stn 5: 1"));
  EXPECT_THAT(agreement_markdown(e, all, {}), HasSubstr("| method | stage | labelled | cases |"));
  EXPECT_THAT(agreement_explanation(all, {}), HasSubstr("by both stages,"));
}

TEST(Agreement, IsDrawnBySetAndTraining) {
  test::Lists lists;
  const Experiment e = test::read({lists.list("a", told("p1", "0.1", R"({"LV":0.33333})"), "A", "0"),
                                   lists.list("a", told("p1", "0.2", R"({"LV":0.3})"), "A", "1"),
                                   lists.list("a", told("p2", "0.6", R"({"LV":0.4})"), "B", "0")});
  const auto charts = agreement_charts(e, compare_agreement(e, {0.8, 0.4}), {0.8, 0.4});
  ASSERT_EQ(charts.size(), 1u);
  EXPECT_EQ(core::to_line(charts[0].data["sets"]),
            R"([{"set":"A","cases":["p1"],"trainings":[{"training":"seed 0","points":[[0,0.333,0.1]]},)"
            R"({"training":"seed 1","points":[[0,0.3,0.2]]}]},)"
            R"({"set":"B","cases":["p2"],"trainings":[{"training":"seed 0","points":[[0,0.4,0.6]]}]}])");
  EXPECT_EQ(core::to_line(charts[0].data["limits"]), "[0.8,0.4]");
  EXPECT_THAT(charts[0].description, HasSubstr("of 2 bad cases 2 caught and 0 missed, 1 good ones sent in vain and 0 "
                                               "spared"));
  EXPECT_EQ(core::to_line(charts[0].data["counts"]), R"({"caught":2,"missed":0,"in_vain":1,"spared":0})");
}

// Each set has a correlation of -1; B is better than A and agrees more, so that all cases have one of 1 - 6 * 16 / 210.
TEST(Agreement, TellsSetsFromWhatIsWithinThem) {
  test::Lists lists;
  const std::string worse = told("p1", "0.1", R"({"LV":0.3})") + told("p2", "0.2", R"({"LV":0.2})"),
                    third = told("p3", "0.3", R"({"LV":0.1})"),
                    better = told("p1", "0.7", R"({"LV":0.9})") + told("p2", "0.8", R"({"LV":0.8})") +
                             told("p3", "0.9", R"({"LV":0.7})");
  const Experiment e = test::read({lists.list("a", worse + third, "A"), lists.list("a", better, "B")});
  const auto all = compare_agreement(e, {});
  EXPECT_GT(*all[0].correlation.rho.number, 0.5);
  EXPECT_DOUBLE_EQ(*all[0].within_sets.number, -1);
  EXPECT_THAT(agreement_markdown(e, all, {}), HasSubstr(" \\[95 %\\] | within sets | bad "));
  EXPECT_THAT(agreement_markdown(e, all, {}), HasSubstr(" | -1.00 | 3 | 3 |"));
  EXPECT_THAT(agreement_explanation(all, {}), HasSubstr("Within sets: the mean"));

  const Experiment few =
      test::read({lists.list("a", worse, "A"), lists.list("a", better, "B"), lists.list("b", worse, "A"),
                  lists.list("c", worse, "A"),
                  lists.list("c", test::cases_of({0.5, 0.5, 0.5}, R"("agreement":{"LV":0.5},)"), "B")});
  const std::string text = agreement_markdown(few, compare_agreement(few, {}), {});
  EXPECT_THAT(text, HasSubstr(" | -1.00 (1 of 2 sets) | 2 |"));
  EXPECT_THAT(text, HasSubstr("\n| b | 2 | – (fewer than 3 cases) | – (fewer than 3 subjects) | 2 |"));
  EXPECT_THAT(text, HasSubstr(" | – (all are equal) | 2 |"));
}

TEST(Agreement, IsOfThePairsOfModels) {
  test::Lists lists;
  const std::string models = told("p1", "0.1", R"({"LV":0.3})", R"("agreement_of":"models",)");
  const std::string stages = told("p2", "0.1", R"({"LV":0.3})", R"("agreement_of":"stages",)");
  const Experiment e = test::read({lists.list("a", models)});
  const auto charts = agreement_charts(e, compare_agreement(e, {}), {});
  EXPECT_EQ(charts[0].data["axes"][0], "agreement of the models (mean over their pairs)");
  EXPECT_THAT(agreement_explanation(compare_agreement(test::read({lists.list("a", models + stages)}), {}), {}),
              HasSubstr("by both stages, or the models (mean over their pairs), mean of the classes,"));
}

TEST(Agreement, HasHeadsThatBreakBeforeBrackets) {
  test::Lists lists;
  const Experiment e = test::read({lists.list("a", told("p1", "0.1", R"({"LV":0.3})"))});
  const std::string text = agreement_html(e, compare_agreement(e, {}), {});
  EXPECT_THAT(text, HasSubstr("rank correlation [95\u00a0%]<"));
  EXPECT_THAT(text, HasSubstr("caught (agreement\u00a0&lt;\u00a00.75)<"));
  EXPECT_THAT(text, HasSubstr("<td>1\u00a0of\u00a01</td>"));
}

TEST(Agreement, IsThinnedOutWhereItIsLong) {
  std::string lines;
  for (std::size_t i = 0; i <= kMostAgreementPoints; ++i)
    lines += told("p" + std::to_string(i), "0.1", R"({"LV":0.3})");
  test::Lists lists;
  const Experiment e = test::read({lists.list("a", lines)});
  const auto charts = agreement_charts(e, compare_agreement(e, {}), {});
  EXPECT_EQ(charts[0].title, "a, one of 2 cases");
  EXPECT_EQ(charts[0].data["sets"][0]["cases"].size(), kMostAgreementPoints / 2 + 1);
}

TEST(Agreement, WantsDiceAmongTheMetrics) {
  test::Lists lists;
  std::string lines = told("p1", "0.5", R"({"LV":0.5})");
  for (std::size_t at = 0; (at = lines.find("\"dice\"", at)) != std::string::npos;) lines.replace(at, 6, "\"hd95\"");
  const Experiment e = read_experiment({lists.list("a", lines)}, {metric::Metric::hd95});
  EXPECT_TRUE(compare_agreement(e, {}).empty());
  EXPECT_THAT(notes_of(e), testing::Contains(HasSubstr("dice is not among the metrics")));
}

}  // namespace
}  // namespace coopseg::report
