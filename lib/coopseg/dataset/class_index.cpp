#include "coopseg/dataset/class_index.h"

#include <fmt/ranges.h>

#include "coopseg/core/error.h"

namespace coopseg::dataset {

std::optional<int> value_of(const core::LabelNames& names, const std::string& name) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const core::LabelNames& names) {
  std::vector<std::string> list;
  list.reserve(names.size());
  for (const auto& entry : names) list.push_back(entry.first);
  return list;
}

image::Remap class_index(const core::LabelNames& names, const core::LabelNames& classes) {
  image::Remap index{{0, 0}};
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const auto value = names.empty() ? classes[k].second : value_of(names, classes[k].first);
    if (value) index[*value] = static_cast<std::int32_t>(k + 1);
  }
  return index;
}

image::Remap class_index_of_all(const std::set<std::int32_t>& values, const core::LabelNames& names,
                                const core::LabelNames& classes, const std::string& file) {
  image::Remap index = class_index(names, classes);
  for (const std::int32_t value : values) {
    if (index.count(value) > 0) continue;
    std::string called = std::to_string(value);
    for (const auto& [name, of_name] : names) {
      if (of_name == value) called += " (" + name + ")";
    }
    throw core::DataError(file,
                          fmt::format("holds label {}, which is none of the classes {}", called,
                                      fmt::join(names_of(classes), ", ")),
                          "convert it with cs-preprocess --labels or --remap, or name it in the list");
  }
  return index;
}

void to_class_indices(const core::LabelNames& names, const core::LabelNames& classes, image::LabelMap& labels,
                      const std::string& file) {
  image::apply(class_index_of_all(image::values_of(labels), names, classes, file), labels);
}

void to_label_values(const core::LabelNames& classes, image::LabelMap& labels) {
  image::Remap values;
  for (const auto& entry : classes) values.emplace(static_cast<std::int32_t>(values.size()) + 1, entry.second);
  image::apply(values, labels);
}

}  // namespace coopseg::dataset
