#include "coopseg/metric/output.h"

#include <cmath>

namespace coopseg::metric {

namespace {

using core::Json;

// Puts `value` under `name`, or null there and the reason into "undefined".
void put(Json& record, Json& undefined, const std::string& name, const Value& value) {
  if (value.number && std::isfinite(*value.number)) {
    record[name] = *value.number;
    return;
  }
  record[name] = nullptr;
  undefined[name] = value.number ? "infinite" : value.reason.text();
}

void put_group(Json& record, const std::string& by, const std::string& group) {
  if (by.empty()) return;
  record["by"] = by;
  record["group"] = group.empty() ? Json() : Json(group);
}

const char* name_of(Status status) {
  switch (status) {
    case Status::missing: return "missing-prediction";
    case Status::failed: return "failed";
    case Status::scored: break;
  }
  return "scored";
}

void add_case_fields(Json& record, const core::Case& c) {
  record["id"] = c.id();
  const Json& fields = c.fields();
  for (const char* field : {"frame", "dataset", "site", "artefact", "severity", "repeat", "seen_in_training"})
    if (const auto found = fields.find(field); found != fields.end()) record[field] = *found;
}

Json metrics_of_case(const std::vector<const Row*>& rows, const ScoreOptions& options) {
  Json all = Json::object();
  for (const Row* row : rows) {
    Json entry = Json::object(), undefined = Json::object();
    for (Metric metric : options.metrics) put(entry, undefined, metric::name_of(metric), row->score[metric]);
    if (!undefined.empty()) entry["undefined"] = std::move(undefined);
    if (row->slice)
      all[row->class_name][std::to_string(*row->slice)] = std::move(entry);
    else
      all[row->class_name] = std::move(entry);
  }
  return all;
}

}  // namespace

Json header_record(const ScoreOptions& options, const std::string& version) {
  Json record{{"schema", "coopseg.scores/1"}, {"record", "header"}, {"program", "cs-dice"}, {"version", version}};
  record["dimensions"] = options.per_slice ? "2D per slice" : "3D per case (2D for images of one slice)";
  record["definition"] = options.definition.to_json(options.metrics);
  return record;
}

Json score_record(const Row& row, const Labelled& of, const ScoreOptions& options) {
  Json record{{"record", "score"}};
  if (of.cases) {
    add_case_fields(record, (*of.cases)[row.case_index]);
  } else {
    record["prediction"] = of.prediction;
    record["reference"] = of.reference;
  }
  record["class"] = row.class_name;
  if (row.slice) record["slice"] = *row.slice;
  record["status"] = name_of(row.status);
  record["empty"] = row.score.empty == Empty::none ? Json(nullptr) : Json(name_of(row.score.empty));
  record["definition"] = options.definition.name();
  if (row.status == Status::scored) {
    record["voxels_reference"] = row.score.reference_voxels;
    record["voxels_prediction"] = row.score.prediction_voxels;
    record["voxels_common"] = row.score.common_voxels;
  }
  Json undefined = Json::object();
  for (Metric metric : options.metrics) put(record, undefined, metric::name_of(metric), row.score[metric]);
  if (!undefined.empty()) record["undefined"] = std::move(undefined);
  return record;
}

Json ejection_record(const EjectionFraction& f, const std::vector<core::Case>& cases, const std::string& class_name) {
  Json record{{"record", "ejection_fraction"}};
  add_case_fields(record, cases[f.ed_case]);
  record.erase("frame");
  record["class"] = class_name;
  Json undefined = Json::object();
  put(record, undefined, "reference_percent", f.reference_percent);
  put(record, undefined, "prediction_percent", f.prediction_percent);
  put(record, undefined, "difference_percent", f.difference_percent);
  if (!undefined.empty()) record["undefined"] = std::move(undefined);
  return record;
}

Json summary_record(const Summary& s, const ScoreOptions& options) {
  Json record{{"record", "summary"},
              {"dataset", s.dataset.empty() ? Json(nullptr) : Json(s.dataset)},
              {"class", s.class_name},
              {"definition", options.definition.name()},
              {options.per_slice ? "n_slices" : "n_cases", s.n_rows},
              {"n_empty_both", s.n_empty_both},
              {"n_empty_reference", s.n_empty_reference},
              {"n_empty_prediction", s.n_empty_prediction},
              {"n_missing", s.n_missing},
              {"n_failed", s.n_failed},
              {"n_seen_in_training", s.n_seen_in_training},
              {"sd", "sample, ddof 1"}};
  put_group(record, s.by, s.group);
  Json metrics = Json::object();
  for (Metric metric : options.metrics) {
    const Statistic& statistic = s.statistics[static_cast<std::size_t>(metric)];
    Json entry{{"n_scored", statistic.n_scored}}, undefined = Json::object();
    if (statistic.n_infinite) entry["n_infinite"] = statistic.n_infinite;
    put(entry, undefined, "mean", statistic.mean);
    put(entry, undefined, "sd", statistic.sd);
    put(entry, undefined, "median", statistic.median);
    if (!undefined.empty()) entry["undefined"] = std::move(undefined);
    metrics[metric::name_of(metric)] = std::move(entry);
  }
  record["metrics"] = std::move(metrics);
  Json undefined = Json::object();
  put(record, undefined, "dice_pooled_voxels", s.pooled_dice);
  if (!undefined.empty()) record["undefined"] = std::move(undefined);
  return record;
}

Json ejection_summary_record(const EjectionGroup& subjects, const std::string& dataset,
                             const std::string& class_name, const std::string& by, const std::string& group) {
  std::vector<double> differences, magnitudes;
  for (const auto& f : subjects.fractions)
    if (f.difference_percent.number) {
      differences.push_back(*f.difference_percent.number);
      magnitudes.push_back(std::abs(*f.difference_percent.number));
    }
  const Statistic signed_error = statistic_of(differences), error = statistic_of(magnitudes);
  Json record{{"record", "summary_ejection_fraction"},
              {"dataset", dataset.empty() ? Json() : Json(dataset)},
              {"class", class_name},
              {"n_subjects", subjects.fractions.size() + subjects.without},
              {"n_scored", differences.size()},
              {"sd", "sample, ddof 1"}};
  put_group(record, by, group);
  Json undefined = Json::object();
  put(record, undefined, "difference_percent_mean", signed_error.mean);
  put(record, undefined, "difference_percent_sd", signed_error.sd);
  put(record, undefined, "absolute_difference_percent_mean", error.mean);
  if (!undefined.empty()) record["undefined"] = std::move(undefined);
  return record;
}

Json comparison_record(const Comparison& c, const ScoreOptions& options, const CompareOptions& how) {
  Json record{{"record", "comparison"},
              {"class", c.class_name},
              {"metric", metric::name_of(c.metric)},
              {"definition", options.definition.name()},
              {"difference", "this list - other list"},
              {"n_pairs", c.n_pairs},
              {"n_subjects", c.n_subjects},
              {"n_only_in_this", c.n_only_here},
              {"n_only_in_other", c.n_only_there},
              {"n_undefined", c.n_undefined}};
  if (c.n_pairs == 0) {
    for (const char* name : {"mean_difference", "median_difference", "interval"}) record[name] = nullptr;
    record["undefined"] = "no-pair-with-numbers";
  } else {
    record["mean_difference"] = c.mean_difference;
    record["median_difference"] = c.median_difference;
    record["interval"] = {c.interval.low, c.interval.high};
  }
  record["interval_method"] = {{"name", "percentile bootstrap of the mean"},
                               {"level", how.level},
                               {"resamples", how.resamples},
                               {"seed", how.seed}};
  record["wilcoxon"] = {{"w_plus", c.test.w_plus},
                        {"w_minus", c.test.w_minus},
                        {"n_nonzero", c.test.n},
                        {"n_zero", c.test.zeros},
                        {"zeros", "dropped before ranking (Wilcoxon)"},
                        {"ties", "mean ranks"},
                        {"method", c.test.method},
                        {"p_two_sided", c.test.n == 0 ? Json(nullptr) : Json(c.test.p)}};
  return record;
}

void write_scored_cases(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                        const ScoreOptions& options, const std::filesystem::path& folder, const core::TextSink& out) {
  auto row = rows.begin();
  for (std::size_t index = 0; index < cases.size(); ++index) {
    std::vector<const Row*> scored;
    for (; row != rows.end() && row->case_index == index; ++row)
      if (row->status == Status::scored) scored.push_back(&*row);
    core::Case c = cases[index];
    if (!scored.empty()) {
      c.set("metrics", metrics_of_case(scored, options));
      c.set("metrics_definition", options.definition.name());
    }
    out(core::case_to_line(c, folder) + "\n");
  }
}

}  // namespace coopseg::metric
