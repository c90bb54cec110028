// The output of convolutions, tile by tile. Private to this folder.
#pragma once

#include <vector>

#include "coopseg/network/direct_packing.h"

namespace coopseg::network::direct {

// `corners` 8: x is spread to twice its sides, corner by corner, with weights packed one corner after the other.
void convolve(const Geometry& shape, const DirectKernels& kernels, const void* x, const std::vector<Packed>& weights,
              const float* bias, void* out);

}  // namespace coopseg::network::direct
