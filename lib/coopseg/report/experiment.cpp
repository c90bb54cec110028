#include "coopseg/report/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/metric/case_score.h"

namespace coopseg::report {

namespace {

using core::Json;
using metric::Metric;
using metric::Value;

const char* kScorer = "score the list with cs-dice --cases-out, without --per-slice";

template <class T>
std::size_t place_of(std::vector<T>& list, const T& item) {
  const auto found = std::find(list.begin(), list.end(), item);
  if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
  list.push_back(item);
  return list.size() - 1;
}

// The number, or the reason why there is none, as cs-dice writes them.
Value value_from(const Json& of_class, Metric metric, const std::string& where) {
  const char* name = metric::name_of(metric);
  const auto found = of_class.find(name);
  if (found == of_class.end()) {
    for (const auto& [key, inner] : of_class.items())
      if (inner.is_object() && key != "undefined")
        throw core::UsageError(where, "holds scores of slices, not of cases", kScorer);
    throw core::UsageError(where, fmt::format("\"metrics\" has no {}", name),
                           fmt::format("score the list with cs-dice --metrics {} --cases-out", name));
  }
  if (found->is_number()) return {found->get<double>(), {}};
  if (!found->is_null())
    throw core::UsageError(where, fmt::format("the {} in \"metrics\" is neither a number nor null", name), kScorer);
  std::string reason = "undefined";
  if (const auto reasons = of_class.find("undefined"); reasons != of_class.end() && reasons->is_object())
    if (const auto said = reasons->find(name); said != reasons->end() && said->is_string())
      reason = said->get<std::string>();
  // JSON has no infinity; cs-dice writes the word in its place.
  if (reason == "infinite") return {std::numeric_limits<double>::infinity(), {}};
  return {{}, reason};
}

// A case's field `agreement` and whose it is; empty fields are none. A class that neither side found counts 0: what is
// missing in both is what a human should see.
void read_agreement(const Json& fields, CaseScores& scores, const std::string& where) {
  const char* remedy = "cs-predict writes {\"agreement\":{\"LV\":0.93},\"agreement_of\":\"stages\"}";
  const auto found = fields.find("agreement");
  if (found == fields.end() || found->is_null()) return;
  if (!found->is_object() || found->empty())
    throw core::UsageError(where, "\"agreement\" is no object of classes", remedy);
  double sum = 0;
  for (const auto& [name, number] : found->items()) {
    if (number.is_null()) continue;
    if (!number.is_number() || !(number.get<double>() >= 0 && number.get<double>() <= 1))
      throw core::UsageError(where,
                             fmt::format("the agreement of {} is {}, expected a number from 0 to 1, or null",
                                         core::to_line(Json(name)), core::to_line(number).substr(0, 60)),
                             remedy);
    sum += number.get<double>();
  }
  scores.agreement = sum / static_cast<double>(found->size());
  const auto of = fields.find("agreement_of");
  if (of == fields.end() || of->is_null()) return;
  if (*of != "stages" && *of != "models")
    throw core::UsageError(
        where, fmt::format("\"agreement_of\" is {}, expected stages or models", core::to_line(*of).substr(0, 60)),
        remedy);
  scores.between = *of == "stages" ? Between::stages : Between::models;
}

// File names and SHA-256 of the models of an ensemble.
std::vector<std::pair<std::string, std::string>> models_of(const core::Case& c, const std::string& where) {
  std::vector<std::pair<std::string, std::string>> models;
  const core::Json listed = c.field("models");
  if (listed.is_null()) return models;
  if (!listed.is_array()) core::throw_wrong_type(where, "models", listed);
  for (const core::Json& model : listed) {
    if (!model.is_object()) core::throw_wrong_type(where, "models", listed);
    const auto name = core::get_or(model, "name", std::string(), where);
    models.emplace_back(fs::path(name).filename().string(), core::get_or(model, "sha256", std::string(), where));
  }
  return models;
}

class Reader {
 public:
  explicit Reader(const std::vector<Metric>& metrics) { made_.metrics = metrics; }

  void add(const ResultList& from) {
    core::throw_if_stopped();
    const std::string file = from.scores.string();
    const std::string text =
        core::as_usage_error([&] { return core::read_file(file, std::uint64_t{1} << 31); }, from.where + " names it");
    ScoredList list;
    list.from = from;
    list.sha256 = core::sha256(text);
    std::set<std::string> names;
    for (const core::Case& c : core::parse_cases(text, from.scores.parent_path(), file)) {
      const std::string where = file + ": " + c.name();
      if (const std::string model = c.text("model"); !model.empty())
        place_of(list.models, std::make_pair(fs::path(model).filename().string(), c.text("model_sha256")));
      for (const auto& model : core::as_usage_error([&] { return models_of(c, where); })) place_of(list.models, model);
      list.cases.push_back(read_case(c, where));
      if (!names.insert(list.cases.back().key()).second)
        throw core::UsageError(where, "stands in the list twice", "give the cases other ids, or name their data sets");
    }
    if (list.count(CaseStatus::scored) == 0) throw core::UsageError(file, "no case has \"metrics\"", kScorer);
    place_of(made_.methods, from.method);
    place_of(made_.sets, from.set);
    made_.lists.push_back(std::move(list));
  }

  Experiment finish() {
    const bool two_stages = std::all_of(made_.lists.begin(), made_.lists.end(), [](const ScoredList& list) {
      return list.from.stage.empty() || list.from.stage == kFastStage || list.from.stage == kCorrectedStage;
    });
    const bool named = std::any_of(made_.lists.begin(), made_.lists.end(),
                                   [](const ScoredList& list) { return !list.from.stage.empty(); });
    const auto name_of = [&](const ScoredList& list) {
      return list.from.stage.empty() && named && two_stages ? std::string(kFastStage) : list.from.stage;
    };
    for (const ScoredList& list : made_.lists) place_of(made_.stages, name_of(list));
    const auto begin = made_.stages.begin(), end = made_.stages.end();
    const auto fast = std::find(begin, end, kFastStage), corrected = std::find(begin, end, kCorrectedStage);
    if (fast != end && corrected < fast) std::rotate(corrected, fast, fast + 1);
    for (ScoredList& list : made_.lists) list.stage = place_of(made_.stages, name_of(list));
    number_labelled();
    return std::move(made_);
  }

 private:
  void number_labelled() {
    for (const ScoredList& list : made_.lists) place_of(made_.labelled, list.from.labelled);
    if (made_.labelled.size() == 1) {
      made_.labelled.front().reset();
      for (ScoredList& list : made_.lists) list.from.labelled.reset();
    }
    std::sort(made_.labelled.begin(), made_.labelled.end(),
              [](const auto& a, const auto& b) { return a && (!b || *a < *b); });
    for (ScoredList& list : made_.lists) list.labelled = place_of(made_.labelled, list.from.labelled);
  }

  CaseScores read_case(const core::Case& c, const std::string& where) {
    CaseScores scores{c, CaseStatus::scored, metric::seen_in_training(c), {}};
    const core::Json fields = c.fields();
    read_agreement(fields, scores, where);
    const auto found = fields.find("metrics");
    if (found == fields.end()) {
      scores.status = !c.label()       ? CaseStatus::without_label
                      : c.prediction() ? CaseStatus::unscored
                                       : CaseStatus::missing;
    } else {
      if (!found->is_object() || found->empty())
        throw core::UsageError(where, "\"metrics\" is no object of classes", kScorer);
      for (const auto& [name, of_class] : found->items()) {
        if (!of_class.is_object()) throw core::UsageError(where, "\"metrics\" is no object of classes", kScorer);
        ClassValues values{place_of(made_.classes, name), {}};
        for (const Metric metric : made_.metrics) values.values.push_back(value_from(of_class, metric, where));
        scores.classes.push_back(std::move(values));
      }
      agree_on(c.text("metrics_definition", metric::Definition{}.name()), where);
    }
    keep_names_only(scores.of);
    return scores;
  }

  static void keep_names_only(core::Case& c) {
    static const std::set<std::string> kKept{"id",
                                             "frame",
                                             "image",
                                             "label",
                                             "labels",
                                             "prediction",
                                             "dataset",
                                             "artefact",
                                             "prediction_labels",
                                             "severity",
                                             "repeat",
                                             "frame_index",
                                             "labelled_slices",
                                             "subject"};
    const core::Json fields = c.fields();
    for (const auto& [name, ignored] : fields.items())
      if (!kKept.count(name)) c.erase(name.c_str());
  }

  void agree_on(const std::string& definition, const std::string& where) {
    if (made_.definition.empty()) made_.definition = definition;
    if (made_.definition != definition)
      throw core::UsageError(where, fmt::format("is scored as {}, others as {}", definition, made_.definition),
                             "score all lists with the same definitions");
  }

  Experiment made_;
};

std::set<std::string> keys_of(const ScoredList& list) {
  std::set<std::string> keys;
  for (const CaseScores& c : list.cases)
    if (c.status != CaseStatus::without_label) keys.insert(c.key());
  return keys;
}

void note_unlike_cases(const Experiment& e, std::vector<std::string>& notes) {
  for (const std::string& set : e.sets) {
    const ScoredList* first = nullptr;
    std::set<std::string> expected;
    std::size_t unlike = 0;
    std::string example;
    for (const ScoredList& list : e.lists) {
      if (list.from.set != set) continue;
      if (!first) {
        first = &list;
        expected = keys_of(list);
      } else if (keys_of(list) != expected) {
        if (unlike++ == 0) example = list.from.name();
      }
    }
    if (unlike > 0)
      notes.push_back(
          fmt::format("{}: {} of its lists hold other cases than that of {} (first: {}). Their means do not "
                      "compare as they stand; the paired test uses the cases that both have.",
                      set, unlike, first->from.name(), example));
  }
}

std::size_t number_of_sets(const Experiment& e, std::size_t labelled_index) {
  return static_cast<std::size_t>(
      std::count_if(e.sets.begin(), e.sets.end(), [&](const std::string& set) { return e.has(set, labelled_index); }));
}

void note_missing_sets(const Experiment& e, std::vector<std::string>& notes) {
  for (std::size_t stage = 0; stage < e.stages.size(); ++stage)
    for (const std::string& method : e.methods) {
      std::map<std::pair<std::size_t, std::string>, std::size_t> sets_by_training;
      for (const ScoredList& list : e.lists)
        if (list.from.method == method && list.stage == stage)
          ++sets_by_training[{list.labelled, list.from.training()}];
      const std::string title = stage_title(e.stages[stage]);
      for (const auto& [training, sets] : sets_by_training) {
        const std::size_t all = number_of_sets(e, training.first);
        if (sets < all)
          notes.push_back(fmt::format("{}{}{}{}: {} of {} sets are there; it is in no average.", method,
                                      training.second.empty() ? "" : ", ", training.second,
                                      title.empty() ? "" : ", " + title, sets, all));
      }
    }
}

}  // namespace

const Value* CaseScores::value(std::size_t class_index, std::size_t metric_index) const {
  for (const ClassValues& c : classes)
    if (c.class_index == class_index) return &c.values[metric_index];
  return nullptr;
}

Value CaseScores::mean(std::size_t metric_index) const {
  double sum = 0;
  std::size_t count = 0;
  for (const ClassValues& c : classes) {
    const Value& value = c.values[metric_index];
    if (!value.number && value.reason == "both-empty") continue;
    if (!value.number) return value;
    sum += *value.number;
    ++count;
  }
  if (count == 0) return {{}, status == CaseStatus::scored ? "both-empty" : "not-scored"};
  return {sum / static_cast<double>(count), {}};
}

std::string CaseScores::key() const { return of.name() + "\n" + of.text("dataset"); }

std::size_t ScoredList::count(CaseStatus status) const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const CaseScores& c) { return c.status == status; }));
}

std::size_t ScoredList::seen_in_training() const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [](const CaseScores& c) { return c.seen_in_training; }));
}

std::size_t Experiment::first_stage() const {
  std::size_t first = stages.size();
  for (const ScoredList& list : lists) first = std::min(first, list.stage);
  return first == stages.size() ? 0 : first;
}

bool Experiment::has(const std::string& set, std::size_t labelled_index) const {
  return std::any_of(lists.begin(), lists.end(),
                     [&](const ScoredList& list) { return list.from.set == set && list.labelled == labelled_index; });
}

bool Experiment::tells_agreement() const {
  return std::any_of(lists.begin(), lists.end(), [](const ScoredList& list) {
    return std::any_of(list.cases.begin(), list.cases.end(),
                       [](const CaseScores& c) { return c.status == CaseStatus::scored && c.agreement; });
  });
}

std::optional<std::size_t> Experiment::index_of(Metric metric) const {
  const auto found = std::find(metrics.begin(), metrics.end(), metric);
  if (found == metrics.end()) return {};
  return static_cast<std::size_t>(found - metrics.begin());
}

Experiment read_experiment(const std::vector<ResultList>& lists, const std::vector<Metric>& metrics) {
  refuse_duplicates(lists);
  Reader reader(metrics);
  for (const ResultList& list : lists) reader.add(list);
  return reader.finish();
}

std::vector<std::string> notes_of(const Experiment& e) {
  std::vector<std::string> notes;
  std::size_t all = 0, missing = 0, unscored = 0, without_label = 0, seen = 0;
  for (const ScoredList& list : e.lists) {
    all += list.cases.size();
    missing += list.count(CaseStatus::missing);
    unscored += list.count(CaseStatus::unscored);
    without_label += list.count(CaseStatus::without_label);
    seen += list.seen_in_training();
  }
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) notes.push_back(fmt::format("{} of {} cases {}.", count, all, what));
  };
  add(missing, "have no prediction; they are in no mean");
  add(unscored, "have a prediction but no scores; they are in no mean");
  add(without_label, "have no label and are not counted");
  add(seen, "were seen in training: their scores say nothing about new ones");
  for (std::size_t m = 0; m < e.metrics.size(); ++m) {
    std::size_t values = 0, undefined = 0;
    std::map<std::string, std::size_t> reasons;
    for (const ScoredList& list : e.lists)
      for (const CaseScores& c : list.cases)
        for (const ClassValues& of_class : c.classes) {
          ++values;
          if (of_class.values[m].number) continue;
          ++undefined;
          ++reasons[of_class.values[m].reason.text()];
        }
    if (undefined == 0) continue;
    std::vector<std::string> why;
    for (const auto& [reason, count] : reasons) why.push_back(fmt::format("{} {}", count, reason));
    notes.push_back(fmt::format("{}: {} of {} values (case and class) are undefined and in no mean ({}).",
                                metric::name_of(e.metrics[m]), undefined, values, fmt::join(why, ", ")));
  }
  if (e.tells_agreement() && !e.index_of(Metric::dice))
    notes.push_back(
        "Cases say how far their predictions agree, but dice is not among the metrics to compare that with.");
  note_unlike_cases(e, notes);
  note_missing_sets(e, notes);
  return notes;
}

int better_direction(Metric metric) {
  switch (metric) {
    case Metric::volume_ref:
    case Metric::volume_pred:
    case Metric::volume_diff: return 0;
    case Metric::hd:
    case Metric::hd95:
    case Metric::assd:
    case Metric::masd:
    case Metric::asd_ref_pred:
    case Metric::asd_pred_ref: return -1;
    default: return 1;
  }
}

}  // namespace coopseg::report
