// The output of convolutions, tile by tile. Private to this folder.
#pragma once

#include <vector>

#include "coopseg/network/direct_packing.h"

namespace coopseg::network::direct {

// Of four weights: x is spread to twice its sides, one place of the first two axes after the other; the geometry's
// output channels are those of two neighbours along the last. `bias` has one number for each.
void convolve(const Geometry& shape, const DirectKernels& kernels, const void* x, const std::vector<Packed>& weights,
              const float* bias, void* out);

}  // namespace coopseg::network::direct
