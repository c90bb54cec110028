// An experiment: whose predictions of which cases scored what. Everything that a report shows is drawn from it.
//
//   Experiment e = read_experiment(read_results("results.jsonl"), {metric::Metric::dice});
//
// Holds the scores of the asked metrics and what names a case, not the lists: 20 lists of 1,000 cases take some 40 MB.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/metric/score.h"
#include "coopseg/report/results.h"

namespace coopseg::report {

// The values of one class, in the order of Experiment::metrics.
struct ClassValues {
  std::size_t class_index;
  std::vector<metric::Value> values;
};

// Between what the agreement of a case is, where the list says it: the Dice of both stages' outputs, or
// of the models', the mean over their pairs.
enum class Between { unsaid, stages, models };

enum class CaseStatus { scored, missing, unscored, without_label };  // missing: no prediction; unscored: no metrics

struct CaseScores {
  core::Case of;  // without its metrics
  CaseStatus status = CaseStatus::scored;
  bool seen_in_training = false;
  std::vector<ClassValues> classes;  // of a scored case
  // The mean of its field `agreement` over all classes that have a number there, as --review of cs-predict takes it; 0
  // where none has one: nothing was found twice. From 0 to 1; none where the case has no such field.
  std::optional<double> agreement = std::nullopt;
  Between between = Between::unsaid;

  const metric::Value* value(std::size_t class_index,
                             std::size_t metric_index) const;  // null: the case lacks the class
  // The mean over the classes; those that are empty in both masks are left out. Undefined if another has no number.
  metric::Value mean(std::size_t metric_index) const;
  std::string key() const;  // equal for the same case in another list of its set: name and data set
};

struct ScoredList {
  ResultList from;
  std::size_t stage = 0;     // in Experiment::stages
  std::size_t labelled = 0;  // in Experiment::labelled
  std::vector<CaseScores> cases;
  std::string sha256;                                       // of the file
  std::vector<std::pair<std::string, std::string>> models;  // file name and SHA-256 (may be empty), as the cases say

  std::size_t count(CaseStatus status) const;
  std::size_t seen_in_training() const;
};

struct Experiment {
  std::vector<metric::Metric> metrics;
  std::string definition;                           // metric::Definition::name()
  std::vector<ScoredList> lists;                    // in the order given
  std::vector<std::string> methods, sets, classes;  // in the order of their first appearance
  // In the order of their first appearance, but ftn before the stn that corrects it. A list that names no stage is of
  // ftn where others are of ftn or stn; else it is of a stage without a name.
  std::vector<std::string> stages;
  // How many labelled cases methods have learned from, in ascending order; none, where lists do not say, stands last.
  // Where all lists say the same there is nothing to tell apart: one entry without a number, and none in `lists`.
  std::vector<std::optional<std::size_t>> labelled;

  std::size_t first_stage() const;                                     // the first one that a list is of
  bool has(const std::string& set, std::size_t labelled_index) const;  // a list of this set and number
  bool tells_agreement() const;                                        // a scored case has one
  std::optional<std::size_t> index_of(metric::Metric metric) const;    // in `metrics`
};

// Throws core::UsageError if a list cannot be read, holds no scores, scores of slices, not all metrics, two cases of
// one name, an agreement that is none, or was scored by other definitions than the first.
Experiment read_experiment(const std::vector<ResultList>& lists, const std::vector<metric::Metric>& metrics);

// What a reader must know before believing the numbers: cases missing, not scored, seen in training, other cases under
// other methods, trainings that have not been through all sets. One sentence each.
std::vector<std::string> notes_of(const Experiment& experiment);

// 1 where the highest is best, -1 where the lowest is, 0 where neither is: volumes.
int better_direction(metric::Metric metric);

}  // namespace coopseg::report
