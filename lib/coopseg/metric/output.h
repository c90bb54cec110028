// Scores as JSON records, as a table for people, and as CSV.
//
// JSON Lines: first {"schema":"coopseg.scores/1","record":"header",...} with every definition in words, then records
// "score", "ejection_fraction", "summary", "summary_ejection_fraction", "comparison" (share/schemas/). A number that is
// undefined is null beside its reason in "undefined".
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/core/json.h"
#include "coopseg/metric/ejection.h"
#include "coopseg/metric/summary.h"

namespace coopseg::metric {

// What the records say of a row's case; the single-file form has no list.
struct Labelled {
  const std::vector<core::Case>* cases = nullptr;
  std::string prediction, reference;  // names of the files where there is no list
};

core::Json header_record(const ScoreOptions& options, const std::string& version);
core::Json score_record(const Row& row, const Labelled& of, const ScoreOptions& options);
core::Json ejection_record(const EjectionFraction& f, const std::vector<core::Case>& cases,
                           const std::string& class_name);
core::Json summary_record(const Summary& s, const ScoreOptions& options);
// `by` and `group`: see Summary.
core::Json ejection_summary_record(const EjectionGroup& subjects, const std::string& dataset,
                                   const std::string& class_name, const std::string& by = {},
                                   const std::string& group = {});
core::Json comparison_record(const Comparison& c, const ScoreOptions& options, const CompareOptions& how);

// The cases as lines of a list that will stand in `folder` (empty: the current folder), those that were scored with the
// fields "metrics", {"LV":{"dice":0.91,"hd95":null,...},...}, and "metrics_definition".
void write_scored_cases(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                        const ScoreOptions& options, const std::filesystem::path& folder, const core::TextSink& out);

int decimals(Metric metric);  // that tables show

// Line by line: of a long list they may be long.
void write_score_table(const std::vector<Row>& rows, const Labelled& of, const ScoreOptions& options,
                       const core::TextSink& out);
void write_ejection_table(const std::vector<EjectionFraction>& fractions, const std::vector<core::Case>& cases,
                          const std::string& class_name, const core::TextSink& out);
void write_score_csv(const std::vector<Row>& rows, const Labelled& of, const ScoreOptions& options,
                     const core::TextSink& out);
// `title`: of whom, as the name of a data set.
std::string ejection_summary_line(const EjectionGroup& subjects, const std::string& title,
                                  const std::string& class_name);
std::string summary_table(const std::vector<Summary>& summaries, const ScoreOptions& options);
std::string comparison_table(const std::vector<Comparison>& comparisons, const CompareOptions& how);
// "# hd95: larger of the two directed 95th percentiles, ...", a line for each metric.
std::string definition_lines(const ScoreOptions& options);

}  // namespace coopseg::metric
