// The paper's table: methods by test sets, of one metric and one class or the mean of all.
//
//   std::vector<ResultTable> stages = make_tables(experiment, 0);      // of ftn and stn
//   std::string text = markdown_table(stages[0], {stages[1]});         // columns: AVG FTN, AVG FTN+STN, sets
//
// A list's mean of a class is that of cs-dice --summary; its mean over classes is the mean of those. A cell with
// several lists (trainings: seeds, folds) is the mean of their means, with the SD over them; with one list the SD is
// over its cases. Trainings with different numbers of labelled cases stand in columns of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/metric/paired.h"
#include "coopseg/metric/summary.h"
#include "coopseg/report/experiment.h"

namespace coopseg::report {

// One list's part of a cell.
struct ListResult {
  const ScoredList* list = nullptr;
  std::size_t n_cases = 0;      // that should have a number: with a label, and of this class
  std::size_t n_scored = 0;     // that have one
  std::size_t n_undefined = 0;  // scored, but without a number (empty masks)
  metric::Statistic statistic;
};

// This row minus the first one, subject by subject (core::subject_of): over the cases that have a number in both. Of a
// case the mean over trainings is taken first, then of a subject the mean over its cases (in an average over sets, over
// the cases of a set and then over sets); Wilcoxon's test is of these differences.
struct PairedTest {
  std::size_t n_subjects = 0, n_cases = 0;
  std::size_t fewest_trainings = 0, most_trainings = 0;  // that a case has numbers of, in either row
  double mean_difference = 0;
  metric::Value sd_difference;
  metric::SignedRank test;
};

enum class Over { nothing, cases, trainings };  // what an SD is of

struct Cell {
  std::vector<ListResult> lists;  // empty: nothing there
  metric::Value mean, sd;
  Over sd_over = Over::nothing;
  bool best = false;  // of its column, as printed; equals all are
  std::optional<PairedTest> against_first;
  std::string n() const;  // "54", "52/54" (scored of all), "3 x 54", "158/162"
};

struct TableRow {
  std::string method;
  std::vector<Cell> cells;     // one for each column
  std::vector<Cell> averages;  // one for each of ResultTable::labelled: of the sets' means, over the trainings that
                               // have been through all sets
};

struct TableColumn {
  std::string set;
  std::size_t labelled = 0;  // in ResultTable::labelled
};

struct ResultTable {
  metric::Metric metric = metric::Metric::dice;
  std::string class_name;  // empty: mean of classes
  std::string stage;       // empty: no name was said
  std::vector<TableColumn> columns;  // set by set, in each as many as there are numbers of labelled cases
  std::vector<std::optional<std::size_t>> labelled;  // Experiment::labelled
  std::vector<TableRow> rows;                        // one for each method, also those without a list of this stage

  bool several_trainings() const;
  bool empty() const;  // no list of this stage
  bool averages_tell() const;  // not of one set: they are its columns again
};

constexpr double kSignificant = 0.05;

// `stage` is one of experiment.stages by its place; `class_index` empty: the mean of classes.
ResultTable make_table(const Experiment& experiment, std::size_t metric_index, std::size_t stage,
                       std::optional<std::size_t> class_index = {});
// One of each stage.
std::vector<ResultTable> make_tables(const Experiment& experiment, std::size_t metric_index,
                                     std::optional<std::size_t> class_index = {});

// As cells print a number: with as many digits as cs-dice shows, "-" where there is none.
std::string show(const metric::Value& value, metric::Metric metric);
std::string show_p(double p);                                        // "p = 0.031", "p < 0.0001"
// What these tests, at least one, are over: "26 subjects, 52 cases, 3 trainings each", "25 to 26 subjects" where they
// differ; also where no p could be significant with so few.
std::string pairing(const std::vector<const PairedTest*>& tests);
bool significant(const PairedTest& test);                            // p < kSignificant
const char* verdict(const PairedTest& test, metric::Metric metric);  // "better", "worse", "" if not significant

std::string title_of(metric::Metric metric);                      // "Dice", "HD95 (mm)"
std::string average_title(const ResultTable& table);              // "AVG", "AVG FTN", "AVG FTN+STN"
std::string explanation(const ResultTable& table, bool in_html);  // what the numbers mean, in a few sentences

// A table with one column more for each of the `later` stages: its average or, where there is one set, that.
std::string html_table(const ResultTable& table, const std::vector<ResultTable>& later, const std::string& caption);
std::string markdown_table(const ResultTable& table, const std::vector<ResultTable>& later);
// Of all stages: the first one's, with the averages of the others.
std::string markdown_table(const std::vector<ResultTable>& stages);

// Which method is ahead by the first metric, by how much and with what spread, on the test sets whose cases name an
// artefact, or on all where none does; of the first stage. One sentence, one line; one for each number of labelled
// cases where there are several.
std::string sentence(const Experiment& experiment);

// Header: see man cs-report. A line for each list, each cell and each average. The number of labelled cases has a
// column where the experiment has several.
std::string csv_header(const Experiment& experiment);
std::string csv_lines(const ResultTable& table);

}  // namespace coopseg::report
