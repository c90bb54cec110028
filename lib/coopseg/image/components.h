// Connected components of label maps.
#pragma once

#include <cstddef>

#include "coopseg/image/volume.h"

namespace coopseg::image {

// Keeps, of each value but 0, the largest connected component and sets its other voxels to 0. Voxels that touch by a
// face, an edge or a corner are connected (26 neighbours, 8 in a single slice), so a component runs through slices.
// Of components of equal size the one whose first voxel in memory comes first stays. Returns the voxels removed.
std::size_t keep_largest_components(LabelMap& labels);

}  // namespace coopseg::image
