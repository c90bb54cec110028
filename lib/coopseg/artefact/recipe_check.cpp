#include "coopseg/artefact/recipe_check.h"

#include "coopseg/core/batch.h"
#include "coopseg/core/error.h"

namespace coopseg::artefact {

RecipeCheck::RecipeCheck(const Recipe& recipe) {
  for (const RecipeLine& line : recipe.lines) voxels_.emplace(line.file, line.voxels_sha256);
}

void RecipeCheck::check(const RecipeLine& made, const std::filesystem::path& folder) const {
  const auto expected = voxels_.find(made.file);
  if (expected == voxels_.end() || expected->second == made.voxels_sha256) return;
  throw core::DataError((folder / made.file).string(), "differs from the recipe's image",
                        "use the version of cs-corrupt that the recipe names");
}

Verified verify_set(const Recipe& recipe, const std::filesystem::path& folder, int threads) {
  std::vector<core::Case> files;
  for (std::size_t i = 0; i < recipe.lines.size(); ++i) {
    files.emplace_back(recipe.lines[i].id, folder / recipe.lines[i].file);
    files.back().set("line", i);
  }
  Verified found;
  found.all_well = core::for_each_case(
      "verifying", files, threads,
      [&](const core::Case& c) {
        bool otherwise = false;
        const RecipeLine& line = recipe.lines[static_cast<std::size_t>(*c.integer("line"))];
        const std::string problem = difference(line, folder, otherwise);
        if (!problem.empty()) throw core::DataError(c.image().string(), problem);
        return otherwise;
      },
      [&](std::size_t, bool otherwise) {
        ++found.equal;
        found.packed_otherwise += otherwise;
      });
  return found;
}

}  // namespace coopseg::artefact
