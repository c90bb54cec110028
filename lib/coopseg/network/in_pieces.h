// Operations on tensors too large for the cache, a piece at a time: what several of them read and write is fetched once.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace coopseg::network {

// Calls work(pieces) with the same piece of every tensor, until all have been seen; by several threads, and without
// gradients.
// Nothing but operations from element to element may be in `work`, which then has the same results as on whole tensors.
// Tensors that are not of one shape and one dense order of memory, or not on the processor, are one piece.
void in_pieces(const std::vector<at::Tensor>& tensors, const std::function<void(const std::vector<at::Tensor>&)>& work);

}  // namespace coopseg::network
