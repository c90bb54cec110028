// Operations on many tensors at once. On a GPU each operation on a small tensor takes as long as it takes to start it;
// LibTorch's foreach operations start one for as many tensors as its kernels take.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace coopseg::network {

// The same numbers as `tensors`, each with the strides of its partner of the same shape: without those, foreach
// operations go tensor by tensor. Strides of sides of 1, which say nothing, are what differs in general; then the
// memory is the same, too.
std::vector<at::Tensor> lying_as(const std::vector<at::Tensor>& partners, std::vector<at::Tensor> tensors);

// own = keep * own + (1 - keep) * leaders, tensor by tensor, without gradients.
void follow_at_once(const std::vector<at::Tensor>& own, const std::vector<at::Tensor>& leaders, double keep);

}  // namespace coopseg::network
