// The critic of Duo-SegNet (Peiris et al., MICCAI 2021): how likely each voxel of a map of classes is to come from a
// label and not from a network. It judges every voxel by itself.
//
//   Critic critic({/*channels=*/1, /*dimensions=*/3});
//   critic.weights().initialise(/*seed=*/0);
//   at::Tensor opinion = critic(probabilities, Judged::by_a_constant);
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "coopseg/model/layout_heads.h"
#include "coopseg/network/weights.h"

namespace coopseg::network {

enum class Judged {
  by_a_learner,   // gradients reach the critic's weights, its norm's statistics move
  by_a_constant,  // neither does; gradients reach the maps alone
};

// Not for two threads at once; ATen itself works with several.
class Critic {
 public:
  // Weights are 0 (those of the norm 1) until they are initialised or loaded. Throws core::UsageError for a shape that
  // no critic can have.
  explicit Critic(const model::CriticShape& shape);
  ~Critic();
  Critic(Critic&&) noexcept;
  Critic& operator=(Critic&&) noexcept;

  // Maps [N, channels, ...] of probabilities, or of zeros and ones, to [N, 1, ...] in [0, 1]. The norm takes the
  // statistics of these maps, as in the public code, which calls it once for each of its terms.
  at::Tensor operator()(const at::Tensor& maps, Judged how) const;
  Weights& weights();
  const Weights& weights() const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace coopseg::network
