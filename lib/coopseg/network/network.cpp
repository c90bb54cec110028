#include "coopseg/network/network.h"

#include "coopseg/network/libtorch.h"

namespace coopseg::network {

at::Tensor softmax_logits(const at::Tensor& logits) {
  return logits.size(1) == 1 ? at::cat({at::zeros_like(logits), logits}, 1) : logits;
}

}  // namespace coopseg::network
