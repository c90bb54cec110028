#include "coopseg/dataset/info_cfg.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::dataset {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <class T>
T number(const std::string& text, const std::string& key, const std::string& name) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw core::DataError(name, fmt::format("'{}: {}' is not a number", key, text));
  }
  return value;
}

}  // namespace

PatientInfo parse_info_cfg(const std::string& text, const std::string& name) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) {
      if (trimmed(line).empty()) continue;
      throw core::DataError(name, fmt::format("'{}' is not a line of the form 'Key: value'", trimmed(line)));
    }
    values[trimmed(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  }
  PatientInfo info;
  if (values.count("NbFrame")) info.frame_count = number<int>(values["NbFrame"], "NbFrame", name);
  const auto frame = [&](const char* key) {
    if (!values.count(key)) throw core::DataError(name, fmt::format("does not say which frame is {}", key));
    const int n = number<int>(values[key], key, name);
    if (n < 1 || (info.frame_count && n > *info.frame_count)) {
      throw core::DataError(name, fmt::format("names frame {} as {}, expected 1 to {}", n, key,
                                              info.frame_count ? std::to_string(*info.frame_count) : "NbFrame"));
    }
    return n;
  };
  info.ed_frame = frame("ED");
  info.es_frame = frame("ES");
  if (values.count("Group")) info.group = values["Group"];
  if (values.count("Height")) info.height_cm = number<double>(values["Height"], "Height", name);
  if (values.count("Weight")) info.weight_kg = number<double>(values["Weight"], "Weight", name);
  return info;
}

PatientInfo read_info_cfg(const std::filesystem::path& file) {
  return parse_info_cfg(core::read_file(file, 1 << 20), file.string());
}

}  // namespace coopseg::dataset
