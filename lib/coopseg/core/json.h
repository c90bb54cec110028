// JSON as the toolkit uses it: members keep their order, so equal content gives equal bytes.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace coopseg::core {

using Json = nlohmann::ordered_json;

// Parses one JSON value. `name` is the file or option in the error. Throws DataError with the position.
Json parse_json(std::string_view text, const std::string& name);

// Reads a JSON file of at most 256 MiB. Throws IoError or DataError.
Json read_json(const std::filesystem::path& file);

// Null where there is none.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// One line, without white space, in ASCII-safe UTF-8 (invalid bytes are replaced). Doubles are printed so that they
// read back exactly; NaN and infinities must not occur and become null.
std::string to_line(const Json& value);

// Several lines, indented by two, closed by a newline.
std::string to_text(const Json& value);

// Where two values differ first, by the names on the way there: "settings/learning_rate is 0.001, was 0.0001"; `was` is
// the word for the other one. Empty: they are equal, whatever the order of members.
std::string first_difference(const std::string& path, const Json& now, const Json& before,
                             const std::string& was = "was");

// Member `key` of `object` as T, or `fallback` where it is absent. Throws DataError naming `name` and `key` if the
// member has another type.
template <class T>
T get_or(const Json& object, const char* key, T fallback, const std::string& name);

[[noreturn]] void throw_wrong_type(const std::string& name, const char* key, const Json& found);

template <class T>
T get_or(const Json& object, const char* key, T fallback, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  try {
    return found->template get<T>();
  } catch (const nlohmann::json::exception&) {
    throw_wrong_type(name, key, *found);
  }
}

}  // namespace coopseg::core
