#include "coopseg/training/losses/probabilities.h"

#include "coopseg/network/libtorch.h"

namespace coopseg::training {

at::Tensor probabilities(const at::Tensor& logits) {
  return logits.size(1) == 1 ? at::sigmoid(logits) : at::softmax(logits, 1);
}

at::Tensor foreground_probabilities(const at::Tensor& logits) {
  const at::Tensor p = probabilities(logits);
  return p.size(1) == 1 ? p : p.narrow(1, 1, p.size(1) - 1);
}

}  // namespace coopseg::training
