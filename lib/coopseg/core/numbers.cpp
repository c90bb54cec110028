#include "coopseg/core/numbers.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

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

std::size_t parse_count(const std::string& text, const std::string& option, std::size_t least, std::size_t most) {
  const int value = parse_whole(text, option);
  if (value < 0 || static_cast<std::size_t>(value) < least || static_cast<std::size_t>(value) > most)
    throw UsageError(option, fmt::format("\"{}\" is not a whole number from {} to {}", text, least, most));
  return static_cast<std::size_t>(value);
}

std::array<std::size_t, 3> parse_sides(const std::string& text, const std::string& option) {
  constexpr std::size_t kMostSide = 4096;
  const std::vector<std::string> parts = split(text);
  if (parts.size() != 1 && parts.size() != 3) {
    throw UsageError(option, "\"" + text + "\" is not of the form X,Y,Z",
                     "give three numbers of voxels, or one for all axes");
  }
  std::array<std::size_t, 3> sides{};
  for (std::size_t a = 0; a < 3; ++a) sides[a] = parse_count(parts[parts.size() == 1 ? 0 : a], option, 1, kMostSide);
  return sides;
}

}  // namespace coopseg::core
