// Which images of a list a recipe was made from. They are known by their bytes, so the list's own ids do not matter.
#pragma once

#include <vector>

#include "coopseg/artefact/recipe.h"

namespace coopseg::artefact {

struct RecipeCases {
  std::vector<core::Case> cases;           // in the list's order, by the recipe's id and frame: draws depend on them
  std::vector<const RecipeLine*> missing;  // one line for each image that the list does not hold
};

// Reads every image of the list to know its bytes. An image that the recipe names twice goes by id and frame. The lines
// are the recipe's own. Throws core::IoError.
RecipeCases cases_of_recipe(const Recipe& recipe, const std::vector<core::Case>& list);

}  // namespace coopseg::artefact
