#include "coopseg/report/table.h"

#include <gmock/gmock.h>

#include <cmath>

#include "made_up.h"

namespace coopseg::report {
namespace {

using metric::Metric;
using test::cases_of;
using test::read;
using test::scored;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Table, GivesMeanAndSdOverTheCasesOfOneTraining) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", cases_of({0.1, 0.2, 0.3, 0.6}))}), 0, 0);
  const Cell& cell = t.rows[0].cells[0];
  EXPECT_DOUBLE_EQ(*cell.mean.number, 0.3);
  EXPECT_NEAR(*cell.sd.number, std::sqrt(0.14 / 3), 1e-15);
  EXPECT_EQ(cell.sd_over, Over::cases);
  EXPECT_EQ(cell.n(), "4");
  EXPECT_FALSE(t.several_trainings());
}

TEST(Table, GivesMeanAndSdOverTheMeansOfSeveralTrainings) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", cases_of({0.1, 0.2, 0.3, 0.6}), "A", "0"),
                                  lists.list("a", cases_of({0.5, 0.5, 0.5, 0.5}), "A", "1")}),
                            0, 0);
  ASSERT_EQ(t.rows.size(), 1u);
  const Cell& cell = t.rows[0].cells[0];
  EXPECT_DOUBLE_EQ(*cell.mean.number, 0.4);
  EXPECT_NEAR(*cell.sd.number, 0.2 / std::sqrt(2), 1e-15);
  EXPECT_EQ(cell.sd_over, Over::trainings);
  EXPECT_EQ(cell.n(), "2 x 4");
}

TEST(Table, AveragesClassesByTheirOwnMeans) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", scored("p1", "0.2", "0.6") + scored("p2", "0.4", "\"both-empty\""))});
  EXPECT_DOUBLE_EQ(*make_table(e, 0, 0, 0).rows[0].cells[0].mean.number, 0.3);
  EXPECT_DOUBLE_EQ(*make_table(e, 0, 0, 1).rows[0].cells[0].mean.number, 0.6);
  EXPECT_DOUBLE_EQ(*make_table(e, 0, 0).rows[0].cells[0].mean.number, 0.45);
  EXPECT_EQ(make_table(e, 0, 0, 1).rows[0].cells[0].n(), "1/2");
}

TEST(Table, MakesUpNoMeanForAClassWithoutNumbers) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", scored("p1", "0.2", "\"prediction-empty\"")),
                             lists.list("b", scored("p1", "0.2", "\"both-empty\"")),
                             lists.list("c", scored("p1", "0.2", "\"infinite\""))});
  const auto t = make_table(e, 0, 0);
  EXPECT_FALSE(t.rows[0].cells[0].mean.number);
  EXPECT_DOUBLE_EQ(*t.rows[1].cells[0].mean.number, 0.2) << "nothing was there to find";
  EXPECT_EQ(show(t.rows[2].cells[0].mean, Metric::dice), "inf");
  EXPECT_EQ(t.rows[0].cells[0].lists[0].n_undefined, 1u);
}

TEST(Table, MarksTheBestOfAColumnAndItsEquals) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", cases_of({0.5})), lists.list("b", cases_of({0.7})),
                                  lists.list("c", cases_of({0.70001})), lists.list("b", cases_of({0.7}), "B")}),
                            0, 0);
  EXPECT_FALSE(t.rows[0].cells[0].best);
  EXPECT_TRUE(t.rows[1].cells[0].best);
  EXPECT_TRUE(t.rows[2].cells[0].best);
  EXPECT_FALSE(t.rows[1].cells[1].best) << "alone in its column";
}

// Differences of one sign in all six cases: p = 2 / 2^6.
TEST(Table, TestsEachRowAgainstTheFirstOnTheSameCases) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", cases_of({0.5, 0.6, 0.7, 0.8, 0.9, 0.85})),
                                  lists.list("b", cases_of({0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.99}))}),
                            0, 0);
  EXPECT_FALSE(t.rows[0].cells[0].against_first);
  const PairedTest test = t.rows[1].cells[0].against_first.value();
  EXPECT_EQ(test.n_pairs, 6u) << "the seventh is not in the first list";
  EXPECT_DOUBLE_EQ(test.test.p, 0.03125);
  EXPECT_STREQ(verdict(test, Metric::dice), "worse");
  EXPECT_STREQ(verdict(test, Metric::hd95), "better");
  EXPECT_STREQ(verdict(test, Metric::volume_diff), "differs");
  EXPECT_EQ(show_p(test.test.p), "p = 0.031");
  EXPECT_THAT(html_table(t, {}, "t"), HasSubstr("<small class=\"worse\">▼ worse, p = 0.031</small>"));
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| b | 0.4843 (0.2230)†, n = 7 |"));
}

TEST(Table, PairsCasesByTheMeanOfTheirTrainings) {
  test::Lists lists;
  const auto t =
      make_table(read({lists.list("a", cases_of({0.5}), "A", "0"), lists.list("a", cases_of({0.7}), "A", "1"),
                       lists.list("b", cases_of({0.9}), "A", "0")}),
                 0, 0);
  const PairedTest test = t.rows[1].cells[0].against_first.value();
  EXPECT_EQ(test.n_pairs, 1u);
  EXPECT_NEAR(test.mean_difference, 0.3, 1e-15);
}

TEST(Table, AveragesTheTrainingsThatHaveBeenThroughAllSets) {
  test::Lists lists;
  const auto t =
      make_table(read({lists.list("a", cases_of({0.5}), "A", "0"), lists.list("a", cases_of({0.7}), "B", "0"),
                       lists.list("a", cases_of({0.9}), "B", "1"), lists.list("b", cases_of({0.9}), "B", "0")}),
                 0, 0);
  EXPECT_DOUBLE_EQ(*t.rows[0].average.mean.number, 0.6);
  EXPECT_EQ(t.rows[0].n_trainings, 1u);
  EXPECT_FALSE(t.rows[0].average.sd.number) << "over sets it would say nothing of the method";
  EXPECT_FALSE(t.rows[1].average.mean.number);
  EXPECT_TRUE(t.rows[1].cells[0].lists.empty());
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| b | – |"));
}

TEST(Table, ShowsTheCorrectionsAverageBesideTheFastNetworks) {
  test::Lists lists;
  const Experiment e =
      read({lists.list("a", cases_of({0.5}), "A", "0", "ftn"), lists.list("a", cases_of({0.75}), "A", "0", "stn")});
  const auto stages = make_tables(e, 0);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_THAT(markdown_table(stages),
              HasSubstr("| method | A (n = 1) | AVG FTN | AVG FTN+STN |\n| --- | ---: | ---: | ---: |\n"
                        "| a | 0.5000 | 0.5000 | 0.7500 |\n"));
  EXPECT_THAT(html_table(stages[0], {stages[1]}, "t"), HasSubstr("<th scope=\"col\">AVG FTN+STN</th>"));
}

TEST(Table, ShowsAnyStageByItsName) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.5}), "A", "0", "mean|teacher"),
                             lists.list("a", cases_of({0.75}), "A", "0", "student"),
                             lists.list("a", cases_of({0.25}), "A", "0", "last")});
  const auto stages = make_tables(e, 0);
  ASSERT_EQ(stages.size(), 3u);
  const std::string text = markdown_table(stages);
  EXPECT_THAT(text, HasSubstr("| method | A (n = 1) | AVG mean\\|teacher | AVG student | AVG last |\n"
                              "| --- | ---: | ---: | ---: | ---: |\n| a | 0.5000 | 0.5000 | 0.7500 | 0.2500 |\n"));
  EXPECT_THAT(text, HasSubstr("the sets’ columns are of the stage mean\\|teacher."));
  EXPECT_THAT(csv_lines(stages[1]), HasSubstr("cell,dice,,a,student,A,"));
}

TEST(Table, KeepsNamesApartFromMarkup) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a|<b>", cases_of({0.5})), lists.list("c", cases_of({0.4}))}), 0, 0);
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| a\\|\\<b\\> | **0.5000** |"));
  EXPECT_THAT(html_table(t, {}, "<i>"), HasSubstr("<th scope=\"row\">a|&lt;b&gt;</th><td><b>0.5000</b>"));
  EXPECT_THAT(html_table(t, {}, "<i>"), Not(HasSubstr("<i>")));
  EXPECT_THAT(explanation(t, true), HasSubstr("than a|&lt;b&gt; on the same cases at p &lt; 0.05"));
}

TEST(Table, PrintsEveryListCellAndAverageInCsv) {
  test::Lists lists;
  const std::string text = csv_lines(make_table(read({lists.list("a,b", cases_of({0.25, 0.25}), "A", "0", "stn"),
                                                      lists.list("a,b", cases_of({0.75, 0.75}), "A", "1", "stn")}),
                                                0, 0));
  EXPECT_EQ(text,
            "list,dice,,\"a,b\",stn,A,0,,1,2,2,0,0.25,0.0,cases,0.25,,,,\n"
            "list,dice,,\"a,b\",stn,A,1,,1,2,2,0,0.75,0.0,cases,0.75,,,,\n"
            "cell,dice,,\"a,b\",stn,A,,,2,4,4,0,0.5,0.3535533905932738,trainings,,0,,,\n"
            "average,dice,,\"a,b\",stn,,,,2,4,4,0,0.5,0.3535533905932738,trainings,,0,,,\n");
  const std::string header = csv_header();
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), 19);
}

TEST(Sentence, ComparesTheBestMethodWithTheFirstOnCorruptedImagesAlone) {
  const char* spike = "\"artefact\":\"spike\",";
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.9, 0.9})), lists.list("b", cases_of({0.1, 0.1})),
                             lists.list("a", cases_of({0.5, 0.6, 0.7, 0.4, 0.5, 0.6}, spike), "RandSpike"),
                             lists.list("c", cases_of({0.4, 0.4, 0.4, 0.4, 0.4, 0.4}, spike), "RandSpike"),
                             lists.list("b", cases_of({0.7, 0.7, 0.8, 0.6, 0.6, 0.8}, spike), "RandSpike")});
  EXPECT_EQ(sentence(e),
            "On corrupted images (RandSpike): b has a mean Dice of 0.7000, a 0.5500; b is better (+0.1500 from case to "
            "case, SD 0.0548, n = 6, p = 0.031), in one training each: another seed may say otherwise.\n");
}

TEST(Sentence, SaysWhereADifferenceIsNoise) {
  test::Lists lists;
  EXPECT_THAT(sentence(read({lists.list("a", cases_of({0.5, 0.6, 0.7})), lists.list("b", cases_of({0.4, 0.7, 0.8}))})),
              AllOf(HasSubstr("Over all test sets (A): "),
                    HasSubstr("b is neither better nor worse beyond noise (+0.0333")));
  EXPECT_EQ(sentence(read({lists.list("a", cases_of({0.5}))})),
            "Over all test sets (A): a has a mean Dice of 0.5000.\n");
  EXPECT_THAT(sentence(read({lists.list("a", cases_of({0.5})), lists.list("b", scored("q", "0.5", "0.5"))})),
              HasSubstr("no case that both have a number for"));
}

}  // namespace
}  // namespace coopseg::report
