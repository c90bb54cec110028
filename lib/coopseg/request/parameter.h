// Parameters of methods: one list of them serves command lines, checks, config.json and help.
//
//   ParameterList list;
//   list.number({"mt", "uamt"}, "--noise", settings.noise, "standard deviation
//   of the noise"); for (const Parameter& p : list.all) ...   // p.value points
//   into settings
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "coopseg/core/json.h"

namespace coopseg::request {

// One option. What it says of validity and use holds for the settings it was listed from.
struct Parameter {
  std::vector<std::string> methods;  // that know it
  std::string option;                // "--advbias-epsilon"
  std::variant<double*, std::size_t*, bool*, std::string*> value;
  std::string type_name, help;
  bool valid = true;
  std::string expected;            // "in [0, 1)"
  std::vector<std::string> words;  // of which the value is one, if there are any
  std::string idle;                // why the method does not use it with the other settings; empty: it does
  bool of_training = false;        // decides losses only, not what a changed image looks like

  bool belongs_to(const std::string& method) const;
  std::string owners() const;  // its methods, separated by commas
  std::string text() const;    // the value, as an option takes it
};

inline constexpr double kMostOfAParameter = 1e9;  // so that infinity is refused

struct ParameterList {
  using Methods = std::vector<std::string>;

  // From `low` to `high`.
  void number(const Methods& methods, const char* option, double& value, const char* help, double low = 0,
              double high = kMostOfAParameter);
  void count(const Methods& methods, const char* option, std::size_t& value, const char* help, std::size_t low = 0,
             std::size_t high = 1000);
  void word(const Methods& methods, const char* option, std::string& value, const char* help,
            const std::vector<std::string>& words);
  void toggle(const Methods& methods, const char* option, bool& value, const char* help);
  // What the methods' names do not tell of the last one: it must not be `low` itself.
  void must_be_above(double low);

  std::vector<Parameter> all;
};

// The value of one into that of the other, both of one option.
void copy_value(const Parameter& from, const Parameter& to);

// Throws core::UsageError naming the option of the first that `method` knows and that has a value which cannot be.
void check_parameters(const std::vector<Parameter>& parameters, const std::string& method);

// What `method` uses, {"advbias_epsilon": 0.3, ...}: without what is idle, and with `looks_only` without what is of
// training.
core::Json to_json(const std::vector<Parameter>& parameters, const std::string& method, bool looks_only = false);

}  // namespace coopseg::request
