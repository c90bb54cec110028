// What Command remembers of its options beyond CLI11; only for command.cpp, command_help.cpp and command_options.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/command.h"

namespace coopseg::core {

inline constexpr char kCommonGroup[] = "Common options";

struct Command::Details {
  std::map<const CLI::Option*, Effect> effects;
  std::map<const CLI::Option*, std::vector<std::string>> words;
  std::set<const CLI::Option*> paths;
  std::set<const CLI::Option*> with_value;  // of switches
  std::set<std::string> configured;  // options that --config names
  std::vector<std::pair<std::string, std::string>> variables;  // of the environment, beside those of all programs
  Json libraries = Json::object();
};

// Thrown by parse() when the command line asks for a text instead of work.
struct Command::Answer {
  std::string text;
};

}  // namespace coopseg::core
