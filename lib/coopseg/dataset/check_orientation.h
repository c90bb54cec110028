// Images that lie otherwise in space than the others of their list.
#pragma once

#include <vector>

#include "coopseg/dataset/check.h"

namespace coopseg::dataset {

// Adds the finding orientation to the verdicts of images that a network would see turned or mirrored, as most images of
// the list go, or whose headers do not say how they lie while others do.
void find_orientations(std::vector<CaseVerdict>& verdicts);

}  // namespace coopseg::dataset
