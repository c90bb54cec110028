// Where the middle of a side begins: of slices that are cropped for a network and of those that artefacts see.
#pragma once

#include <cstddef>

namespace coopseg::image {

// Of the middle `crop` pixels of a side of `size`, floored: the smaller half of an odd margin is cut off in front.
// Negative where the side is shorter, and then so many pixels are put in front of it: the larger half of an odd
// padding.
constexpr std::ptrdiff_t middle_start(std::size_t size, std::size_t crop) {
  const auto margin = static_cast<std::ptrdiff_t>(size) - static_cast<std::ptrdiff_t>(crop);
  return margin >= 0 ? margin / 2 : -((1 - margin) / 2);
}

}  // namespace coopseg::image
