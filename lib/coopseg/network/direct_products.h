// The same convolutions by Winograd's products, in planes of two of the three axes. Private to this folder.
#pragma once

#include "coopseg/network/direct_packing.h"

namespace coopseg::network::direct {

// Few voxels do not pay for the transformation of the weights; of small sides much would be computed for nothing.
bool pays(const Geometry& shape, const DirectKernels& kernels);

// G g G^T of each plane of a kernel: [block of out][product][chunk][plane][in][out].
Packed pack_products(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight);

void convolve_by_products(const Geometry& shape, const DirectKernels& kernels, const float* x, const Packed& weights,
                          const float* bias, float* out);

// The gradient of a weight [out][3][3][3][in], in this order in memory.
void weight_gradient_by_products(const Geometry& shape, const DirectKernels& kernels, const float* x,
                                 const float* above, float* gradient);

}  // namespace coopseg::network::direct
