#include "coopseg/artefact/recipe_cases.h"

#include <algorithm>
#include <map>
#include <set>

#include "coopseg/image/image_files.h"

namespace coopseg::artefact {

namespace {

using core::Case;

bool same_name(const RecipeLine& a, const std::string& id, const std::string& frame) {
  return a.id == id && a.frame == frame;
}

Case renamed(const Case& c, const RecipeLine& line) {
  if (same_name(line, c.id(), c.frame())) return c;
  core::Json fields = c.fields();
  fields["id"] = line.id;
  if (line.frame.empty()) fields.erase("frame");
  else fields["frame"] = line.frame;
  Case out(fields, {}, c.name());
  for (const char* field : core::kPathFields)
    if (const auto p = c.path(field)) out.set_path(field, *p);
  return out;
}

}  // namespace

RecipeCases cases_of_recipe(const Recipe& recipe, const std::vector<Case>& list) {
  std::map<std::string, std::vector<const RecipeLine*>> inputs;  // by their bytes; each name once
  for (const RecipeLine& line : recipe.lines) {
    auto& names = inputs[line.input_sha256];
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](const auto* n) { return same_name(*n, line.id, line.frame); });
    if (!known) names.push_back(&line);
  }
  RecipeCases out;
  std::set<const RecipeLine*> taken;
  for (const Case& c : list) {
    const auto names = inputs.find(image::sha256_of_image(c.image()));
    if (names == inputs.end()) continue;
    for (const RecipeLine* line : names->second) {
      const bool meant = names->second.size() == 1 || same_name(*line, c.id(), c.frame());
      if (meant && taken.insert(line).second) out.cases.push_back(renamed(c, *line));
    }
  }
  for (const auto& [hash, names] : inputs)
    for (const RecipeLine* line : names)
      if (!taken.count(line)) out.missing.push_back(line);
  return out;
}

}  // namespace coopseg::artefact
