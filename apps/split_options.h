// The options of cs-split.
#pragma once

#include <string>

#include "coopseg/core/command.h"

namespace coopseg::apps {

struct SplitOptions {
  std::string policy, by, stratify, group;
  core::fs::path policy_file, out;
  unsigned fold = 0;
  int labelled = 0, parts = 0;  // 0: not given
  std::string train, validate, test, unlabelled;
  bool allow_missing = false, list_policies = false;
};

void declare(core::Command& command, SplitOptions& options);

// Throws core::UsageError for options that do not say one way to divide, or do not belong to it.
void check(const core::Command& command, const SplitOptions& options);

}  // namespace coopseg::apps
