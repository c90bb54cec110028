// All that is said of a list of cases: scores, means, ejection fractions, and the difference to another list.
//
//   const Evaluation found = evaluate(cases, {}, options, "cases.jsonl", threads);
//   found.list.rows, found.summaries                    // see output.h for records and tables of them
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/metric/ejection.h"
#include "coopseg/metric/summary.h"

namespace coopseg::metric {

struct EvaluationOptions {
  ScoreOptions scores;
  std::string by;               // a field whose values group the cases, beside the data set; empty: none
  std::string ef_class = "LV";  // whose ED and ES volumes give the ejection fraction
  CompareOptions compare;
};

struct Evaluation {
  using Group = std::pair<std::string, std::string>;  // data set, value of the field `by`

  ListScores list, other;
  std::vector<Summary> summaries;
  std::vector<EjectionFraction> fractions;
  std::map<Group, EjectionGroup> grouped_fractions;  // of data sets whose cases name ED and ES
  std::vector<Comparison> comparisons;               // empty without another list

  bool all_well() const { return list.all_well && other.all_well; }
};

// `other_cases`: the list to compare with; may be empty. Throws core::UsageError for a list in which no case has both a
// prediction and a label, naming `where`, and as score_list() and compare() do.
Evaluation evaluate(const std::vector<core::Case>& cases, const std::vector<core::Case>& other_cases,
                    const EvaluationOptions& options, const std::string& where, int threads);

}  // namespace coopseg::metric
