#include "coopseg/core/numbers.h"

#include <charconv>
#include <cmath>

#include "coopseg/core/error.h"

namespace coopseg::core {

namespace {

template <class T>
bool parsed(std::string_view text, T& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

double parse_number(std::string_view text, const std::string& option) {
  double value = 0;
  if (!parsed(text, value) || !std::isfinite(value))
    throw UsageError(option, "\"" + std::string(text) + "\" is not a number");
  return value;
}

int parse_whole(std::string_view text, const std::string& option) {
  int value = 0;
  if (!parsed(text, value)) throw UsageError(option, "\"" + std::string(text) + "\" is not a whole number");
  return value;
}

}  // namespace coopseg::core
