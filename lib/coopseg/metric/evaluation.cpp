#include "coopseg/metric/evaluation.h"

#include <algorithm>
#include <set>

#include "coopseg/core/case_twins.h"
#include "coopseg/core/error.h"
#include "coopseg/core/log.h"

namespace coopseg::metric {

namespace {

void warn_of_unscored(const std::vector<core::Case>& cases, const ListScores& list) {
  std::size_t missing = 0, seen = 0;
  for (const auto& c : cases) {
    missing += c.label() && !c.prediction();
    seen += seen_in_training(c);
  }
  if (!list.without_label.empty())
    core::warning("{} of {} cases have no label and are not scored (first: {})", list.without_label.size(),
                  cases.size(), cases[list.without_label.front()].name());
  if (missing) core::warning("{} of {} cases have no prediction and count as missing", missing, cases.size());
  if (seen)
    core::warning("{} of {} cases were seen in training: their scores say nothing about new ones", seen, cases.size());
}

void require_something_to_score(const std::vector<core::Case>& cases, const std::string& where) {
  const auto has_both = [](const core::Case& c) { return c.prediction() && c.label(); };
  if (std::none_of(cases.begin(), cases.end(), has_both))
    throw core::UsageError(where, "no case has both a prediction and a label", "give the list that cs-predict wrote");
}

// The data sets whose cases name both frames. A list of one frame is not about ejection fractions.
std::set<std::string> data_sets_of_both_frames(const std::vector<core::Case>& cases) {
  std::map<std::string, std::set<std::string>> frames;
  for (const core::Case& c : cases) {
    if (is_ed(c) || is_es(c)) frames[c.text("dataset")].insert(is_ed(c) ? "ED" : "ES");
  }
  std::set<std::string> with_both;
  for (const auto& [dataset, names] : frames) {
    if (names.size() == 2) with_both.insert(dataset);
  }
  return with_both;
}

std::map<Evaluation::Group, EjectionGroup> grouped(const std::vector<core::Case>& cases, const Evaluation& found,
                                                   const EvaluationOptions& options) {
  std::map<Evaluation::Group, EjectionGroup> groups;
  const auto group_of = [&](std::size_t index) -> EjectionGroup& {
    const core::Case& c = cases[index];
    return groups[{c.text("dataset"), options.by.empty() ? "" : c.text(options.by.c_str())}];
  };
  for (const EjectionFraction& f : found.fractions) group_of(f.ed_case).fractions.push_back(f);
  const std::set<std::string> with_both = data_sets_of_both_frames(cases);
  for (const std::size_t index : subjects_without_fraction(cases, found.list.rows, options.ef_class)) {
    if (with_both.count(cases[index].text("dataset")) > 0) ++group_of(index).without;
  }
  return groups;
}

}  // namespace

Evaluation evaluate(const std::vector<core::Case>& cases, const std::vector<core::Case>& other_cases,
                    const EvaluationOptions& options, const std::string& where, int threads) {
  const std::vector<Metric>& metrics = options.scores.metrics;
  const std::string& by = options.by;
  const auto has_group = [&by](const core::Case& c) { return !c.text(by.c_str()).empty(); };
  if (!by.empty() && std::none_of(cases.begin(), cases.end(), has_group))
    throw core::UsageError("--by " + by, "is a field that no case of the list has", "name one that some have");

  Evaluation found;
  found.list = score_list(cases, options.scores, threads);
  warn_of_unscored(cases, found.list);
  core::warn_of_twins(cases, where);
  require_something_to_score(cases, where);

  found.summaries = summarise(cases, found.list.rows, metrics, by);
  found.fractions = ejection_fractions(cases, found.list.rows, options.ef_class);
  found.grouped_fractions = grouped(cases, found, options);
  if (!other_cases.empty()) {
    found.other = score_list(other_cases, options.scores, threads);
    warn_of_unscored(other_cases, found.other);
    found.comparisons = compare(cases, found.list.rows, other_cases, found.other.rows, metrics, options.compare);
  }
  return found;
}

}  // namespace coopseg::metric
