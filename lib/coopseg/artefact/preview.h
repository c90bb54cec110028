// A picture of what a plan does to an image, for people to look at.
#pragma once

#include "coopseg/artefact/plan.h"
#include "coopseg/image/picture.h"

namespace coopseg::artefact {

// The middle slice: a row for each chain of artefacts, in it the original, then each severity or repeat; all in one
// row where there is one variant of each chain. Each picture has its own contrast. id and frame are those of the case,
// on which the draws depend.
image::Picture preview(const image::Image& image, const Plan& plan, const std::string& id, const std::string& frame);

}  // namespace coopseg::artefact
