#include "coopseg/metric/case_score.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "coopseg/core/batch.h"
#include "coopseg/core/error.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/orientation.h"

namespace coopseg::metric {

namespace {

void refuse_unknown(const std::filesystem::path& file, const std::set<std::int32_t>& values) {
  if (values.empty()) return;
  throw core::DataError(file.string(), fmt::format("holds label {}, which no class has", fmt::join(values, ", ")),
                        "name it with --labels (or in the case list), or leave it out with --ignore-unnamed");
}

core::LabelNames reference_names(const core::Case& c, const ScoreOptions& options) {
  return c.labels().empty() ? options.labels : c.labels();
}

std::vector<std::size_t> drawn_slices(const image::Grid& grid, const std::vector<std::uint8_t>& ignored) {
  const auto pixels = static_cast<std::ptrdiff_t>(grid.size[0] * grid.size[1]);
  std::vector<std::size_t> slices;
  for (std::size_t k = 0; k < grid.size[2]; ++k) {
    const auto first = ignored.begin() + (ignored.empty() ? 0 : static_cast<std::ptrdiff_t>(k) * pixels);
    if (ignored.empty() || std::count(first, first + pixels, 1) < pixels) slices.push_back(k);
  }
  return slices;
}

std::vector<ClassPair> classes_by_value(const image::LabelMap& reference, const image::LabelMap& prediction,
                                        const std::vector<std::uint8_t>& ignored) {
  const auto found = score_classes(reference, prediction, {}, {}, {}, {}, ignored);
  std::set<std::int32_t> values = found.unknown_reference;
  values.insert(found.unknown_prediction.begin(), found.unknown_prediction.end());
  std::vector<ClassPair> classes;
  classes.reserve(values.size());
  for (auto value : values) classes.push_back({std::to_string(value), value, value});
  return classes;
}

Score score_of_nothing(const ScoreOptions& options) {
  return score(Mask(image::Grid{}), Mask(image::Grid{}), options.definition, options.metrics);
}

Row unscored(const std::string& class_name, Status status) {
  Row row;
  row.class_name = class_name;
  row.status = status;
  const Reason reason = status == Status::missing ? "missing-prediction" : "case-failed";
  for (auto& value : row.score.values) value.reason = reason;
  return row;
}

// Collects the cases' rows. Lists are long: what is complete goes straight to its place.
class Collector {
 public:
  Collector(const std::vector<core::Case>* cases, const ScoreOptions& options, ListScores& list)
      : cases_(cases), options_(options), list_(list), finished_(cases ? cases->size() : 1, false) {}

  void add(std::size_t index, CaseScores scores) {
    finished_[index] = true;
    if (scores.no_label) {
      list_.without_label.push_back(index);
    } else if (scores.named) {
      for (Row& row : scores.rows) append(index, std::move(row));
    } else {
      by_value_.emplace_back(index, std::move(scores));
    }
  }

  // Cases whose classes go by value get a row for every value that any of them holds; failed ones have their rows, too.
  void finish() {
    std::vector<std::string> values;
    for (const auto& [index, scores] : by_value_)
      for (const Row& row : scores.rows) values.push_back(row.class_name);
    std::sort(values.begin(), values.end(),
              [](const std::string& a, const std::string& b) { return std::stol(a) < std::stol(b); });
    values.erase(std::unique(values.begin(), values.end()), values.end());

    const std::size_t in_order = list_.rows.size();
    for (auto& [index, scores] : by_value_) {
      if (cases_ && !(*cases_)[index].prediction()) append_unscored(index, values, Status::missing);
      else append_by_value(index, scores, values);
    }
    for (std::size_t index = 0; index < finished_.size(); ++index)
      if (!finished_[index]) append_unscored(index, values, Status::failed);
    if (list_.rows.size() > in_order)
      std::stable_sort(list_.rows.begin(), list_.rows.end(),
                       [](const Row& a, const Row& b) { return a.case_index < b.case_index; });
  }

 private:
  void append(std::size_t index, Row row) {
    row.case_index = index;
    list_.rows.push_back(std::move(row));
  }

  void append_by_value(std::size_t index, CaseScores& scores, const std::vector<std::string>& values) {
    for (const std::size_t slice : options_.per_slice ? scores.slices : std::vector<std::size_t>{0})
      for (const auto& name : values) {
        const auto found = std::find_if(scores.rows.begin(), scores.rows.end(), [&](const Row& row) {
          return row.class_name == name && row.slice.value_or(0) == slice;
        });
        if (found != scores.rows.end()) {
          append(index, std::move(*found));
          continue;
        }
        Row row;
        row.class_name = name;
        row.score = score_of_nothing(options_);
        if (options_.per_slice) row.slice = slice;
        append(index, std::move(row));
      }
  }

  void append_unscored(std::size_t index, std::vector<std::string> names, Status status) {
    if (cases_)
      if (const auto classes = classes_of((*cases_)[index], options_)) {
        names.clear();
        for (const auto& pair : classes->scored) names.push_back(pair.name);
      }
    for (const auto& name : names) append(index, unscored(name, status));
  }

  const std::vector<core::Case>* cases_;
  const ScoreOptions& options_;
  ListScores& list_;
  std::vector<bool> finished_;
  std::vector<std::pair<std::size_t, CaseScores>> by_value_;  // cases without names of classes, in the list's order
};

}  // namespace

Classes match_classes(const core::LabelNames& named_reference, const core::LabelNames& named_prediction,
                      const std::vector<std::string>& only, const std::string& where) {
  const core::LabelNames reference = core::without_ignored(named_reference),
                         prediction = core::without_ignored(named_prediction);
  const auto wanted = [&](const std::string& name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  const char* remedy = "name the classes on both sides (labels, prediction_labels), or choose some with --classes";
  for (const auto& name : only)
    for (const auto* side : {&reference, &prediction})
      if (!dataset::value_of(*side, name))
        throw core::UsageError(
            where, fmt::format("the {} has no class {}", side == &reference ? "reference" : "prediction", name),
            "see --classes and --labels");
  Classes classes;
  for (const auto& [name, value] : reference) {
    classes.reference_values.insert(value);
    if (!wanted(name)) continue;
    const auto other = dataset::value_of(prediction, name);
    if (!other) throw core::UsageError(where, fmt::format("the prediction has no class {}", name), remedy);
    classes.scored.push_back({name, value, *other});
  }
  for (const auto& [name, value] : prediction) {
    classes.prediction_values.insert(value);
    if (wanted(name) && !dataset::value_of(reference, name))
      throw core::UsageError(where, fmt::format("the reference has no class {}", name), remedy);
  }
  return classes;
}

bool seen_in_training(const core::Case& c) { return core::get_or(c.fields(), "seen_in_training", false, c.name()); }

std::optional<Classes> classes_of(const core::Case& c, const ScoreOptions& options) {
  const core::LabelNames reference = core::without_ignored(reference_names(c, options));
  core::LabelNames prediction = c.prediction_labels();
  if (prediction.empty()) prediction = options.prediction_labels.empty() ? options.labels : options.prediction_labels;
  prediction = core::without_ignored(prediction);
  if (reference.empty() && prediction.empty()) {
    if (!options.classes.empty())
      throw core::UsageError(c.name(), "its classes have no names, so --classes cannot choose", "give --labels");
    return {};
  }
  if (prediction.empty() && !c.prediction()) prediction = reference;  // nothing that could be misread
  if (reference.empty() || prediction.empty()) {
    const bool lacks_reference = reference.empty();
    throw core::UsageError(
        c.name(),
        fmt::format("the classes of the {} have names, those of the {} have not",
                    lacks_reference ? "prediction" : "reference", lacks_reference ? "reference" : "prediction"),
        fmt::format("give {} (as in --labels acdc), or \"{}\" in the list",
                    lacks_reference ? "--labels" : "--prediction-labels",
                    lacks_reference ? "labels" : "prediction_labels"));
  }
  return match_classes(reference, prediction, options.classes, c.name());
}

CaseScores score_label_maps(const core::Case& c, const std::optional<Classes>& named, const ScoreOptions& options) {
  const std::filesystem::path reference_file = *c.label(), prediction_file = *c.prediction();
  image::LabelMap reference = dataset::read_case_labels(c, reference_file);
  image::LabelMap prediction = dataset::read_case_labels(c, prediction_file);
  dataset::require_same_grid(prediction.grid, prediction_file, reference.grid, reference_file, "reference");
  std::vector<std::uint8_t> ignored =
      dataset::ignored_voxels(c, reference_names(c, options), reference, reference_file);
  // A single slice is measured in its plane, whichever axis it lies across.
  if (options.per_slice || reference.grid.size[image::slice_axis(reference.grid)] == 1) {
    const image::AxisTurn turn = image::slices_last(reference.grid);
    ignored = image::turned(std::move(ignored), reference.grid, turn);
    reference = image::turned(std::move(reference), turn);
    prediction = image::turned(std::move(prediction), turn);
  }

  CaseScores result;
  result.named = named.has_value();
  result.slices = drawn_slices(reference.grid, ignored);
  const std::vector<ClassPair> classes = named ? named->scored : classes_by_value(reference, prediction, ignored);
  std::set<std::int32_t> unknown_reference, unknown_prediction;
  const auto add = [&](std::optional<std::size_t> slice) {
    auto scores = score_classes(reference, prediction, classes, options.definition, options.metrics, slice, ignored);
    unknown_reference.merge(scores.unknown_reference);
    unknown_prediction.merge(scores.unknown_prediction);
    for (std::size_t k = 0; k < classes.size(); ++k) {
      Row row;
      row.class_name = classes[k].name;
      row.slice = slice;
      row.score = scores.scores[k];
      row.voxel_ml = reference.grid.voxel_volume_ml();
      row.partly_drawn = !ignored.empty();
      result.rows.push_back(std::move(row));
    }
  };
  if (options.per_slice)
    for (const std::size_t k : result.slices) add(k);
  else add({});
  if (named && !options.ignore_unnamed) {
    for (auto value : named->reference_values) unknown_reference.erase(value);
    for (auto value : named->prediction_values) unknown_prediction.erase(value);
    refuse_unknown(reference_file, unknown_reference);
    refuse_unknown(prediction_file, unknown_prediction);
  }
  return result;
}

CaseScores score_case(const core::Case& c, const ScoreOptions& options) {
  CaseScores result;
  if (!c.label()) {
    result.no_label = true;
    return result;
  }
  const auto classes = classes_of(c, options);
  if (c.prediction()) return score_label_maps(c, classes, options);
  result.named = classes.has_value();
  if (classes)
    for (const auto& pair : classes->scored) result.rows.push_back(unscored(pair.name, Status::missing));
  return result;
}

ListScores score_list(const std::vector<core::Case>& cases, const ScoreOptions& options, int threads) {
  std::size_t named_classes = 0;
  for (const auto& c : cases) {  // a list that cannot be scored is refused before work starts
    seen_in_training(c);
    if (!c.label()) continue;
    if (const auto classes = classes_of(c, options)) named_classes += classes->scored.size();
  }
  ListScores list;
  if (!options.per_slice) list.rows.reserve(named_classes);
  Collector collector(&cases, options, list);
  list.all_well = core::for_each_case(
      "scoring", cases, threads, [&](const core::Case& c) { return score_case(c, options); },
      [&](std::size_t index, CaseScores scores) { collector.add(index, std::move(scores)); });
  collector.finish();
  return list;
}

ListScores score_pair(const std::filesystem::path& reference, const std::filesystem::path& prediction,
                      const ScoreOptions& options) {
  std::optional<Classes> classes;
  if (!options.labels.empty() || !options.prediction_labels.empty()) {
    const auto& names = options.labels.empty() ? options.prediction_labels : options.labels;
    classes = match_classes(names, options.prediction_labels.empty() ? names : options.prediction_labels,
                            options.classes, "--labels");
  } else if (!options.classes.empty()) {
    throw core::UsageError("--classes", "the classes have no names", "give --labels, as in --labels acdc");
  }
  ListScores list;
  Collector collector(nullptr, options, list);
  core::Case c("pair", prediction);
  c.set_path("label", reference);
  c.set_path("prediction", prediction);
  collector.add(0, score_label_maps(c, classes, options));
  collector.finish();
  return list;
}

}  // namespace coopseg::metric
