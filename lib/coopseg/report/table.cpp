#include "coopseg/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "coopseg/metric/output.h"

namespace coopseg::report {

namespace {

using metric::Metric;
using metric::Value;

using ValuesByCase = std::map<std::string, std::vector<double>>;  // finite values, of all trainings

double mean_of(const std::vector<double>& values) { return *metric::statistic_of(values).mean.number; }

class Maker {
 public:
  Maker(const Experiment& e, std::size_t metric_index, std::size_t stage, std::optional<std::size_t> class_index)
      : e_(e), metric_(metric_index), stage_(stage), class_(class_index) {}

  ResultTable table() const {
    ResultTable table;
    table.metric = e_.metrics[metric_];
    table.class_name = class_ ? e_.classes[*class_] : "";
    table.stage = e_.stages[stage_];
    table.sets = e_.sets;
    std::vector<ValuesByCase> first;  // of the first row, by set; last: of all sets
    for (const std::string& method : e_.methods) {
      TableRow row;
      row.method = method;
      std::vector<ValuesByCase> here(e_.sets.size() + 1);
      for (std::size_t s = 0; s < e_.sets.size(); ++s) row.cells.push_back(cell_of(method, e_.sets[s], here[s]));
      for (std::size_t s = 0; s < e_.sets.size(); ++s)
        for (const auto& [key, values] : here[s]) here.back()[e_.sets[s] + "\n" + key] = values;
      average(row);
      if (table.rows.empty()) {
        first = std::move(here);
      } else {
        for (std::size_t s = 0; s < row.cells.size(); ++s) row.cells[s].against_first = test_of(here[s], first[s]);
        if (row.average.mean.number && table.rows.front().average.mean.number)
          row.average.against_first = test_of(here.back(), first.back());
      }
      table.rows.push_back(std::move(row));
    }
    for (std::size_t s = 0; s <= e_.sets.size(); ++s) mark_best(table, s);
    return table;
  }

 private:
  Value value_of(const CaseScores& c) const {
    if (!class_) return c.mean(metric_);
    const Value* value = c.value(*class_, metric_);
    return value ? *value : Value{{}, "no-such-class"};
  }

  Cell cell_of(const std::string& method, const std::string& set, ValuesByCase& by_case) const {
    Cell cell;
    for (const ScoredList& list : e_.lists) {
      if (list.from.method != method || list.from.set != set || list.stage != stage_) continue;
      cell.lists.push_back(result_of(list));
      for (const CaseScores& c : list.cases)
        if (const Value v = value_of(c); v.number && std::isfinite(*v.number)) by_case[c.key()].push_back(*v.number);
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

  static void average(TableRow& row) {
    std::vector<std::string> trainings;
    for (const Cell& cell : row.cells)
      for (const ListResult& result : cell.lists)
        if (const std::string name = result.list->from.training();
            std::find(trainings.begin(), trainings.end(), name) == trainings.end())
          trainings.push_back(name);
    std::vector<Value> means;
    for (const std::string& training : trainings) {
      std::vector<double> of_sets;
      std::vector<ListResult> lists;
      Value undefined;
      for (const Cell& cell : row.cells)
        for (const ListResult& result : cell.lists)
          if (result.list->from.training() == training) {
            lists.push_back(result);
            if (result.statistic.mean.number)
              of_sets.push_back(*result.statistic.mean.number);
            else
              undefined = result.statistic.mean;
          }
      if (lists.size() < row.cells.size()) continue;  // has not been through all sets
      row.average.lists.insert(row.average.lists.end(), lists.begin(), lists.end());
      means.push_back(of_sets.size() < lists.size() ? undefined : metric::statistic_of(of_sets).mean);
    }
    row.n_trainings = means.size();
    if (means.empty()) {
      row.average.mean.reason = "not-all-sets";
      return;
    }
    over_trainings(row.average, means);
  }

  static std::optional<PairedTest> test_of(const ValuesByCase& here, const ValuesByCase& first) {
    std::vector<double> differences;
    for (const auto& [key, values] : here)
      if (const auto partner = first.find(key); partner != first.end())
        differences.push_back(mean_of(values) - mean_of(partner->second));
    if (differences.empty()) return {};
    const auto statistic = metric::statistic_of(differences);
    return PairedTest{differences.size(), *statistic.mean.number, statistic.sd, metric::signed_rank_test(differences)};
  }

  static void mark_best(ResultTable& table, std::size_t column) {
    const int direction = better_direction(table.metric);
    std::vector<Cell*> cells;
    for (TableRow& row : table.rows) {
      Cell& cell = column < table.sets.size() ? row.cells[column] : row.average;
      if (cell.mean.number) cells.push_back(&cell);
    }
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

bool significant(const PairedTest& test) { return test.test.n > 0 && test.test.p < kSignificant; }

const char* verdict(const PairedTest& test, Metric metric) {
  const int direction = better_direction(metric);
  if (!significant(test)) return "";
  if (direction == 0) return "differs";
  return direction * test.mean_difference > 0 ? "better" : "worse";
}

}  // namespace coopseg::report
