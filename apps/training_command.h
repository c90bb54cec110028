// What the programs that train the fast- and the slow-thinking network share on the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/request/training.h"
#include "run_command.h"

namespace coopseg::apps {

//   TrainingCommand training(about());
//   training.command().flag("Training", "--separate", training.settings().separate, "...");
//   return training.run(argc, argv, [&] { /* what the program's own options mean */ });
class TrainingCommand {
 public:
  explicit TrainingCommand(core::About about);

  // --method: one of `own`, the program's methods of its own, the first of which is the default, or a comparison
  // method. Their parameters stand behind the program's options.
  void add_methods(const std::vector<std::string>& own, const std::string& help);

  core::Command& command() { return command_; }
  const std::string& method() const { return method_; }
  request::TrainingRun& settings() { return run_; }

  // Throws core::UsageError for what the command line alone can tell; `resolve` comes first.
  int run(int argc, char** argv, const std::function<void()>& resolve);

 private:
  void check_method();

  request::TrainingRun run_;
  RunCommand shared_;
  core::Command& command_;
  std::string augmentation_ = "affine-elastic-intensity";
  bool symmetries_ = false;
  std::string method_;
  std::vector<std::string> own_methods_;
};

}  // namespace coopseg::apps
