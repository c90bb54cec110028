#include "coopseg/core/json.h"

#include <fmt/core.h>

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

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text.begin(), text.end(), [&name](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) throw DataError(name, "JSON nested deeper than 100 levels");
      return true;
    });
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
