// Convolutions of channels-last volumes on the processor without a change of their order in memory, which LibTorch 1.13
// makes before and after each of its three-dimensional ones. Private to this folder.
//
// Each output is summed in one order whatever the processor's vectors and the number of threads; gradients of weights
// are summed over blocks that the shapes alone determine.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace coopseg::network {

// A bias behind which a norm subtracts the mean has no effect, and its gradient is exactly 0.
enum class BiasGradient { computed, zero };

// A weight in the orders that convolutions have asked for, so that the next ones find it so. Of one weight, whose
// values stay.
class PackedWeight;
std::shared_ptr<PackedWeight> nothing_packed();

// Whether there is a direct convolution, in this precision and with gradients, of x [N, C, X, Y, Z] by this weight:
// 3 x 3 x 3 with stride 1 and a border of zeros, from one channel or multiples of 8, or 2 x 2 x 2 with stride 2, to
// multiples of 8; x float32 or bfloat16, weights float32. Multiples of 16 fill the processor's vectors. Of x [N, C, H,
// W] 3 x 3 with multiples of 16 in float32, where LibTorch's own is slow: on processors with AVX2 and no AVX-512.
bool has_direct_convolution(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride);
// As at::conv3d and at::conv2d; the border is 1 for kernels of 3 and 0 for those of 2. Channels last, of x's type. With
// `packed` there are no gradients.
at::Tensor convolve_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             BiasGradient bias_gradient, PackedWeight* packed = nullptr);

// As at::conv_transpose3d with a kernel of 2 and a stride of 2.
bool has_direct_expansion(const at::Tensor& x, const at::Tensor& weight);
at::Tensor expand_directly(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           BiasGradient bias_gradient, PackedWeight* packed = nullptr);

}  // namespace coopseg::network
