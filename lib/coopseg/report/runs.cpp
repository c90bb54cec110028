#include "coopseg/report/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"

namespace coopseg::report {

namespace {

const char* kRemedy = "\"run\" names the run folder that a training (cs-train-*) wrote";

std::optional<double> number_in(const core::Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return {};
  return found->get<double>();
}

std::optional<double> mean_dice(const core::Json& validation) {
  const auto by_class = validation.find("dice");
  if (by_class == validation.end() || !by_class->is_object()) return {};
  double sum = 0;
  std::size_t count = 0;
  for (const auto& [name, dice] : by_class->items()) {
    if (!dice.is_number()) continue;  // null: a class that no validation slice holds
    sum += dice.get<double>();
    ++count;
  }
  return count > 0 ? std::optional<double>(sum / static_cast<double>(count)) : std::nullopt;
}

const core::Json& member(const core::Json& object, const char* key) {
  static const core::Json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

class Curves {
 public:
  explicit Curves(std::vector<Curve>& curves) : curves_(curves) {}

  void add(const core::Json& record, std::size_t iteration) {
    iteration_ = iteration;
    // A plain rate is that of all players.
    const core::Json& rate = member(record, "lr");
    add_all(Curve::Of::rate, rate.is_object() ? rate : core::Json{{"", rate}});
    add_all(Curve::Of::loss, member(record, "losses"));
    for (const char* name : {"ramp", "ema_decay", "uncertainty_threshold"})
      add(Curve::Of::schedule, name, member(record, name));
    const core::Json& validation = member(record, "validation");
    add_all(Curve::Of::validation, member(validation, "dice"));
    add_dice(Curve::Of::fast, member(member(validation, "stages"), "ftn"));
    add_dice(Curve::Of::corrected, member(member(validation, "stages"), "stn"));
    add_dice(Curve::Of::of_labels, member(validation, "stn_of_labels"));
    add_dice(Curve::Of::watch, member(record, "watch"));
  }

 private:
  void add_all(Curve::Of of, const core::Json& numbers) {
    if (!numbers.is_object()) return;
    for (const auto& [name, number] : numbers.items())
      if (of != Curve::Of::loss || name != "total") add(of, name, number);
  }

  // Its mean and that of each class.
  void add_dice(Curve::Of of, const core::Json& scores) {
    if (const std::optional<double> mean = mean_dice(scores)) add(of, "", *mean);
    add_all(of, member(scores, "dice"));
  }

  void add(Curve::Of of, const std::string& name, const core::Json& number) {
    if (!number.is_number()) return;
    const auto [place, is_new] = places_.emplace(std::make_pair(of, name), curves_.size());
    if (is_new) curves_.push_back({of, name, {}});
    auto& values = curves_[place->second].values;
    // The last scores of a training may stand in the line of its epoch and in one of their own.
    if (values.empty() || values.back().first != iteration_) values.emplace_back(iteration_, number.get<double>());
  }

  std::vector<Curve>& curves_;
  std::map<std::pair<Curve::Of, std::string>, std::size_t> places_;
  std::size_t iteration_ = 0;
};

void read_log(const fs::path& file, Run& run) {
  Curves curves(run.curves);
  const std::string text = core::read_file(file);
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = fmt::format("{}: line {}", file.string(), ++number);
    if (line.empty() || (lines.eof() && text.back() != '\n')) continue;
    const core::Json record = core::parse_json(line, where);
    try {
      const core::Json& type = record.at("type");
      if (type != "epoch" && type != "validation") continue;
      LogPoint point;
      point.iteration = record.at("iteration").get<std::size_t>();
      point.is_epoch = type == "epoch";
      if (point.is_epoch) point.loss = record.at("losses").at("total").get<double>();
      if (const auto validation = record.find("validation"); validation != record.end() && validation->is_object()) {
        point.dice = mean_dice(*validation);
        point.iou = number_in(*validation, "mean_iou");
        point.stage = core::get_or(*validation, "stage", std::string(), where);
      }
      point.best = core::get_or(record, "best", false, where);
      run.points.push_back(point);
      curves.add(record, point.iteration);
    } catch (const nlohmann::json::exception&) {
      throw core::UsageError(where, "is no line of a training's log", kRemedy);
    }
  }
}

Run read_run(const ResultList& list) {
  Run run{list.method, list.training(), list.labelled, list.run, nullptr, {}, {}};
  std::error_code ignored;
  const fs::path config = list.run / "config.json", log = list.run / "log.jsonl";
  const bool has_config = fs::exists(config, ignored), has_log = fs::exists(log, ignored);
  if (!has_config && !has_log)
    throw core::UsageError(list.run.string(), "holds neither config.json nor log.jsonl; " + list.where + " names it",
                           kRemedy);
  core::as_usage_error(
      [&] {
        if (has_config) {
          run.config = core::read_json(config);
          const auto schema = run.config.is_object() ? run.config.find("schema") : run.config.end();
          if (schema == run.config.end() || *schema != "coopseg.run/1")
            throw core::UsageError(config.string(), "is not of the form coopseg.run/1", kRemedy);
        } else {
          core::warning("{} is missing: the report does not say how this training was made", config.string());
        }
        if (has_log)
          read_log(log, run);
        else
          core::warning("{} is missing: the report has no curve of this training", log.string());
      },
      kRemedy);
  return run;
}

}  // namespace

std::vector<Run> read_runs(const Experiment& experiment) {
  std::vector<Run> runs;
  for (const ScoredList& list : experiment.lists) {
    const ResultList& from = list.from;
    if (from.run.empty()) continue;
    const bool known = std::any_of(runs.begin(), runs.end(), [&](const Run& r) {
      return r.method == from.method && r.training == from.training() && r.folder == from.run;
    });
    if (!known) runs.push_back(read_run(from));
  }
  return runs;
}

std::set<std::string> validated_stages(const std::vector<Run>& runs) {
  std::set<std::string> stages;
  for (const Run& run : runs)
    for (const LogPoint& point : run.points)
      if (point.dice || point.iou) stages.insert(point.stage);
  return stages;
}

}  // namespace coopseg::report
