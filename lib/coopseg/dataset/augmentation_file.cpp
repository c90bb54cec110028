#include "coopseg/dataset/augmentation_file.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::dataset {

void require_policy_name(const std::string& name, const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  throw core::UsageError("augmentation", "\"" + name + "\" is not known",
                         fmt::format("use one of: {}", fmt::join(names, ", ")));
}

core::Json read_augmentation_file(const std::string& file, const std::vector<std::string>& names) {
  std::error_code ignored;
  if (!core::fs::exists(file, ignored)) {
    throw core::UsageError("--augmentation", "\"" + file + "\" is neither the name of a policy nor a file",
                           fmt::format("use one of: {}; or a JSON file", fmt::join(names, ", ")));
  }
  return core::as_usage_error([&] { return core::read_json(file); });
}

void require_known_members(const core::Json& json, const core::Json& known, const std::string& where) {
  if (!json.is_object()) throw core::DataError(where, "the augmentation must be a JSON object");
  for (const auto& [key, value] : json.items()) {
    if (!known.contains(key)) throw core::DataError(where, "augmentation has no member \"" + key + "\"");
    if (known[key].is_array() && (!value.is_array() || value.size() != known[key].size()))
      core::throw_wrong_type(where, key.c_str(), value);
  }
}

}  // namespace coopseg::dataset
