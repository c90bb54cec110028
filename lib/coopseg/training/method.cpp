#include "coopseg/training/method.h"

#include "coopseg/network/libtorch.h"

namespace coopseg::training {

void Losses::add(const std::string& name, const at::Tensor& loss) {
  terms.emplace_back(name, loss);
  total = total.defined() ? total + loss : loss;
}

}  // namespace coopseg::training
