// What all training programs share on the command line: lists, conventions, --plan, and the door to LibTorch, which is
// opened after the options are read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/core/late_library.h"
#include "coopseg/request/library.h"
#include "coopseg/request/training.h"

namespace coopseg::apps {

class RunCommand {
 public:
  // `run` must outlive the command.
  RunCommand(core::About about, request::RunOptions& run);
  core::Command& command() { return command_; }

  // When validations take place, "after every epoch"; empty: there are none.
  void add_lists(const std::string& validate_when);
  // Labels of --cases are never read.
  void learn_without_labels() { labelled_ = false; }
  // A further option that names a list which validations score.
  void also_scores(const std::string& option) { scored_.push_back(option); }
  // Behind a program's own options, in the order of --help.
  void add_conventions(const std::string& validate_when);

  // Throws core::UsageError for what the command line alone can tell; `resolve` comes first, before the lists are read.
  // Then `start`, which is told whether to plan.
  int run(int argc, char** argv, const std::function<void()>& resolve, const std::function<void(bool)>& start);

  // Plans or trains, behind doors of these names.
  template <class Run>
  void open(const Run& run, bool plan, const char* plan_door, const char* train_door) const {
    if (plan) {
      print_plan(core::late_function<request::PlanTraining<Run>>(request::kLibrary, plan_door)(run));
    } else {
      core::late_function<request::Train<Run>>(request::kLibrary, train_door)(run);
    }
  }

 private:
  void check_request(const std::function<void()>& resolve);
  void check_options() const;
  void check_init() const;
  core::Ranks ranks_to_be() const;
  void read_lists();
  void print_plan(const core::Json& plan) const;

  core::Command command_;
  request::RunOptions& run_;
  std::string train_, validate_, labels_;
  std::vector<std::string> scored_{"--validate"};
  int ranks_ = 0;
  bool plan_ = false, labelled_ = true, validates_ = true;
};

// Lists are checked before anything expensive starts: every file there, with `labelled` a label to learn from, and none
// of a model's making.
std::vector<core::Case> read_training_list(const core::Command& command, const std::string& source, bool labelled);
// The same of pseudo-labelled cases (dataset/label_source.h), with `soft` of their class probabilities, too.
std::vector<core::Case> read_pseudo_list(const core::Command& command, const std::string& source, bool soft);

}  // namespace coopseg::apps
