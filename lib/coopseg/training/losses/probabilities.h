// Logits [N, 1, ...] of a sigmoid or [N, K + 1, ...] of a softmax, channel 0 the background, as probabilities.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

at::Tensor probabilities(const at::Tensor& logits);             // in the shape of the logits
at::Tensor foreground_probabilities(const at::Tensor& logits);  // [N, K, ...]; K is 1 for a sigmoid

}  // namespace coopseg::training
