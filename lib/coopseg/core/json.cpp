#include "coopseg/core/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::core {

namespace {

// nlohmann's messages carry an error number in brackets that means nothing to a user.
std::string without_number(const std::string& message) {
  const auto end = message.find("] ");
  return end == std::string::npos ? message : message.substr(end + 2);
}

// Destroying and printing a value recurse, so depth is bounded while reading.
constexpr int kMaxDepth = 100;
constexpr std::size_t kShown = 80;  // characters of a value in a message

// The word at which reading stopped, if it is one that other programs write for what JSON has no number for.
std::string no_number_at(std::string_view text, std::size_t byte) {
  if (byte == 0 || byte > text.size()) return {};
  const std::string_view rest = text.substr(byte - 1);
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const std::string word(rest.begin(), std::find_if_not(rest.begin(), rest.end(), is_letter));
  const bool is_known = word == "NaN" || word == "nan" || word == "Infinity" || word == "inf";
  return is_known ? word : std::string();
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text.begin(), text.end(), [&name](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) throw DataError(name, "JSON nested deeper than 100 levels");
      return true;
    });
  } catch (const nlohmann::json::parse_error& e) {
    if (const std::string word = no_number_at(text, e.byte); !word.empty())
      throw DataError(name, fmt::format("not valid JSON: holds {} at byte {}, for which JSON has null", word, e.byte));
    throw DataError(name, "not valid JSON: " + without_number(e.what()));
  } catch (const nlohmann::json::exception& e) {
    throw DataError(name, "not valid JSON: " + without_number(e.what()));
  }
}

Json read_json(const std::filesystem::path& file) {
  return parse_json(read_file(file, std::uint64_t{256} << 20), file.string());
}

std::string to_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string first_difference(const std::string& path, const Json& now, const Json& before, const std::string& was) {
  if (now == before) return {};
  const auto below = [&path](const auto& name) {
    return path.empty() ? fmt::format("{}", name) : fmt::format("{}/{}", path, name);
  };
  if (now.is_object() && before.is_object()) {
    for (const auto& [key, value] : now.items()) {
      if (!before.contains(key)) return below(key) + " is new";
      if (auto found = first_difference(below(key), value, before.at(key), was); !found.empty()) return found;
    }
    for (const auto& [key, value] : before.items()) {
      if (!now.contains(key)) return below(key) + " is missing";
    }
    return {};  // the same members in another order
  }
  if (now.is_array() && before.is_array()) {
    if (now.size() != before.size())
      return fmt::format("{} has {} entries, {} {}", path, now.size(), was, before.size());
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (auto found = first_difference(below(i), now[i], before[i], was); !found.empty()) return found;
    }
    return {};
  }
  const auto shown = [](const Json& value) {
    const std::string text = to_line(value);
    return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
  };
  return fmt::format("{} is {}, {} {}", path, shown(now), was, shown(before));
}

void throw_wrong_type(const std::string& name, const char* key, const Json& found) {
  throw DataError(name, "\"" + std::string(key) + "\" has the wrong type: " + to_line(found).substr(0, 60));
}

}  // namespace coopseg::core
