// The images of a test set against the recipe that it was made by.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "coopseg/artefact/recipe.h"

namespace coopseg::artefact {

// Of images that are made again. Thread-safe.
class RecipeCheck {
 public:
  RecipeCheck() = default;  // nothing is expected
  explicit RecipeCheck(const Recipe& recipe);

  // Throws core::DataError if the image of `made`, a file below `folder`, is not the recipe's. Images that the recipe
  // does not name pass: it may be that of a part of the set.
  void check(const RecipeLine& made, const std::filesystem::path& folder) const;

 private:
  std::map<std::string, std::string> voxels_;  // SHA-256, by file
};

struct Verified {
  std::size_t equal = 0, packed_otherwise = 0;  // packed_otherwise: of the equal ones; see difference()
  bool all_well = true;                         // all images of the recipe are there and equal
};

// Compares the files in `folder` with the recipe, on so many threads. Images that differ are logged.
Verified verify_set(const Recipe& recipe, const std::filesystem::path& folder, int threads);

}  // namespace coopseg::artefact
