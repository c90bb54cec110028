#include "coopseg/dataset/label_conversion.h"

#include <fmt/format.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"

namespace coopseg::dataset {

using core::DataError;

namespace {

core::LabelNames renamed(const core::LabelNames& names, const image::Remap& remap) {
  core::LabelNames result;
  std::set<int> taken;
  for (const auto& [name, value] : names) {
    const auto found = remap.find(value);
    const int now = found == remap.end() ? value : found->second;
    if (now == 0) continue;
    // Two classes made one have no name any more.
    if (!taken.insert(now).second) return {};
    result.emplace_back(name, now);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return result;
}

}  // namespace

LabelConversion conversion_for(const LabelConversionRules& rules, const core::LabelNames& stated,
                               const std::string& where) {
  LabelConversion conversion;
  conversion.before = stated.empty() ? rules.from : stated;
  conversion.by_number = rules.by_number.has_value();
  if (rules.by_number) {
    conversion.remap = *rules.by_number;
  } else if (!conversion.before.empty()) {
    const auto known = [&](const auto& name) { return value_of(rules.target, name.first).has_value(); };
    if (rules.must_convert || std::all_of(conversion.before.begin(), conversion.before.end(), known)) {
      conversion.remap = image::remap_by_name(conversion.before, rules.target, where);
    }
  } else if (rules.must_convert) {
    throw DataError(where, "does not say what its label values mean, so --to-labels cannot convert them",
                    "say it with --labels, or convert by number with --remap");
  }
  conversion.after = renamed(conversion.before, conversion.remap);
  return conversion;
}

void convert(const LabelConversion& conversion, image::LabelMap& labels, const std::string& file) {
  if (!conversion.before.empty() && !conversion.by_number) {
    for (const std::int32_t value : image::values_of(labels)) {
      const bool named = std::any_of(conversion.before.begin(), conversion.before.end(),
                                     [&](const auto& name) { return name.second == value; });
      if (value != 0 && !named) {
        throw DataError(file, fmt::format("holds label {}, which has no name", value),
                        "name it in the list's \"labels\" or with --labels, or convert by number with --remap");
      }
    }
  }
  image::apply(conversion.remap, labels);
}

}  // namespace coopseg::dataset
