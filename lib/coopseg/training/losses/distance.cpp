#include "coopseg/training/losses/distance.h"

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/of_all.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {

at::Tensor distance_error(const at::Tensor& predicted, const at::Tensor& truth, const at::Tensor& counted) {
  if (!counted.defined() && !network::group()) return at::mse_loss(predicted, truth);
  at::Tensor error = predicted - truth;
  if (counted.defined()) error = error.masked_fill(counted.logical_not().unsqueeze(1), 0);
  return mean_of_counted(error.square().sum(), predicted.size(1) * count_of(counted, predicted.select(1, 0)));
}

at::Tensor probability_of_distance(const at::Tensor& distance, double steepness) {
  return at::sigmoid(-steepness * distance);
}

at::Tensor dual_task_difference(const at::Tensor& distance, const at::Tensor& logits, double steepness) {
  const at::Tensor own = at::mse_loss(probability_of_distance(distance, steepness), foreground_probabilities(logits));
  return network::mean_of_all(own, distance.numel());
}

}  // namespace coopseg::training
