// The rules of LibTorch's optimisers for all parameters at once: LibTorch's own, from C++, start a dozen operations for
// each parameter, and a GPU takes longer to start them than to do them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "coopseg/training/optimiser.h"

namespace coopseg::training {

// Of one parameter. Its moments are, in this order, those of Adam and AdamW (exp_avg, exp_avg_sq), of SGD with momentum
// (momentum_buffer), of RMSprop (square_avg, and with momentum momentum_buffer); `step` counts this step, from 1.
struct Stepping {
  at::Tensor parameter, gradient;
  std::vector<at::Tensor> moments;
  std::int64_t step = 0;
};

// As torch::optim's step() with these settings, but for rounding. All on one device; none has an undefined tensor.
void step_at_once(const OptimiserSettings& how, double rate, const std::vector<Stepping>& all);

}  // namespace coopseg::training
