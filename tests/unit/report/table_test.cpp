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
  EXPECT_EQ(test.n_subjects, 6u) << "the seventh is not in the first list";
  EXPECT_DOUBLE_EQ(test.test.p, 0.03125);
  EXPECT_STREQ(verdict(test, Metric::dice), "worse");
  EXPECT_STREQ(verdict(test, Metric::hd95), "better");
  EXPECT_STREQ(verdict(test, Metric::volume_diff), "differs");
  EXPECT_EQ(show_p(test.test.p), "p = 0.031");
  EXPECT_THAT(html_table(t, {}, "t"), HasSubstr("<small class=\"worse\">▼\u00a0worse, <span>p = 0.031</span></small>"));
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| b | 0.4843 (0.2230)†, n = 7 |"));
}

TEST(Table, PairsCasesByTheMeanOfTheirTrainings) {
  test::Lists lists;
  const auto t =
      make_table(read({lists.list("a", cases_of({0.5}), "A", "0"), lists.list("a", cases_of({0.7}), "A", "1"),
                       lists.list("b", cases_of({0.9}), "A", "0")}),
                 0, 0);
  const PairedTest test = t.rows[1].cells[0].against_first.value();
  EXPECT_EQ(test.n_subjects, 1u);
  EXPECT_NEAR(test.mean_difference, 0.3, 1e-15);
}

// Both sides of p1, the left one of p2: differences 0.2 and 0.4 of p1, 0.1 of p2.
std::string sides(const std::string& p1_left, const std::string& p1_right, const std::string& p2_left,
                  bool say_subjects = true) {
  const auto side = [&](const std::string& id, const std::string& subject, const std::string& value) {
    return scored(id, value, value, say_subjects ? "\"subject\":\"" + subject + "\"," : "");
  };
  return side("h1", "p1", p1_left) + side("h2", "p1", p1_right) + side("h3", "p2", p2_left);
}

TEST(Table, PairsBySubjectWhoseCasesAreAveragedFirst) {
  test::Lists lists;
  const ResultList first = lists.list("a", sides("0.5", "0.5", "0.5"));
  const ResultList other = lists.list("b", sides("0.7", "0.9", "0.6"));
  const PairedTest test = make_table(read({first, other}), 0, 0).rows[1].cells[0].against_first.value();
  EXPECT_EQ(test.n_subjects, 2u);
  EXPECT_EQ(test.n_cases, 3u);
  EXPECT_NEAR(test.mean_difference, 0.2, 1e-15) << "of 0.3 and 0.1";
  EXPECT_DOUBLE_EQ(test.test.p, 0.5);
  PairedTest others = test;
  others.n_subjects = 6;
  others.most_trainings = 3;
  EXPECT_EQ(pairing({&test, &others}), "2 to 6 subjects, 3 cases, 1 to 3 trainings each");
  EXPECT_EQ(pairing({&test}), "2 subjects (too few for p < 0.05), 3 cases, 1 training each");

  const ResultList silent = lists.list("b", sides("0.7", "0.9", "0.6", false));
  for (const auto& both :
       {std::vector<ResultList>{first, silent}, {lists.list("a", sides("0.5", "0.5", "0.5", false)), other}})
    EXPECT_EQ(make_table(read(both), 0, 0).rows[1].cells[0].against_first->n_subjects, 2u)
        << "a list that says whose images they are speaks for the other";
}

TEST(Table, TakesFramesAndRepeatsForOneSubjectsByTheirId) {
  const auto frames = [](const char* ed, const char* es) {
    return scored("p1", ed, ed, "\"frame\":\"ED\",") + scored("p1", es, es, "\"frame\":\"ES\",");
  };
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", frames("0.5", "0.5")), lists.list("b", frames("0.75", "1"))}), 0, 0);
  const PairedTest test = t.rows[1].cells[0].against_first.value();
  EXPECT_EQ(test.n_subjects, 1u);
  EXPECT_EQ(test.n_cases, 2u);
  EXPECT_DOUBLE_EQ(test.mean_difference, 0.375);
}

// p1 is in both sets, p2 in A alone.
TEST(Table, CountsASubjectOfSeveralSetsOnce) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a", cases_of({0.5, 0.5})), lists.list("a", cases_of({0.5}), "B"),
                                  lists.list("b", cases_of({0.6, 0.6})), lists.list("b", cases_of({0.9}), "B")}),
                            0, 0);
  const PairedTest test = t.rows[1].averages[0].against_first.value();
  EXPECT_EQ(test.n_subjects, 2u);
  EXPECT_EQ(test.n_cases, 3u);
  EXPECT_NEAR(test.mean_difference, (0.25 + 0.1) / 2, 1e-15);
  EXPECT_THAT(
      explanation(t, false),
      HasSubstr("paired by subject: 1 to 2 subjects (too few for p < 0.05), 1 to 2 cases, 1 training each; AVG: 2 "
                "subjects (too few for p < 0.05), 3 cases, 1 training each; the mean of"));
}

// Two methods with 10 and 5 labelled cases, b with 5 also under a second seed.
std::vector<ResultList> with_few_labels(test::Lists& lists) {
  return {
      lists.list("a", cases_of({0.6, 0.6}), "A", "0", "", 10), lists.list("a", cases_of({0.5, 0.5}), "A", "0", "", 5),
      lists.list("b", cases_of({0.5, 0.7}), "A", "0", "", 5), lists.list("b", cases_of({0.7, 0.9}), "A", "1", "", 5),
      lists.list("b", cases_of({0.75, 0.75}), "A", "0", "", 10)};
}

TEST(Table, HasAColumnForEachNumberOfLabelledCases) {
  test::Lists lists;
  const auto t = make_table(read(with_few_labels(lists)), 0, 0);
  const std::string text = markdown_table(t, {});
  EXPECT_THAT(text, HasSubstr("| method | A, 5 labelled | A, 10 labelled (n = 2) |\n| --- | ---: | ---: |\n"
                              "| a | 0.5000, n = 2 | 0.6000 |\n"
                              "| b | **0.7000** (0.1414), n = 2 × 2 | **0.7500** |\n"));
  EXPECT_THAT(text, HasSubstr("worse than a with as many labelled cases on the same cases at p < 0.05"));
  EXPECT_THAT(text, HasSubstr("paired by subject: 2 subjects (too few for p < 0.05), 2 cases, 1 to 2 trainings each;"));
  EXPECT_THAT(text, Not(HasSubstr("AVG"))) << "it would be the columns again";
  EXPECT_NEAR(t.rows[1].cells[0].against_first->mean_difference, 0.2, 1e-15);
  EXPECT_NEAR(t.rows[1].cells[1].against_first->mean_difference, 0.15, 1e-15);
}

TEST(Table, AveragesSetsAtEachNumberOfLabelledCases) {
  test::Lists lists;
  auto all = with_few_labels(lists);
  all.push_back(lists.list("a", cases_of({0.9, 0.9}), "B", "0", "", 5));
  all.push_back(lists.list("a", cases_of({0.8}), "B"));
  const Experiment e = read(all);
  EXPECT_THAT(
      markdown_table(make_table(e, 0, 0), {}),
      HasSubstr("| method | AVG, 5 labelled | AVG, 10 labelled | AVG | A, 5 labelled | A, 10 labelled (n = 2) | "
                "B, 5 labelled (n = 2) | B (n = 1) |\n"));
  EXPECT_DOUBLE_EQ(*make_table(e, 0, 0).rows[0].averages[0].mean.number, 0.7);
  EXPECT_THAT(notes_of(e), testing::Contains("b, 5 labelled, seed 0: 1 of 2 sets are there; it is in no average."));
}

TEST(Table, SaysTheNumberOfLabelledCasesInCsvWhereThereAreSeveral) {
  test::Lists lists;
  const Experiment e = read(with_few_labels(lists));
  EXPECT_THAT(csv_header(e), HasSubstr(",set,labelled,seed,fold,"));
  const std::string text = csv_lines(make_table(e, 0, 0));
  EXPECT_THAT(text, HasSubstr("list,dice,,b,,A,5,1,,1,2,2,0,0.8,"));
  EXPECT_THAT(text, HasSubstr("cell,dice,,b,,A,10,,,1,2,2,0,0.75,"));
  EXPECT_THAT(text, HasSubstr("average,dice,,a,,,5,,,1,2,2,0,0.5,"));
  EXPECT_THAT(text, HasSubstr(",1,2,0.1"));
}

TEST(Table, IsAsWithoutWhereAllHaveTheSameNumberOfLabelledCases) {
  test::Lists lists;
  const Experiment same =
      read({lists.list("a", cases_of({0.5}), "A", "0", "", 3), lists.list("b", cases_of({0.4}), "A", "0", "", 3)});
  const Experiment none =
      read({lists.list("a", cases_of({0.5}), "A", "0"), lists.list("b", cases_of({0.4}), "A", "0")});
  EXPECT_EQ(markdown_table(make_table(same, 0, 0), {}), markdown_table(make_table(none, 0, 0), {}));
  EXPECT_EQ(csv_header(same) + csv_lines(make_table(same, 0, 0)), csv_header(none) + csv_lines(make_table(none, 0, 0)));
  EXPECT_EQ(sentence(same), sentence(none));
  EXPECT_EQ(same.lists[0].from.name(), "a, seed 0, A");
}

TEST(Table, AveragesTheTrainingsThatHaveBeenThroughAllSets) {
  test::Lists lists;
  const auto t =
      make_table(read({lists.list("a", cases_of({0.5}), "A", "0"), lists.list("a", cases_of({0.7}), "B", "0"),
                       lists.list("a", cases_of({0.9}), "B", "1"), lists.list("b", cases_of({0.9}), "B", "0")}),
                 0, 0);
  EXPECT_DOUBLE_EQ(*t.rows[0].averages[0].mean.number, 0.6);
  EXPECT_EQ(t.rows[0].averages[0].lists.size(), 2u) << "of one training, through two sets";
  EXPECT_FALSE(t.rows[0].averages[0].sd.number) << "over sets it would say nothing of the method";
  EXPECT_FALSE(t.rows[1].averages[0].mean.number);
  EXPECT_TRUE(t.rows[1].cells[0].lists.empty());
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| b | – |"));
}

TEST(Table, ShowsTheCorrectionsAverageBesideTheFastNetworks) {
  test::Lists lists;
  const Experiment e =
      read({lists.list("a", cases_of({0.5}), "A", "0", "ftn"), lists.list("a", cases_of({0.75}), "A", "0", "stn"),
            lists.list("a", cases_of({0.75}), "B", "0", "ftn"), lists.list("a", cases_of({0.75}), "B", "0", "stn")});
  const auto stages = make_tables(e, 0);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_THAT(markdown_table(stages),
              HasSubstr("| method | AVG FTN | AVG FTN+STN | A (n = 1) | B (n = 1) |\n"
                        "| --- | ---: | ---: | ---: | ---: |\n| a | 0.6250 | 0.7500 | 0.5000 | 0.7500 |\n"));
  EXPECT_THAT(html_table(stages[0], {stages[1]}, "t"),
              HasSubstr("<th scope=\"col\" class=\"average\">AVG FTN+STN</th>"));
}

TEST(Table, HasNoAverageOfOneSet) {
  test::Lists lists;
  const Experiment e =
      read({lists.list("a", cases_of({0.5, 0.5}), "A", "", "ftn"), lists.list("a", cases_of({0.75, 1}), "A", "", "stn"),
            lists.list("b", cases_of({0.5, 0.5}), "A", "", "ftn")});
  const auto stages = make_tables(e, 0);
  const std::string text = markdown_table(stages);
  EXPECT_THAT(text, HasSubstr("| method | A (n = 2) | A FTN+STN (n = 2) |\n| --- | ---: | ---: |\n"
                              "| a | **0.5000** (0.0000) | 0.8750 (0.1768) |\n| b | **0.5000** (0.0000) | – |\n"));
  EXPECT_THAT(text, HasSubstr("; columns that name no stage are the fast-thinking network’s (FTN)"));
  EXPECT_THAT(text + html_table(stages[0], {stages[1]}, "t") + html_table(stages[1], {}, "t"), Not(HasSubstr("AVG")));
  EXPECT_THAT(markdown_table(stages[1], {}), HasSubstr("; columns that name no stage are those with the slow-think"));
}

TEST(Table, FoldsWhereItsContainerIsNarrow) {
  test::Lists lists;
  std::vector<ResultList> some;
  const auto table = [&](char last) {
    for (char set = 'A'; set <= last; ++set) some.push_back(lists.list("a", cases_of({0.5, 0.6}), std::string(1, set)));
    const std::string text = html_table(make_table(read(some), 0, 0), {}, "t");
    some.clear();
    return text;
  };
  EXPECT_THAT(table('A'), HasSubstr("<table class=\"results fold-36\">"));
  EXPECT_THAT(table('E'), HasSubstr("<table class=\"results fold-68\">"));
  EXPECT_THAT(table('J'), HasSubstr("<table class=\"results fold\">")) << "wider than any page";
}

TEST(Table, ShowsAnyStageByItsName) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.5}), "A", "0", "mean|teacher"),
                             lists.list("a", cases_of({0.75}), "A", "0", "student"),
                             lists.list("a", cases_of({0.25}), "A", "0", "last")});
  const auto stages = make_tables(e, 0);
  ASSERT_EQ(stages.size(), 3u);
  const std::string text = markdown_table(stages);
  EXPECT_THAT(text, HasSubstr("| method | A (n = 1) | A student (n = 1) | A last (n = 1) |\n"
                              "| --- | ---: | ---: | ---: |\n| a | 0.5000 | 0.7500 | 0.2500 |\n"));
  EXPECT_THAT(text, HasSubstr("columns that name no stage are of the stage mean\\|teacher."));
  EXPECT_THAT(csv_lines(stages[1]), HasSubstr("cell,dice,,a,student,A,"));
}

TEST(Table, KeepsNamesApartFromMarkup) {
  test::Lists lists;
  const auto t = make_table(read({lists.list("a|<b>", cases_of({0.5})), lists.list("c", cases_of({0.4}))}), 0, 0);
  EXPECT_THAT(markdown_table(t, {}), HasSubstr("| a\\|\\<b\\> | **0.5000** |"));
  EXPECT_THAT(html_table(t, {}, "<i>"),
              HasSubstr("<th scope=\"row\">a|&lt;b&gt;</th><td><b>0.5000</b>"));
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
  const std::string header = csv_header(read({lists.list("a", cases_of({0.5}))}));
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), 19);
}

TEST(Sentence, ComparesTheBestMethodWithTheFirstOnCorruptedImagesAlone) {
  const char* spike = "\"artefact\":\"spike\",";
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.9, 0.9})), lists.list("b", cases_of({0.1, 0.1})),
                             lists.list("a", cases_of({0.5, 0.6, 0.7, 0.4, 0.5, 0.6}, spike), "RandSpike"),
                             lists.list("c", cases_of({0.4, 0.4, 0.4, 0.4, 0.4, 0.4}, spike), "RandSpike"),
                             lists.list("b", cases_of({0.7, 0.7, 0.8, 0.6, 0.6, 0.8}, spike), "RandSpike")});
  EXPECT_EQ(
      sentence(e),
      "On corrupted images (RandSpike): b has a mean Dice of 0.7000, a 0.5500; b is better (+0.1500 from subject to "
      "subject, SD 0.0548, p = 0.031; paired by subject: 6 subjects, 6 cases, 1 training each), in one training "
      "each: another seed may say otherwise.\n");
}

TEST(Sentence, ComparesAtEachNumberOfLabelledCases) {
  test::Lists lists;
  EXPECT_EQ(sentence(read(with_few_labels(lists))),
            "Over all test sets (A), 5 labelled: b has a mean Dice of 0.7000, a 0.5000; b is neither better nor worse "
            "beyond noise (+0.2000 from subject to subject, SD 0.1414, p = 0.5; paired by subject: 2 subjects (too few "
            "for p < 0.05), 2 cases, "
            "1 to 2 trainings each).\n"
            "Over all test sets (A), 10 labelled: b has a mean Dice of 0.7500, a 0.6000; b is neither better nor worse "
            "beyond noise (+0.1500 from subject to subject, SD 0.0000, p = 0.5; paired by subject: 2 subjects (too few "
            "for p < 0.05), 2 cases, "
            "1 training each).\n");
}

TEST(Sentence, LeavesOutMethodsWithoutResultsAtANumberOfLabelledCases) {
  test::Lists lists;
  const auto with = [&](const std::string& method, const std::vector<double>& dice, std::optional<std::size_t> n) {
    return lists.list(method, cases_of(dice), "A", "0", "", n);
  };
  EXPECT_EQ(sentence(read({with("r0", {0.5, 0.5}, 5), with("full", {0.75, 0.75}, {}), with("none", {0.1, 0.1}, 5),
                           with("r1", {0.6, 0.7}, 5), with("r1", {0.6, 0.8}, 9), with("none", {0.5, 0.6}, 9)})),
            "Over all test sets (A), 5 labelled: r1 has a mean Dice of 0.6500, r0 0.5000; r1 is neither better nor "
            "worse beyond noise (+0.1500 from subject to subject, SD 0.0707, p = 0.5; paired by subject: 2 subjects "
            "(too few for p < 0.05), 2 cases, 1 training each), in one training each: another seed may say otherwise.\n"
            "Over all test sets (A), 9 labelled: r1 has a mean Dice of 0.7000, none 0.5500; r1 is neither better nor "
            "worse beyond noise (+0.1500 from subject to subject, SD 0.0707, p = 0.5; paired by subject: 2 subjects "
            "(too few for p < 0.05), 2 cases, 1 training each), in one training each: another seed may say otherwise.\n"
            "Over all test sets (A): full has a mean Dice of 0.7500.\n");
  EXPECT_EQ(sentence(read({lists.list("a", scored("p", "\"both-empty\"", "\"both-empty\""))})),
            "Over all test sets (A): no method has a mean Dice.\n");
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
