#include "coopseg/training/methods/dual_task.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/distance.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {

std::vector<std::string> DualTask::terms() const {
  std::vector<std::string> names{"dice"};
  if (settings_.distance_weight > 0) names.emplace_back("distance");
  if (settings_.consistency_weight > 0) names.emplace_back("consistency");
  return names;
}

Losses DualTask::step(const TensorBatch& batch) {
  const network::Output out = look(batch.clean, batch);
  const at::Tensor logits = labelled_of(out.logits, batch);
  Losses losses;
  losses.counts = confusion_tensor(logits, batch.labels, batch.counted);
  losses.add("dice", dice_loss(logits, batch.labels, batch.counted));
  if (settings_.distance_weight > 0) {
    const at::Tensor error = distance_error(labelled_of(out.distance, batch), batch.distances, batch.counted);
    losses.add("distance", settings_.distance_weight * error);
  }
  if (settings_.consistency_weight > 0) {
    const double weight = settings_.consistency_weight * settings_.ramp.at(batch.iteration);
    losses.add("consistency", weight * dual_task_difference(out.distance, out.logits, settings_.steepness));
  }
  return losses;
}

}  // namespace coopseg::training
