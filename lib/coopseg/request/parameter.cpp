#include "coopseg/request/parameter.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"

namespace coopseg::request {

bool Parameter::belongs_to(const std::string& method) const {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::string Parameter::owners() const { return fmt::format("{}", fmt::join(methods, ", ")); }

std::string Parameter::text() const {
  return std::visit([](const auto* held) { return fmt::format("{}", *held); }, value);
}

void ParameterList::number(const Methods& methods, const char* option, double& value, const char* help, double low,
                           double high) {
  const bool bounded = high < kMostOfAParameter;
  all.push_back({methods,
                 option,
                 &value,
                 bounded ? "FRACTION" : "NUMBER",
                 help,
                 value >= low && value <= high,
                 bounded ? fmt::format("in [{:g}, {:g}]", low, high) : fmt::format("a number from {:g}", low),
                 {},
                 {},
                 false});
}

void ParameterList::count(const Methods& methods, const char* option, std::size_t& value, const char* help,
                          std::size_t low, std::size_t high) {
  all.push_back({methods,
                 option,
                 &value,
                 "N",
                 help,
                 value >= low && value <= high,
                 fmt::format("a whole number from {} to {}", low, high),
                 {},
                 {},
                 false});
}

void ParameterList::word(const Methods& methods, const char* option, std::string& value, const char* help,
                         const std::vector<std::string>& words) {
  const bool known = std::find(words.begin(), words.end(), value) != words.end();
  all.push_back(
      {methods, option, &value, "WORD", help, known, fmt::format("{}", fmt::join(words, " or ")), words, {}, false});
}

void ParameterList::toggle(const Methods& methods, const char* option, bool& value, const char* help) {
  all.push_back({methods, option, &value, "true|false", help, true, {}, {}, {}, false});
}

void ParameterList::must_be_above(double low) {
  Parameter& last = all.back();
  const double value = *std::get<double*>(last.value);
  last.valid = last.valid && value > low;
  last.expected = fmt::format("a number above {:g}", low);
}

void copy_value(const Parameter& from, const Parameter& to) {
  std::visit([&](auto* value) { *value = *std::get<decltype(value)>(from.value); }, to.value);
}

void check_parameters(const std::vector<Parameter>& parameters, const std::string& method) {
  for (const Parameter& p : parameters) {
    if (p.belongs_to(method) && !p.valid) throw core::UsageError(p.option, "must be " + p.expected);
  }
}

core::Json to_json(const std::vector<Parameter>& parameters, const std::string& method, bool looks_only) {
  core::Json json = core::Json::object();
  for (const Parameter& p : parameters) {
    if (!p.belongs_to(method) || !p.idle.empty() || (looks_only && p.of_training)) continue;
    std::string key = p.option.substr(2);
    std::replace(key.begin(), key.end(), '-', '_');
    std::visit([&](const auto* value) { json[key] = *value; }, p.value);
  }
  return json;
}

}  // namespace coopseg::request
