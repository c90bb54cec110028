#include "coopseg/image/labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::image {

using core::DataError;
using core::UsageError;

namespace {

bool parse_value(std::string_view text, std::int32_t& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Remap parse_remap(const std::string& text) {
  Remap remap;
  for (const std::string& part : core::split(text)) {
    const std::string_view item = part;
    const std::size_t colon = item.find(':');
    std::int32_t from = 0, to = 0;
    if (colon == std::string_view::npos || !parse_value(item.substr(0, colon), from) ||
        !parse_value(item.substr(colon + 1), to)) {
      throw UsageError("label remapping '" + text + "'", fmt::format("'{}' is not OLD:NEW", item),
                       "write for example 3:1,2:2,1:3");
    }
    if (!remap.emplace(from, to).second) {
      throw UsageError("label remapping '" + text + "'", fmt::format("names the value {} twice", from), "name it once");
    }
  }
  return remap;
}

Remap remap_by_name(const core::LabelNames& from, const core::LabelNames& to, const std::string& where) {
  Remap remap;
  for (const auto& [name, value] : from) {
    const auto found =
        std::find_if(to.begin(), to.end(), [&, &wanted = name](const auto& t) { return t.first == wanted; });
    if (found == to.end()) {
      std::vector<std::string> known;
      for (const auto& t : to) known.push_back(t.first);
      throw DataError(where,
                      fmt::format("names a label {} ({}), which is not among {}", name, value, fmt::join(known, ", ")),
                      "convert by number instead (OLD:NEW,...)");
    }
    remap[value] = found->second;
  }
  return remap;
}

void apply(const Remap& remap, LabelMap& labels) {
  if (remap.empty()) return;
  // Label maps are long runs of one value: looking up only where the value changes makes the map's cost vanish.
  std::int32_t last = 0;
  const auto zero = remap.find(0);
  std::int32_t last_to = zero == remap.end() ? 0 : zero->second;
  for (std::int32_t& value : labels.voxels) {
    if (value != last) {
      const auto found = remap.find(value);
      last = value;
      last_to = found == remap.end() ? value : found->second;
    }
    value = last_to;
  }
}

std::set<std::int32_t> values_of(const LabelMap& labels) {
  std::set<std::int32_t> values;
  if (labels.voxels.empty()) return values;
  std::int32_t last = labels.voxels.front();
  values.insert(last);
  for (const std::int32_t value : labels.voxels) {
    if (value != last) values.insert(last = value);
  }
  return values;
}

}  // namespace coopseg::image
