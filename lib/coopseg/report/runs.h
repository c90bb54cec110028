// What trainings left in their run folders (config.json, log.jsonl), for curves and provenance.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/report/experiment.h"

namespace coopseg::report {

struct LogPoint {
  std::size_t iteration = 0;
  bool is_epoch = true;        // the end of one; else a validation between
  std::optional<double> loss;  // mean over the epoch
  // Of the validation, means over classes (IoU: with the background, where the training takes it).
  std::optional<double> dice, iou;
  std::string stage;  // whose they are, of two stages: the one that the training selects by; empty: there is one
  bool best = false;
};

// One of the other numbers of a log over its iterations.
struct Curve {
  // A part of the loss, with its weight; a learning rate; what else follows the iteration; Dice of the validation, by
  // class, of the stage that the training is judged by; the same of the FTN, of the FTN+STN, and of what the STN makes
  // of true labels; Dice of the watched cases (cs-train-semi --watch).
  enum class Of { loss, rate, schedule, validation, fast, corrected, of_labels, watch };
  Of of = Of::loss;
  // Of the part, the player ("": there is one rate for all), the schedule or the class ("": the mean of all).
  std::string name;
  std::vector<std::pair<std::size_t, double>> values;  // iteration and number, as they were logged; not empty
};

struct Run {
  std::string method, training;  // "seed 0, fold 1"
  std::optional<std::size_t> labelled;  // as Experiment::labelled has it
  fs::path folder;
  core::Json config;          // null: not there
  std::vector<LogPoint> points;  // empty: no log, or no epoch has ended
  std::vector<Curve> curves;     // in the order in which the log names them first
};

// The runs that the lists name, each once, in the lists' order. A folder without its config.json or log.jsonl gives a
// warning, one with neither throws core::UsageError, as does a file that is not what cs-train-* writes. A last line
// without its end (a training that goes on) is left out.
std::vector<Run> read_runs(const Experiment& experiment);

// LogPoint::stage of all validations: several where trainings differ, or where one goes by the better stage each time.
std::set<std::string> validated_stages(const std::vector<Run>& runs);

}  // namespace coopseg::report
