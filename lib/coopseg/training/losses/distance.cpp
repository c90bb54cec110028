#include "coopseg/training/losses/distance.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {

at::Tensor distance_error(const at::Tensor& predicted, const at::Tensor& truth, const at::Tensor& counted) {
  if (!counted.defined()) return at::mse_loss(predicted, truth);
  const at::Tensor error = (predicted - truth).masked_fill(counted.logical_not().unsqueeze(1), 0);
  return error.square().sum() / (predicted.size(1) * counted.sum()).clamp_min(1);
}

at::Tensor probability_of_distance(const at::Tensor& distance, double steepness) {
  return at::sigmoid(-steepness * distance);
}

at::Tensor dual_task_difference(const at::Tensor& distance, const at::Tensor& logits, double steepness) {
  return at::mse_loss(probability_of_distance(distance, steepness), foreground_probabilities(logits));
}

}  // namespace coopseg::training
