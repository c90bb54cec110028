#include "coopseg/dataset/label_scheme.h"

#include <cstdlib>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::dataset {

core::LabelNames parse_label_names(const std::string& text) {
  if (text == "acdc") return {{"RV", 1}, {"MYO", 2}, {"LV", 3}};
  if (text == "mnms" || text == "coopseg") return {{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  core::Json object = core::Json::object();
  std::vector<std::string> parts = core::split(text);
  if (parts.back().empty()) parts.pop_back();
  for (const std::string& part : parts) {
    const auto colon = part.rfind(':');
    char* end = nullptr;
    const long value = colon == std::string::npos ? 0 : std::strtol(part.c_str() + colon + 1, &end, 10);
    if (colon == 0 || colon == std::string::npos || *end != '\0' || end == part.c_str() + colon + 1) {
      throw core::UsageError("--labels", "\"" + text + "\" is not of the form LV:1,MYO:2,RV:3, acdc, mnms or coopseg");
    }
    const std::string name = part.substr(0, colon);
    if (object.contains(name)) throw core::UsageError("--labels", "\"" + name + "\" is named twice");
    object[name] = value;
  }
  core::LabelNames names = core::as_usage_error([&] { return core::label_names_from_json(object, "--labels"); });
  if (names.empty()) throw core::UsageError("--labels", "names no label");
  return names;
}

}  // namespace coopseg::dataset
