#include "coopseg/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "coopseg/core/subject.h"
#include "coopseg/metric/output.h"

namespace coopseg::report {

namespace {

using metric::Metric;
using metric::Value;

struct CaseValues {
  const core::Case* of = nullptr;  // of a list that says whose image it is, if one does
  std::vector<double> values;      // finite ones, of all trainings
};
using ValuesByCase = std::map<std::string, CaseValues>;

double mean_of(const std::vector<double>& values) { return *metric::statistic_of(values).mean.number; }

bool says_subject(const core::Case& c) { return !c.text("subject").empty(); }

class Maker {
 public:
  Maker(const Experiment& e, std::size_t metric_index, std::size_t stage, std::optional<std::size_t> class_index)
      : e_(e), metric_(metric_index), stage_(stage), class_(class_index) {}

  ResultTable table() const {
    ResultTable table;
    table.metric = e_.metrics[metric_];
    table.class_name = class_ ? e_.classes[*class_] : "";
    table.stage = e_.stages[stage_];
    table.labelled = e_.labelled;
    for (const std::string& set : e_.sets)
      for (std::size_t l = 0; l < e_.labelled.size(); ++l)
        if (e_.has(set, l)) table.columns.push_back({set, l});
    std::vector<ValuesByCase> first;  // of the first row, by column
    for (const std::string& method : e_.methods) {
      TableRow row;
      row.method = method;
      std::vector<ValuesByCase> here(table.columns.size());
      for (std::size_t c = 0; c < here.size(); ++c) row.cells.push_back(cell_of(method, table.columns[c], here[c]));
      for (std::size_t l = 0; l < e_.labelled.size(); ++l) row.averages.push_back(average(row, columns_of(table, l)));
      if (table.rows.empty()) {
        first = std::move(here);
      } else {
        for (std::size_t c = 0; c < here.size(); ++c) row.cells[c].against_first = test_of(here, first, {c});
        for (std::size_t l = 0; l < e_.labelled.size(); ++l)
          if (row.averages[l].mean.number && table.rows.front().averages[l].mean.number)
            row.averages[l].against_first = test_of(here, first, columns_of(table, l));
      }
      table.rows.push_back(std::move(row));
    }
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      mark_best(table, [&](TableRow& row) -> Cell& { return row.cells[c]; });
    for (std::size_t l = 0; l < e_.labelled.size(); ++l)
      mark_best(table, [&](TableRow& row) -> Cell& { return row.averages[l]; });
    return table;
  }

 private:
  Value value_of(const CaseScores& c) const {
    if (!class_) return c.mean(metric_);
    const Value* value = c.value(*class_, metric_);
    return value ? *value : Value{{}, "no-such-class"};
  }

  // Their places.
  static std::vector<std::size_t> columns_of(const ResultTable& table, std::size_t labelled_index) {
    std::vector<std::size_t> columns;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (table.columns[c].labelled == labelled_index) columns.push_back(c);
    return columns;
  }

  Cell cell_of(const std::string& method, const TableColumn& column, ValuesByCase& by_case) const {
    Cell cell;
    for (const ScoredList& list : e_.lists) {
      if (list.from.method != method || list.from.set != column.set || list.labelled != column.labelled ||
          list.stage != stage_)
        continue;
      cell.lists.push_back(result_of(list));
      for (const CaseScores& c : list.cases) {
        const Value v = value_of(c);
        if (!v.number || !std::isfinite(*v.number)) continue;
        CaseValues& of_case = by_case[c.key()];
        of_case.values.push_back(*v.number);
        if (!of_case.of || !says_subject(*of_case.of)) of_case.of = &c.of;
      }
    }
    std::vector<Value> means;
    for (const ListResult& result : cell.lists) means.push_back(result.statistic.mean);
    over_trainings(cell, means);
    if (cell.lists.size() == 1) {
      cell.sd = cell.lists.front().statistic.sd;
      cell.sd_over = Over::cases;
    }
    return cell;
  }

  ListResult result_of(const ScoredList& list) const {
    ListResult result;
    result.list = &list;
    std::vector<double> values;
    std::map<std::size_t, std::vector<double>> by_class;
    std::map<std::size_t, bool> lost;  // classes with numbers missing for another reason than that nothing was there
    for (const CaseScores& c : list.cases) {
      if (c.status == CaseStatus::without_label) continue;
      const Value value = value_of(c);
      if (value.reason == "no-such-class" && c.status == CaseStatus::scored) continue;
      ++result.n_cases;
      if (value.number)
        values.push_back(*value.number);
      else
        result.n_undefined += c.status == CaseStatus::scored;
      for (const ClassValues& of_class : c.classes) {
        const Value& v = of_class.values[metric_];
        if (v.number) by_class[of_class.class_index].push_back(*v.number);
        if (!v.number && v.reason != "both-empty") lost[of_class.class_index] = true;
      }
    }
    result.n_scored = values.size();
    result.statistic = metric::statistic_of(values);
    if (class_) return result;
    // Of all classes: the mean of the numbers that cs-dice --summary gives.
    std::vector<double> means;
    for (const auto& [index, of_class] : by_class) {
      const Value mean = metric::statistic_of(of_class).mean;
      if (!mean.number) {
        result.statistic.mean = mean;
        return result;
      }
      means.push_back(*mean.number);
    }
    for (const auto& [index, ignored] : lost)
      if (!by_class.count(index)) {
        result.statistic.mean = {{}, "class-without-number"};
        return result;
      }
    result.statistic.mean = metric::statistic_of(means).mean;
    return result;
  }

  // Mean and SD of a cell from its trainings' means.
  static void over_trainings(Cell& cell, const std::vector<Value>& means) {
    std::vector<double> numbers;
    for (const Value& mean : means) {
      if (!mean.number) {
        cell.mean = cell.sd = mean;
        return;
      }
      numbers.push_back(*mean.number);
    }
    const auto statistic = metric::statistic_of(numbers);
    cell.mean = statistic.mean;
    cell.sd = statistic.sd;
    if (numbers.size() > 1) cell.sd_over = Over::trainings;
  }

  static Cell average(const TableRow& row, const std::vector<std::size_t>& columns) {
    Cell average;
    std::vector<std::string> trainings;
    for (const std::size_t c : columns)
      for (const ListResult& result : row.cells[c].lists)
        if (const std::string name = result.list->from.training();
            std::find(trainings.begin(), trainings.end(), name) == trainings.end())
          trainings.push_back(name);
    std::vector<Value> means;
    for (const std::string& training : trainings) {
      std::vector<double> of_sets;
      std::vector<ListResult> lists;
      Value undefined;
      for (const std::size_t c : columns)
        for (const ListResult& result : row.cells[c].lists)
          if (result.list->from.training() == training) {
            lists.push_back(result);
            if (result.statistic.mean.number)
              of_sets.push_back(*result.statistic.mean.number);
            else
              undefined = result.statistic.mean;
          }
      if (lists.size() < columns.size()) continue;  // has not been through all sets
      average.lists.insert(average.lists.end(), lists.begin(), lists.end());
      means.push_back(of_sets.size() < lists.size() ? undefined : metric::statistic_of(of_sets).mean);
    }
    if (means.empty()) average.mean.reason = "not-all-sets";
    else over_trainings(average, means);
    return average;
  }

  static std::optional<PairedTest> test_of(const std::vector<ValuesByCase>& here,
                                           const std::vector<ValuesByCase>& first,
                                           const std::vector<std::size_t>& columns) {
    PairedTest made;
    metric::NamedNumbers of_columns;  // a subject's mean difference in each column
    for (const std::size_t c : columns) {
      metric::NamedNumbers of_cases;
      for (const auto& [key, mine] : here[c]) {
        const auto found = first[c].find(key);
        if (found == first[c].end()) continue;
        const CaseValues& other = found->second;
        const std::string subject = core::subject_of(says_subject(*other.of) ? *other.of : *mine.of);
        of_cases.emplace_back(subject, mean_of(mine.values) - mean_of(other.values));
        const auto [fewest, most] = std::minmax({mine.values.size(), other.values.size()});
        made.fewest_trainings = made.n_cases == 0 ? fewest : std::min(made.fewest_trainings, fewest);
        made.most_trainings = std::max(made.most_trainings, most);
        ++made.n_cases;
      }
      for (const auto& of_subject : metric::means_by_name(of_cases)) of_columns.push_back(of_subject);
    }
    if (made.n_cases == 0) return {};
    std::vector<double> differences;
    for (const auto& [subject, difference] : metric::means_by_name(of_columns)) differences.push_back(difference);
    const auto statistic = metric::statistic_of(differences);
    made.n_subjects = differences.size();
    made.mean_difference = *statistic.mean.number;
    made.sd_difference = statistic.sd;
    made.test = metric::signed_rank_test(differences);
    return made;
  }

  template <class Pick>
  static void mark_best(ResultTable& table, Pick pick) {
    const int direction = better_direction(table.metric);
    std::vector<Cell*> cells;
    for (TableRow& row : table.rows)
      if (Cell& cell = pick(row); cell.mean.number) cells.push_back(&cell);
    if (direction == 0 || cells.size() < 2) return;
    const Cell* best = *std::max_element(cells.begin(), cells.end(), [&](const Cell* a, const Cell* b) {
      return direction * *a->mean.number < direction * *b->mean.number;
    });
    for (Cell* cell : cells) cell->best = show(cell->mean, table.metric) == show(best->mean, table.metric);
  }

  const Experiment& e_;
  std::size_t metric_, stage_;
  std::optional<std::size_t> class_;
};

}  // namespace

std::string Cell::n() const {
  std::size_t scored = 0, all = 0;
  bool even = true;
  for (const ListResult& result : lists) {
    scored += result.n_scored;
    all += result.n_cases;
    even = even && result.n_cases == lists.front().n_cases;
  }
  if (scored != all) return fmt::format("{}/{}", scored, all);
  return lists.size() > 1 && even ? fmt::format("{} x {}", lists.size(), lists.front().n_cases) : std::to_string(all);
}

bool ResultTable::several_trainings() const {
  return std::any_of(rows.begin(), rows.end(), [](const TableRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) { return cell.lists.size() > 1; });
  });
}

bool ResultTable::empty() const {
  return std::all_of(rows.begin(), rows.end(), [](const TableRow& row) {
    return std::all_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) { return cell.lists.empty(); });
  });
}

bool ResultTable::averages_tell() const {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const TableColumn& column) { return column.set != columns.front().set; });
}

ResultTable make_table(const Experiment& experiment, std::size_t metric_index, std::size_t stage,
                       std::optional<std::size_t> class_index) {
  return Maker(experiment, metric_index, stage, class_index).table();
}

std::vector<ResultTable> make_tables(const Experiment& experiment, std::size_t metric_index,
                                     std::optional<std::size_t> class_index) {
  std::vector<ResultTable> tables;
  for (std::size_t stage = 0; stage < experiment.stages.size(); ++stage) {
    tables.push_back(make_table(experiment, metric_index, stage, class_index));
  }
  return tables;
}

std::string show(const Value& value, Metric metric) {
  if (!value.number) return value.reason == "infinite-values" ? "inf" : "-";
  return fmt::format("{:.{}f}", *value.number, metric::decimals(metric));
}

std::string show_p(double p) { return p < 0.0001 ? "p < 0.0001" : fmt::format("p = {:.2g}", p); }

std::string pairing(const std::vector<const PairedTest*>& tests) {
  const auto range = [&](auto low_of, auto high_of) {
    std::size_t low = low_of(*tests.front()), high = high_of(*tests.front());
    for (const PairedTest* test : tests) {
      low = std::min(low, low_of(*test));
      high = std::max(high, high_of(*test));
    }
    return std::make_pair(low, high);
  };
  const auto text = [](std::pair<std::size_t, std::size_t> of, const char* what) {
    return (of.first == of.second ? std::to_string(of.first) : fmt::format("{} to {}", of.first, of.second)) + " " +
           what + (of.second == 1 ? "" : "s");
  };
  const auto n_subjects = [](const PairedTest& test) { return test.n_subjects; };
  const auto n_cases = [](const PairedTest& test) { return test.n_cases; };
  const auto fewest_trainings = [](const PairedTest& test) { return test.fewest_trainings; };
  const auto most_trainings = [](const PairedTest& test) { return test.most_trainings; };
  const auto subjects = range(n_subjects, n_subjects);
  // The smallest p that n of one sign have is 2 / 2^n.
  const bool too_few = std::ldexp(2.0, -static_cast<int>(std::min<std::size_t>(subjects.second, 100))) >= kSignificant;
  return fmt::format("{}{}, {}, {} each", text(subjects, "subject"),
                     too_few ? fmt::format(" (too few for p < {})", kSignificant) : "",
                     text(range(n_cases, n_cases), "case"), text(range(fewest_trainings, most_trainings), "training"));
}

bool significant(const PairedTest& test) { return test.test.n > 0 && test.test.p < kSignificant; }

const char* verdict(const PairedTest& test, Metric metric) {
  const int direction = better_direction(metric);
  if (!significant(test)) return "";
  if (direction == 0) return "differs";
  return direction * test.mean_difference > 0 ? "better" : "worse";
}

}  // namespace coopseg::report
