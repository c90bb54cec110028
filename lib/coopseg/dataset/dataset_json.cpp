#include "coopseg/dataset/dataset_json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "coopseg/core/error.h"

namespace coopseg::dataset {

using core::Json;

namespace {

constexpr long kLargestValue = 65535;

// -1 for what is no label value.
long label_value(const Json& entry) {
  if (!entry.is_number_integer() || entry < 0 || entry > kLargestValue) return -1;
  return entry.get<long>();
}

long number_of(const std::string& key) {
  long value = -1;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  return error == std::errc() && end == key.data() + key.size() && value <= kLargestValue ? value : -1;
}

// The values of a region; empty for what is none.
std::vector<long> region_values(const Json& entry) {
  std::vector<long> values;
  for (const Json& one : entry) values.push_back(label_value(one));
  if (std::count(values.begin(), values.end(), -1) > 0) values.clear();
  return values;
}

bool fits_file_names(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || c < 32 || c == 127; });
}

}  // namespace

bool is_class_name(const std::string& name) {
  static const std::string kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.+-";
  return !name.empty() && name.size() <= 32 && name.find_first_not_of(kAllowed) == std::string::npos;
}

std::optional<core::LabelNames> described_labels(const Json& labels, const std::string& file,
                                                 std::vector<std::string>& remarks) {
  std::map<long, std::string> by_value;
  std::vector<std::string> regions;
  std::set<long> in_regions;
  for (const auto& [key, entry] : labels.items()) {
    std::string text = key;
    long value = -1;
    if (entry.is_string()) {
      text = entry.get<std::string>();
      value = number_of(key);
    } else if (entry.is_array()) {
      const std::vector<long> values = region_values(entry);
      if (values.size() > 1) {
        regions.push_back(text);
        in_regions.insert(values.begin(), values.end());
        continue;
      }
      if (values.size() == 1) value = values.front();
    } else {
      value = label_value(entry);
    }
    if (value == 0) continue;
    if (!is_class_name(text) || value < 0 || !by_value.emplace(value, text).second) {
      remarks.push_back(fmt::format("{}: \"labels\" gives no short class names; name them with --labels", file));
      return std::nullopt;
    }
  }
  if (!regions.empty()) {
    std::vector<long> by_number;
    for (const long value : in_regions) {
      if (value > 0 && by_value.emplace(value, std::to_string(value)).second) by_number.push_back(value);
    }
    remarks.push_back(fmt::format(
        "{}: \"labels\" has regions of several values, which are left out ({}){}", file, fmt::join(regions, ", "),
        by_number.empty() ? "" : fmt::format("; called by their numbers: {}", fmt::join(by_number, ", "))));
  }
  core::LabelNames names;
  for (const auto& [value, text] : by_value) names.emplace_back(text, static_cast<int>(value));
  return core::label_names_from_json(core::label_names_to_json(names), file);  // as lists are read
}

std::vector<std::string> described_channels(const Json& channels, const std::string& file,
                                            std::vector<std::string>& remarks) {
  if (!channels.is_object() || channels.empty())
    throw core::DataError(file, "does not name the channels as {\"0\":\"T1w\", ...}");
  std::map<long, std::string> by_number;
  bool usable = true;
  for (const auto& [key, name] : channels.items()) {
    by_number[number_of(key)] = name.is_string() ? name.get<std::string>() : std::string();
  }
  std::set<std::string> distinct;
  std::vector<std::string> names;
  for (const auto& [number, name] : by_number) {
    if (number != static_cast<long>(names.size()) || by_number.size() != channels.size())
      throw core::DataError(file, "does not number its channels 0, 1, 2 ...");
    usable = usable && fits_file_names(name) && distinct.insert(name).second;
    names.push_back(name);
  }
  if (usable) return names;
  for (std::size_t k = 0; k < names.size(); ++k) names[k] = std::to_string(k);
  if (names.size() > 1) {
    remarks.push_back(
        fmt::format("{}: the names of the channels are not distinct and short: they are called 0, 1 ...", file));
  }
  return names;
}

Json read_description(const std::filesystem::path& file) {
  Json json = core::read_json(file);
  if (!json.is_object()) throw core::DataError(file.string(), "is not a JSON object");
  return json;
}

std::map<std::string, std::string> described_splits(const Json& description, const std::string& file) {
  std::map<std::string, std::string> split_of;
  const auto splits = description.find("splits");
  if (splits == description.end() || !splits->is_object()) return split_of;
  for (const auto& [split, ids] : splits->items()) {
    if (!ids.is_array()) continue;
    for (const Json& id : ids) {
      if (!id.is_string()) continue;
      if (!split_of.emplace(id.get<std::string>(), split).second)
        throw core::DataError(file, fmt::format("has {} in two splits", id.get<std::string>()));
    }
  }
  return split_of;
}

}  // namespace coopseg::dataset
