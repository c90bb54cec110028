// Batch norm, residual sum and activation in one pass over channels-last memory. Private to this folder.
//
// Two reasons not to leave it to ATen. Its channels-last kernel sums in float32: over a batch of 20 slices of 192 x 192
// pixels the variance is off by 3e-4 (LibTorch 1.13; its row-major kernel, and this one, by 1e-7). And the three
// operations are bound by memory: in one pass they cost less than half.
#pragma once

#include <ATen/core/Tensor.h>

#include "coopseg/network/group.h"

namespace coopseg::network {

// Factors for negative values.
constexpr double kIdentity = 1, kLeaky = 0.2, kRelu = 0;

// Whose batches this thread's batch norms take their statistics of; null: its own alone. Where there is one, the
// functions below take theirs of all of them, running ones included, and gradients of weight and bias are the own part.
Group* group_of_statistics();

// Whether normalise_channels_last() takes it: float32, float64 or bfloat16, on the processor, channels-last.
bool has_fast_normalisation(const at::Tensor& x);

// activation(norm(x) + residual), the norm with the batch's own mean and variance. x [N, C, H, W]; `residual` of the
// same shape and type, or undefined; the others of x's type, or float32 where x is bfloat16. Running statistics are
// moved (momentum 0.1, unbiased variance) if they are defined. Gradients reach x, weight, bias and residual. Sums are
// taken over fixed blocks in double precision: the result does not depend on the number of threads.
at::Tensor normalise_channels_last(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   const at::Tensor& running_mean, const at::Tensor& running_variance, double slope,
                                   const at::Tensor& residual);

// activation(norm(x)) + skip, of volumes [N, C, X, Y, Z] alone: the sum behind the activation, as the V-Net has it.
// `skip` may be undefined. Statistics of the batch as above, or of each image by itself, without running ones; weight
// and bias undefined are ones and zeros. Its gradient needs x alone, and reads less memory for it.
enum class Statistics { batch, image };
at::Tensor normalise_volumes(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             const at::Tensor& running_mean, const at::Tensor& running_variance, double slope,
                             const at::Tensor& skip, Statistics statistics);

// What normalise_channels_last() does with neither residual nor activation, of x [N, C, ...] of any shape, also of no
// image, float32 or float64 on any device: the statistics are those of all processes of the group.
at::Tensor normalise_together(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const at::Tensor& running_mean, const at::Tensor& running_variance, Group& group);

constexpr double kNormEpsilon = 1e-5, kNormMomentum = 0.1;

}  // namespace coopseg::network
