#include "coopseg/dataset/label_conversion.h"

#include <fmt/format.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"

namespace coopseg::dataset {

using core::DataError;

namespace {

int converted(int value, const image::Remap& remap) {
  const auto found = remap.find(value);
  return found == remap.end() ? value : found->second;
}

core::LabelNames renamed(const core::LabelNames& names, const image::Remap& remap) {
  core::LabelNames result;
  std::set<int> taken;
  for (const auto& [name, value] : names) {
    const int now = converted(value, remap);
    if (now == 0) continue;
    // Two classes made one have no name any more.
    if (!taken.insert(now).second) return {};
    result.emplace_back(name, now);
  }
  return result;
}

// What was not drawn would be taken for drawn, or the other way round.
void refuse_to_join_ignored(int ignored, const core::LabelNames& classes, const image::Remap& remap,
                            const std::string& where) {
  const auto refuse_if_joined = [&](int value) {
    if (value == ignored || converted(value, remap) != converted(ignored, remap)) return;
    throw DataError(where, fmt::format("label {} would get the value of {}", value, core::kIgnoreName),
                    "give what was not drawn a value that no class gets");
  };
  for (const auto& entry : classes) refuse_if_joined(entry.second);
  for (const auto& entry : remap) refuse_if_joined(entry.first);
}

}  // namespace

LabelConversion conversion_for(const LabelConversionRules& rules, const core::LabelNames& stated,
                               const std::string& where) {
  LabelConversion conversion;
  conversion.before = stated.empty() ? rules.from : stated;
  conversion.by_number = rules.by_number.has_value();
  const core::LabelNames classes = core::without_ignored(conversion.before);
  if (rules.by_number) {
    conversion.remap = *rules.by_number;
  } else if (!classes.empty()) {
    const auto known = [&](const auto& name) { return value_of(rules.target, name.first).has_value(); };
    if (rules.must_convert || std::all_of(classes.begin(), classes.end(), known)) {
      conversion.remap = image::remap_by_name(classes, rules.target, where);
    }
  } else if (rules.must_convert) {
    throw DataError(where, "does not say what its label values mean, so --to-labels cannot convert them",
                    "say it with --labels, or convert by number with --remap");
  }
  conversion.after = renamed(classes, conversion.remap);
  if (const auto ignored = core::ignored_value(conversion.before);
      ignored && converted(*ignored, conversion.remap) != 0) {
    refuse_to_join_ignored(*ignored, classes, conversion.remap, where);
    conversion.after.emplace_back(core::kIgnoreName, converted(*ignored, conversion.remap));
  }
  std::sort(conversion.after.begin(), conversion.after.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  return conversion;
}

void convert(const LabelConversion& conversion, image::LabelMap& labels, const std::string& file) {
  if (!core::without_ignored(conversion.before).empty() && !conversion.by_number) {
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
