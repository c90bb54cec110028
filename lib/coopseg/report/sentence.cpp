#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/report/table.h"

namespace coopseg::report {

namespace {

// Sets all of whose cases name an artefact.
std::vector<std::string> corrupted_sets(const Experiment& e) {
  const auto is_corrupted = [&](const std::string& set) {
    return std::all_of(e.lists.begin(), e.lists.end(), [&](const ScoredList& list) {
      return list.from.set != set || std::all_of(list.cases.begin(), list.cases.end(), [](const CaseScores& c) {
               return !c.of.text("artefact").empty();
             });
    });
  };
  std::vector<std::string> sets;
  std::copy_if(e.sets.begin(), e.sets.end(), std::back_inserter(sets), is_corrupted);
  return sets;
}

Experiment part_of(const Experiment& e, const std::vector<std::string>& sets) {
  Experiment part = e;
  part.sets = sets;
  const auto elsewhere = [&](const ScoredList& list) {
    return std::find(sets.begin(), sets.end(), list.from.set) == sets.end();
  };
  part.lists.erase(std::remove_if(part.lists.begin(), part.lists.end(), elsewhere), part.lists.end());
  return part;
}

// The methods that have something to show at this number of labelled cases.
std::vector<std::string> methods_shown(const ResultTable& table, std::size_t labelled_index) {
  std::vector<std::string> methods;
  for (const TableRow& row : table.rows) {
    const metric::Value& mean = row.averages[labelled_index].mean;
    if (mean.number || mean.reason == "infinite-values") methods.push_back(row.method);
  }
  return methods;
}

// Of the rows behind the first, the one with the best average at this number of labelled cases.
const TableRow& challenger(const ResultTable& table, std::size_t labelled_index) {
  const int direction = better_direction(table.metric) < 0 ? -1 : 1;
  return *std::max_element(table.rows.begin() + 1, table.rows.end(), [&](const TableRow& a, const TableRow& b) {
    const auto &of_a = a.averages[labelled_index].mean.number, &of_b = b.averages[labelled_index].mean.number;
    if (!of_a || !of_b) return of_b && !of_a;
    return direction * *of_a < direction * *of_b;
  });
}

// Behind the name of the sets.
std::string comparison(const ResultTable& table, std::size_t labelled_index) {
  const auto number = [&](double value) { return show({value, {}}, table.metric); };
  const auto mean_of = [&](const TableRow& row) { return show(row.averages[labelled_index].mean, table.metric); };
  const auto told = [&](const TableRow& row) {
    return fmt::format("{} has a mean {} of {}", row.method, title_of(table.metric), mean_of(row));
  };
  if (table.rows.empty()) return fmt::format("no method has a mean {}.\n", title_of(table.metric));
  const TableRow& first = table.rows.front();
  if (table.rows.size() == 1) return told(first) + ".\n";
  const TableRow& other = challenger(table, labelled_index);
  std::string text = fmt::format("{}, {} {}", told(other), first.method, mean_of(first));
  const auto& against_first = other.averages[labelled_index].against_first;
  if (!against_first) return text + "; there is no case that both have a number for.\n";
  const PairedTest& test = *against_first;
  const std::string word = verdict(test, table.metric);
  text += fmt::format("; {} is {} ({}{} from subject to subject, SD {}, {}; paired by subject: {})", other.method,
                      word.empty()        ? "neither better nor worse beyond noise"
                      : word == "differs" ? "different"
                                          : word,
                      test.mean_difference > 0 ? "+" : "", number(test.mean_difference),
                      show(test.sd_difference, table.metric), show_p(test.test.p), pairing({&test}));
  if (!table.several_trainings()) text += ", in one training each: another seed may say otherwise";
  return text + ".\n";
}

}  // namespace

std::string sentence(const Experiment& e) {
  const auto corrupted = corrupted_sets(e);
  Experiment part = part_of(e, corrupted.empty() ? e.sets : corrupted);
  const std::size_t stage = part.first_stage();
  const ResultTable table = make_table(part, 0, stage);
  std::string text;
  for (std::size_t l = 0; l < table.labelled.size(); ++l) {
    if (std::none_of(part.sets.begin(), part.sets.end(), [&](const std::string& set) { return part.has(set, l); }))
      continue;
    part.methods = methods_shown(table, l);  // the first of these is what the others are compared with
    text += with_labelled(fmt::format("{} ({})", corrupted.empty() ? "Over all test sets" : "On corrupted images",
                                      fmt::join(part.sets, ", ")),
                          table.labelled[l]) +
            ": " + comparison(make_table(part, 0, stage), l);
  }
  return text;
}

}  // namespace coopseg::report
