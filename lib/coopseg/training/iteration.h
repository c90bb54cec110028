// One iteration of a training, the same in a training and in a plan of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/dataset/batch.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

class Iteration {
 public:
  // The method must outlive it, on its device already.
  Iteration(Method& method, std::string device, std::uint64_t seed);

  // Losses of the batch, gradients, a step of each player, unless the losses are idle. `look` sees the losses before
  // there are gradients, and may throw: then nothing has moved but running statistics.
  void run(const dataset::Batch& batch, std::size_t epoch, std::size_t iteration,
           const std::function<void(const Losses&)>& look);

  // A number, or with several players {"<name>": number, ...}.
  core::Json learning_rate(std::size_t iteration) const;

  // The method's state and the optimisers'.
  void save(core::TensorFile& content) const;
  void load(const core::TensorFile& content, const std::string& file);
  // The name of a tensor of the method that is no longer finite; empty: there is none.
  std::string not_finite() const;

 private:
  Method& method_;
  std::string device_;
  std::uint64_t seed_;
  std::vector<Optimiser> optimisers_;
};

}  // namespace coopseg::training
