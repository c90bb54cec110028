// How two grids lie to each other: what tells resampling onto a grid, which makes sense where both show one place, from
// a header that lost its geometry on the way, which no resampling brings back.
#pragma once

#include "coopseg/image/volume.h"

namespace coopseg::image {

// The share of the smaller of two volumes, with their outer half voxels, that lies in the other one: 1 where one holds
// the other, 0 where they do not meet. Counted at the middles of 32 x 32 x 32 equal parts, so good to a few per cent.
// Throws core::DataError for axes that do not span space.
double shared_part(const Grid& one, const Grid& other);

// Below this shared_part() nothing worth having is left of a volume on the other's grid. Much smaller parts than half
// make sense: a slice of the long axis on the stack of its short axis.
inline constexpr double kLeastShared = 0.05;

// Below this shared_part() two files that should show one thing, as a label map and its image, do not.
inline constexpr double kMostlyShared = 0.5;

// `found` is `expected` after programs that write arrays without their geometry: of the same size, each spacing as
// expected or 1, one at least lost so; origin and direction as expected or those of the identity (in RAS or LPS). Or
// may_have_lost_place(), so far from what is expected that the two share less than kMostlyShared.
bool has_lost_header(const Grid& found, const Grid& expected);

// Of the same size and spacings, and with the origin and direction of the identity. A volume may lie there, too.
bool may_have_lost_place(const Grid& found, const Grid& expected);

}  // namespace coopseg::image
