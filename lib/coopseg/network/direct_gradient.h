// The gradient of the weights of convolutions. Private to this folder.
#pragma once

#include "coopseg/network/direct_shape.h"

namespace coopseg::network::direct {

// The gradient of a weight [out][taps][in], in this order in memory, from the input and the gradient of the output.
void weight_gradient(const Geometry& shape, const DirectKernels& kernels, const void* x, const void* above,
                     float* gradient);

}  // namespace coopseg::network::direct
