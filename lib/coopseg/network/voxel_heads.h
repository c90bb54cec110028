// Convolutions of single voxels to a few channels, at the end of a network, over channels-last memory. Private to this
// folder.
//
// As matrix products they are of one or two columns, for which BLAS reorders the whole input, for each head anew. Here
// heads, and the dropout before them, share one pass over memory, and their gradients another.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::network {

// Whether apply_voxel_heads() takes it: float32, float64 or bfloat16 volumes, on the processor, channels-last.
bool has_voxel_heads(const at::Tensor& x);

struct VoxelHeads {
  at::Tensor first, second;  // row-major, float32 where x is bfloat16
};

// Of x * factors, x [N, C, X, Y, Z], `factors` [N, C] of any type or undefined; weights [K, C, 1, 1, 1] and biases [K] of
// each head, of x's type or float32 where x is bfloat16; `weight2` undefined: one head. Gradients reach all but the
// factors. Sums are taken over fixed blocks: the result does not depend on the number of threads.
VoxelHeads apply_voxel_heads(const at::Tensor& x, const at::Tensor& factors, const at::Tensor& weight1,
                             const at::Tensor& bias1, const at::Tensor& weight2, const at::Tensor& bias2);

}  // namespace coopseg::network
