#include "coopseg/report/charts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

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
    for (const std::string& set : e_.sets) add_boxes(set, charts, low, high);
    // Of all sets, so that their boxes can be compared.
    for (std::size_t i = first; i < charts.size(); ++i) charts[i].data["extent"] = {rounded(low), rounded(high)};
    add_doses(charts);
  }

 private:
  std::vector<Number> values_of(const std::string& method, std::size_t stage, const std::string* set) const {
    std::vector<Number> values;
    for (const ScoredList& list : e_.lists) {
      if (list.from.method != method || list.stage != stage || (set && list.from.set != *set)) continue;
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

  void add_boxes(const std::string& set, std::vector<Chart>& charts, double& low, double& high) const {
    Json rows = Json::array(), outside = Json::array(), names = Json::array();
    std::vector<std::string> descriptions;
    for (const std::string& method : e_.methods)
      for (std::size_t stage = 0; stage < e_.stages.size(); ++stage) {
        const auto values = values_of(method, stage, &set);
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
    charts.push_back({fmt::format("box {}", metric_), set,
                      fmt::format("Box plots of {}, {}. {}", axis_, set, fmt::join(descriptions, "; ")),
                      std::move(data)});
  }

  // By artefact where the cases name one: its severities may stand in one set or in one set each.
  void add_doses(std::vector<Chart>& charts) const {
    for (std::size_t stage = 0; stage < e_.stages.size(); ++stage) {
      std::vector<std::string> topics;
      // topic -> method -> severity -> values
      std::map<std::string, std::map<std::string, std::map<long, std::vector<double>>>> doses;
      for (const std::string& method : e_.methods)
        for (const Number& v : values_of(method, stage, nullptr)) {
          const std::string severity = v.of->of.text("severity");
          if (severity.empty()) continue;
          const std::string topic = v.of->of.text("artefact", v.list->from.set);
          if (std::find(topics.begin(), topics.end(), topic) == topics.end()) topics.push_back(topic);
          doses[topic][method][std::strtol(severity.c_str(), nullptr, 10)].push_back(v.number);
        }
      for (const std::string& topic : topics) add_dose(topic, stage, doses[topic], charts);
    }
  }

  void add_dose(const std::string& topic, std::size_t stage,
                const std::map<std::string, std::map<long, std::vector<double>>>& by_method,
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
    const std::string title = topic + stage_name(stage, ", ");
    charts.push_back({fmt::format("dose {}", metric_),
                      title,
                      fmt::format("Means of {} by severity, {}. {}", axis_, title, fmt::join(descriptions, "; ")),
                      {{"kind", "dose"}, {"axis", axis_}, {"methods", e_.methods}, {"values", std::move(points)}}});
  }

  const Experiment& e_;
  std::size_t metric_;
  std::string axis_;
};

template <class Pick>
void add_curves(const char* title, const char* axis, const char* kind, const std::vector<Run>& runs, Pick pick,
                std::vector<Chart>& charts) {
  Json methods = Json::array(), series = Json::array();
  std::vector<std::string> descriptions;
  for (const Run& run : runs) {
    if (std::find(methods.begin(), methods.end(), run.method) == methods.end()) methods.push_back(run.method);
    // Those that have the value alone: validations may be a few among hundreds of short epochs.
    std::vector<std::pair<std::size_t, double>> values;
    for (const LogPoint& point : run.points)
      if (const std::optional<double> value = pick(point); value && std::isfinite(*value))
        values.emplace_back(point.iteration, *value);
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
    descriptions.push_back(fmt::format("{}{}: from {} to {} in {} iterations", run.method,
                                       run.training.empty() ? "" : ", " + run.training, core::to_line(y.front()),
                                       core::to_line(y.back()), core::to_line(x.back())));
    series.push_back({{"method", run.method}, {"run", run.training}, {"x", std::move(x)}, {"y", std::move(y)}});
  }
  if (series.empty()) return;
  charts.push_back({"training",
                    title,
                    fmt::format("{}, {}. {}", title, axis, fmt::join(descriptions, "; ")),
                    {{"kind", kind}, {"axis", axis}, {"methods", methods}, {"series", std::move(series)}}});
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
  add_curves(
      "Training loss", "loss", "loss", runs, [](const LogPoint& e) { return e.loss; }, charts);
  add_curves(
      "Validation Dice", "Dice, mean of classes", "validation", runs, [](const LogPoint& e) { return e.dice; }, charts);
  add_curves(
      "Validation IoU", "IoU, mean with background", "validation", runs, [](const LogPoint& e) { return e.iou; }, charts);
  return charts;
}

}  // namespace coopseg::report
