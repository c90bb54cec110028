// The reference implementation's initialisation: Kaiming-normal for every convolution, PyTorch's defaults for what it
// leaves alone.

#include <cmath>

#include "coopseg/core/random.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/modules.h"

namespace coopseg::network {
namespace {

constexpr double kNormDeviation = 0.02;

template <class Draw>
void fill(at::Tensor tensor, Draw draw) {
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  float* const begin = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) begin[i] = static_cast<float>(draw());
  tensor.copy_(values);
}

}  // namespace

void Model::initialise(std::uint64_t seed) {
  const at::NoGradGuard without_gradients;
  for (const NamedTensor& entry : modules_->store) {
    core::RandomStream random(seed, {"initialise", entry.name});
    at::Tensor tensor = entry.tensor;
    switch (entry.role) {
      case Role::weight: {
        const double deviation = std::sqrt(2.0 / static_cast<double>(entry.fan));
        fill(tensor, [&] { return deviation * random.normal(); });
        break;
      }
      case Role::bias:
      case Role::transposed_weight:
      case Role::transposed_bias: {
        const double bound = 1 / std::sqrt(static_cast<double>(entry.fan));
        fill(tensor, [&] { return random.uniform(-bound, bound); });
        break;
      }
      case Role::norm_weight:
        fill(tensor, [&] { return 1 + kNormDeviation * random.normal(); });
        break;
      case Role::running_variance:
        tensor.fill_(1);
        break;
      case Role::last_bias:
      case Role::norm_bias:
      case Role::running_mean:
      case Role::batches_tracked:
        tensor.zero_();
        break;
    }
  }
}

}  // namespace coopseg::network
