// One iteration of a training, the same in a training and in a plan of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/dataset/batch.h"
#include "coopseg/network/group.h"
#include "coopseg/training/gradient_sum.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

class Iteration {
 public:
  // The method must outlive it, on its device already; so must the group of those who train together, null for one
  // alone.
  Iteration(Method& method, std::string device, std::uint64_t seed, network::Group* group = nullptr);

  // Losses of the batch, gradients, a step of each player, unless the losses are idle. `look` sees the losses before
  // there are gradients, and may throw: then nothing has moved but running statistics. In a group the batch is this
  // process's share, and the losses and counts that are seen are of the whole.
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
  void average_statistics();

  Method& method_;
  std::string device_;
  std::uint64_t seed_;
  std::vector<Optimiser> optimisers_;
  network::Group* group_;
  std::unique_ptr<GradientSum> gradients_;
};

}  // namespace coopseg::training
