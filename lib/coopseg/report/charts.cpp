#include "coopseg/report/charts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "coopseg/core/subject.h"
#include "coopseg/metric/output.h"
#include "coopseg/report/table.h"

namespace coopseg::report {

namespace {

using core::Json;

constexpr std::size_t kMostEpochs = 120;  // of a curve; more are averaged in groups

// Charts need no more digits, and the page is the smaller for it.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

double quantile(const std::vector<double>& sorted, double q) {
  const double position = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

struct Number {
  double number;
  const ScoredList* list;
  const CaseScores* of;
};

class Maker {
 public:
  Maker(const Experiment& e, std::size_t metric_index)
      : e_(e),
        metric_(metric_index),
        axis_(title_of(e.metrics[metric_index]) + ", mean of classes") {}

  void add(std::vector<Chart>& charts) const {
    const std::size_t first = charts.size();
    double low = INFINITY, high = -INFINITY;
    for (const std::string& set : e_.sets)
      for (std::size_t labelled = 0; labelled < e_.labelled.size(); ++labelled)
        add_boxes(set, labelled, charts, low, high);
    // Of all sets, so that their boxes can be compared.
    for (std::size_t i = first; i < charts.size(); ++i) charts[i].data["extent"] = {rounded(low), rounded(high)};
    for (std::size_t labelled = 0; labelled < e_.labelled.size(); ++labelled) add_doses(labelled, charts);
    for (const std::string& set : e_.sets)
      for (std::size_t stage = 0; stage < e_.stages.size(); ++stage) add_learning(set, stage, charts);
  }

 private:
  // Of one set or, without, of all.
  std::vector<Number> values_of(const std::string& method, std::size_t stage, std::size_t labelled,
                                const std::string* set) const {
    std::vector<Number> values;
    for (const ScoredList& list : e_.lists) {
      if (list.from.method != method || list.stage != stage || list.labelled != labelled) continue;
      if (set && list.from.set != *set) continue;
      for (const CaseScores& c : list.cases)
        if (const auto v = c.mean(metric_).number; v && std::isfinite(*v)) values.push_back({*v, &list, &c});
    }
    return values;
  }

  // Behind the name of what it is the stage of; nothing where there is but one.
  std::string stage_name(std::size_t stage, const char* between) const {
    const std::string title = e_.stages.size() > 1 ? stage_title(e_.stages[stage]) : "";
    return title.empty() ? "" : between + title;
  }

  void add_boxes(const std::string& set, std::size_t labelled, std::vector<Chart>& charts, double& low,
                 double& high) const {
    Json rows = Json::array(), outside = Json::array(), names = Json::array();
    std::vector<std::string> descriptions;
    for (const std::string& method : e_.methods)
      for (std::size_t stage = 0; stage < e_.stages.size(); ++stage) {
        const auto values = values_of(method, stage, labelled, &set);
        if (values.empty()) continue;
        std::vector<double> numbers;
        numbers.reserve(values.size());
        for (const Number& v : values) numbers.push_back(v.number);
        const Box box = box_of(numbers);
        const std::string row = method + stage_name(stage, " ");
        names.push_back(row);
        rows.push_back({{"row", row},
                        {"method", method},
                        {"corrected", stage > 0 || e_.stages[stage] == kCorrectedStage},
                        {"n", box.n},
                        {"q1", rounded(box.q1)},
                        {"median", rounded(box.median)},
                        {"q3", rounded(box.q3)},
                        {"low", rounded(box.low)},
                        {"high", rounded(box.high)},
                        {"outside", box.n_outside}});
        low = std::min({low, box.low});
        high = std::max({high, box.high});
        for (const std::size_t i : box.outside) {
          low = std::min(low, numbers[i]);
          high = std::max(high, numbers[i]);
          const std::string training = values[i].list->from.training();
          outside.push_back({{"row", row},
                             {"method", method},
                             {"value", rounded(numbers[i])},
                             {"case", values[i].of->of.name() + (training.empty() ? "" : ", " + training)}});
        }
        descriptions.push_back(
            fmt::format("{}: median {}, quartiles {} and {}, n {}", row, show({box.median, {}}, e_.metrics[metric_]),
                        show({box.q1, {}}, e_.metrics[metric_]), show({box.q3, {}}, e_.metrics[metric_]), box.n));
      }
    if (rows.empty()) return;
    Json data{{"kind", "box"}, {"axis", axis_}, {"methods", e_.methods}, {"rows", names}};
    data["boxes"] = std::move(rows);
    data["outside"] = std::move(outside);
    const std::string title = with_labelled(set, e_.labelled[labelled]);
    charts.push_back({fmt::format("box {}", metric_), title,
                      fmt::format("Box plots of {}, {}. {}", axis_, title, fmt::join(descriptions, "; ")),
                      std::move(data)});
  }

  // By artefact where the cases name one: its severities may stand in one set or in one set each.
  void add_doses(std::size_t labelled, std::vector<Chart>& charts) const {
    for (std::size_t stage = 0; stage < e_.stages.size(); ++stage) {
      std::vector<std::string> topics;
      // topic -> method -> severity -> values
      std::map<std::string, std::map<std::string, std::map<long, std::vector<double>>>> doses;
      for (const std::string& method : e_.methods)
        for (const Number& v : values_of(method, stage, labelled, nullptr)) {
          const std::string severity = v.of->of.text("severity");
          if (severity.empty()) continue;
          const std::string topic = v.of->of.text("artefact", v.list->from.set);
          if (std::find(topics.begin(), topics.end(), topic) == topics.end()) topics.push_back(topic);
          doses[topic][method][std::strtol(severity.c_str(), nullptr, 10)].push_back(v.number);
        }
      for (const std::string& topic : topics)
        add_dose(with_labelled(topic + stage_name(stage, ", "), e_.labelled[labelled]), doses[topic], charts);
    }
  }

  void add_dose(const std::string& title, const std::map<std::string, std::map<long, std::vector<double>>>& by_method,
                std::vector<Chart>& charts) const {
    Json points = Json::array();
    std::vector<std::string> descriptions;
    bool several = false;  // nothing responds to one dose
    for (const std::string& method : e_.methods) {
      const auto found = by_method.find(method);
      if (found == by_method.end()) continue;
      several = several || found->second.size() > 1;
      std::string description = method + ":";
      for (const auto& [severity, values] : found->second) {
        const auto s = metric::statistic_of(values);
        const double error = s.sd.number ? *s.sd.number / std::sqrt(static_cast<double>(values.size())) : 0;
        points.push_back({{"method", method},
                          {"x", severity},
                          {"value", rounded(*s.mean.number)},
                          {"from", rounded(*s.mean.number - error)},
                          {"to", rounded(*s.mean.number + error)},
                          {"n", values.size()}});
        description += fmt::format(" {} at {}", show(s.mean, e_.metrics[metric_]), severity);
      }
      descriptions.push_back(std::move(description));
    }
    if (!several) return;
    charts.push_back({fmt::format("dose {}", metric_),
                      title,
                      fmt::format("Means of {} by severity, {}. {}", axis_, title, fmt::join(descriptions, "; ")),
                      {{"kind", "dose"}, {"axis", axis_}, {"methods", e_.methods}, {"values", std::move(points)}}});
  }

  // A subject's value is the mean of its cases, a case's that of its trainings.
  static std::vector<double> by_subject(const std::vector<Number>& values) {
    std::map<std::string, std::string> subjects;
    metric::NamedNumbers of_cases, of_subjects;
    for (const Number& v : values) {
      const std::string key = v.of->key();
      subjects.emplace(key, core::subject_of(v.of->of));
      of_cases.emplace_back(key, v.number);
    }
    for (const auto& [key, mean] : metric::means_by_name(of_cases)) of_subjects.emplace_back(subjects[key], mean);
    std::vector<double> means;
    for (const auto& [subject, mean] : metric::means_by_name(of_subjects)) means.push_back(mean);
    return means;
  }

  // Where there are several trainings: the mean of each over its subjects.
  static void add_trainings(const std::string& method, std::size_t labelled, const std::vector<Number>& values,
                            Json& points) {
    std::map<std::string, std::vector<Number>> by_training;
    for (const Number& v : values) by_training[v.list->from.training()].push_back(v);
    if (by_training.size() < 2) return;
    for (const auto& [training, of_training] : by_training)
      points.push_back({{"method", method},
                        {"x", labelled},
                        {"value", rounded(*metric::statistic_of(by_subject(of_training)).mean.number)},
                        {"training", training}});
  }

  void add_learning(const std::string& set, std::size_t stage, std::vector<Chart>& charts) const {
    Json points = Json::array(), trainings = Json::array(), methods = Json::array();
    std::set<std::size_t> counts;
    std::vector<std::string> descriptions;
    for (const std::string& method : e_.methods) {
      std::string description = method + ":";
      bool any = false;
      for (std::size_t l = 0; l < e_.labelled.size(); ++l) {
        const auto values = e_.labelled[l] ? values_of(method, stage, l, &set) : std::vector<Number>();
        if (values.empty()) continue;
        const std::size_t labelled = *e_.labelled[l];
        const std::vector<double> subjects = by_subject(values);
        const auto s = metric::statistic_of(subjects);
        const double error = s.sd.number ? *s.sd.number / std::sqrt(static_cast<double>(subjects.size())) : 0;
        points.push_back({{"method", method},
                          {"x", labelled},
                          {"value", rounded(*s.mean.number)},
                          {"from", rounded(*s.mean.number - error)},
                          {"to", rounded(*s.mean.number + error)},
                          {"n", subjects.size()}});
        add_trainings(method, labelled, values, trainings);
        counts.insert(labelled);
        description += fmt::format(" {} with {}", show(s.mean, e_.metrics[metric_]), labelled);
        any = true;
      }
      if (!any) continue;
      methods.push_back(method);
      descriptions.push_back(std::move(description));
    }
    if (counts.size() < 2) return;
    const std::string title = set + stage_name(stage, ", ");
    charts.push_back(
        {fmt::format("learning {}", metric_),
         title,
         fmt::format("Means of {} by number of labelled cases, {}. {}", axis_, title, fmt::join(descriptions, "; ")),
         {{"kind", "learning"},
          {"axis", axis_},
          {"methods", methods},
          {"counts", counts},
          {"values", std::move(points)},
          {"trainings", std::move(trainings)}}});
  }

  const Experiment& e_;
  std::size_t metric_;
  std::string axis_;
};

using Values = std::vector<std::pair<std::size_t, double>>;  // iteration and number

// Of a training; lines of one name are drawn alike, with their mean.
struct Line {
  std::string name, training;
  Values values;
};

// Those of the names in `thin` are drawn beside the others, not as one of them.
void add_lines(const std::string& section, const std::string& title, const char* axis, const char* kind,
               const std::vector<Line>& lines, const std::vector<std::string>& thin, std::vector<Chart>& charts) {
  Json names = Json::array(), series = Json::array();
  std::vector<std::string> descriptions;
  for (const Line& line : lines) {
    if (std::find(names.begin(), names.end(), line.name) == names.end()) names.push_back(line.name);
    Values values = line.values;
    values.erase(std::remove_if(values.begin(), values.end(), [](const auto& v) { return !std::isfinite(v.second); }),
                 values.end());
    if (values.empty()) continue;
    const std::size_t group = (values.size() + kMostEpochs - 1) / kMostEpochs;
    Json x = Json::array(), y = Json::array();
    for (std::size_t first = 0; first < values.size(); first += group) {
      const std::size_t end = std::min(first + group, values.size());
      double sum = 0;
      for (std::size_t i = first; i < end; ++i) sum += values[i].second;
      x.push_back(values[end - 1].first);
      y.push_back(rounded(sum / static_cast<double>(end - first)));
    }
    descriptions.push_back(fmt::format("{}{}: from {} to {} in {} iterations", line.name,
                                       line.training.empty() ? "" : ", " + line.training, core::to_line(y.front()),
                                       core::to_line(y.back()), core::to_line(x.back())));
    series.push_back({{"method", line.name}, {"run", line.training}, {"x", std::move(x)}, {"y", std::move(y)}});
  }
  if (series.empty()) return;
  Json data{{"kind", kind}, {"axis", axis}, {"methods", names}, {"series", std::move(series)}};
  if (!thin.empty()) data["thin"] = thin;
  charts.push_back(
      {section, title, fmt::format("{}, {}. {}", title, axis, fmt::join(descriptions, "; ")), std::move(data)});
}

// `pick` gives the Values of a run. All runs have as many labelled cases.
template <class Pick>
void add_curves(const std::string& section, const std::string& title, const char* axis, const char* kind,
                const std::vector<Run>& runs, Pick pick, std::vector<Chart>& charts) {
  std::vector<Line> lines;
  for (const Run& run : runs) lines.push_back({run.method, run.training, pick(run)});
  if (!lines.empty()) add_lines(section, with_labelled(title, runs.front().labelled), axis, kind, lines, {}, charts);
}

// Of a number of the points; those that have it alone: validations may be a few among hundreds of short epochs.
auto of_points(std::optional<double> LogPoint::* number) {
  return [number](const Run& run) {
    Values values;
    for (const LogPoint& point : run.points)
      if (point.*number) values.emplace_back(point.iteration, *(point.*number));
    return values;
  };
}

using Of = Curve::Of;

bool is_of(const Curve& curve, Of of, const std::string& name) { return curve.of == of && curve.name == name; }

// What only trainings that learn from unlabelled images log, or watch them.
bool has_parts(const Run& run) {
  return std::any_of(run.curves.begin(), run.curves.end(), [](const Curve& c) {
    return c.of == Of::schedule || c.of == Of::watch || (c.of == Of::rate && !c.name.empty());
  });
}

std::string curve_title(const Curve& curve) {
  if (is_of(curve, Of::schedule, "ramp")) return "Ramp of the weights of unlabelled images\u2019 terms";
  if (is_of(curve, Of::schedule, "ema_decay")) return "What the teacher keeps of itself in an iteration";
  if (is_of(curve, Of::schedule, "uncertainty_threshold")) return "Entropy below which voxels count";
  const char* title = curve.of == Of::loss         ? "Loss"
                      : curve.of == Of::rate       ? "Learning rate"
                      : curve.of == Of::validation ? "Validation Dice"
                                                   : "Dice of watched cases";
  return curve.name.empty() ? title : fmt::format("{}: {}", title, curve.name);
}

Values values_of(const Run& run, Of of, const std::string& name) {
  for (const Curve& curve : run.curves)
    if (is_of(curve, of, name)) return curve.values;
  return {};
}

void add_curves_of(const Curve& curve, const std::string& section, const std::vector<Run>& runs,
                   std::vector<Chart>& charts) {
  const auto pick = [&](const Run& run) { return values_of(run, curve.of, curve.name); };
  const bool is_logarithmic = curve.of == Of::loss || curve.of == Of::rate;
  const char* axis = curve.of == Of::loss          ? "loss, with its weight"
                     : curve.of == Of::rate        ? "rate"
                     : curve.of == Of::schedule    ? "value"
                     : is_of(curve, Of::watch, "") ? "Dice, mean of classes"
                                                   : "Dice";
  add_curves(section, curve_title(curve), axis, is_logarithmic ? "loss" : "validation", runs, pick, charts);
}

// Each curve once, whichever of the runs have it.
void add_parts(const std::vector<Run>& runs, std::vector<Chart>& charts) {
  for (const Of of : {Of::loss, Of::schedule, Of::rate, Of::validation, Of::watch}) {
    std::set<std::string> done;
    if (of == Of::watch) done.insert("");  // it stands with the training's main curves
    for (const Run& run : runs)
      for (const Curve& curve : run.curves)
        if (curve.of == of && done.insert(curve.name).second) add_curves_of(curve, "parts", runs, charts);
  }
}

// The stages of each method beside one another, the mean of the classes (empty) or one of them.
void add_stages(const std::vector<Run>& runs, const std::string& class_name, const std::string& section,
                std::vector<Chart>& charts) {
  static const std::string kOfLabels = "true labels through the STN";
  std::vector<std::string> methods;
  for (const Run& run : runs)
    if (std::find(methods.begin(), methods.end(), run.method) == methods.end()) methods.push_back(run.method);
  for (const std::string& method : methods) {
    std::vector<Line> lines;
    for (const auto& [of, name] :
         {std::make_pair(Of::fast, stage_title(kFastStage)),
          std::make_pair(Of::corrected, stage_title(kCorrectedStage)), std::make_pair(Of::of_labels, kOfLabels)})
      for (const Run& run : runs)
        if (Values values = values_of(run, of, class_name); run.method == method && !values.empty())
          lines.push_back({name, run.training, std::move(values)});
    add_lines(section, with_labelled(class_name.empty() ? method : method + ", " + class_name, runs.front().labelled),
              class_name.empty() ? "Dice, mean of classes" : "Dice", "validation", lines, {kOfLabels}, charts);
  }
}

void add_stages(const std::vector<Run>& runs, std::vector<Chart>& charts) {
  add_stages(runs, "", "stages", charts);
  std::vector<std::string> classes;
  for (const Run& run : runs)
    for (const Curve& curve : run.curves)
      if (curve.of == Of::fast && std::find(classes.begin(), classes.end(), curve.name) == classes.end())
        classes.push_back(curve.name);
  for (const std::string& name : classes)
    if (!name.empty()) add_stages(runs, name, "stages by class", charts);
}

// Behind the title of a validation, where it may be of one stage or another.
std::string selecting_stage(const std::vector<Run>& runs) {
  const std::set<std::string> stages = validated_stages(runs);
  if (stages.empty() || stages == std::set<std::string>{""}) return {};
  return stages.size() > 1 ? ", stage that selects" : ", " + stage_title(*stages.begin());
}

// Of runs with as many labelled cases.
void add_trainings(const std::vector<Run>& runs, std::vector<Chart>& charts) {
  const auto add = [&](const std::string& title, const char* axis, const char* kind, auto number) {
    add_curves("training", title, axis, kind, runs, of_points(number), charts);
  };
  add("Training loss", "loss", "loss", &LogPoint::loss);
  const std::string stage = selecting_stage(runs);
  add("Validation Dice" + stage, "Dice, mean of classes", "validation", &LogPoint::dice);
  add("Validation IoU" + stage, "IoU, mean with background", "validation", &LogPoint::iou);
  // The trainings of labelled images alone have a page without parts.
  if (std::any_of(runs.begin(), runs.end(), has_parts)) {
    add_curves_of({Of::watch, "", {}}, "training", runs, charts);
    add_parts(runs, charts);
  }
  add_stages(runs, charts);
}

}  // namespace

Box box_of(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  Box box;
  box.n = values.size();
  box.q1 = quantile(sorted, 0.25);
  box.median = quantile(sorted, 0.5);
  box.q3 = quantile(sorted, 0.75);
  const double reach = 1.5 * (box.q3 - box.q1);
  box.low = box.q1;
  box.high = box.q3;
  for (const double v : sorted)
    if (v >= box.q1 - reach && v <= box.q3 + reach) {
      box.low = std::min(box.low, v);
      box.high = std::max(box.high, v);
    }
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] < box.low || values[i] > box.high) box.outside.push_back(i);
  box.n_outside = box.outside.size();
  std::stable_sort(box.outside.begin(), box.outside.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(values[a] - box.median) > std::abs(values[b] - box.median);
  });
  if (box.outside.size() > kMostOutside) box.outside.resize(kMostOutside);
  return box;
}

std::vector<Chart> make_charts(const Experiment& experiment, const std::vector<Run>& runs) {
  std::vector<Chart> charts;
  for (std::size_t m = 0; m < experiment.metrics.size(); ++m) Maker(experiment, m).add(charts);
  for (const auto& labelled : experiment.labelled) {
    std::vector<Run> alike;
    std::copy_if(runs.begin(), runs.end(), std::back_inserter(alike),
                 [&](const Run& run) { return run.labelled == labelled; });
    add_trainings(alike, charts);
  }
  return charts;
}

}  // namespace coopseg::report
