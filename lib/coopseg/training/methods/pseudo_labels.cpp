#include "coopseg/training/methods/pseudo_labels.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/segmentation.h"

namespace coopseg::training {

Losses PseudoLabels::step(const TensorBatch& batch) {
  const at::Tensor logits = look(batch.clean, batch).logits, others = others_of(logits, batch);
  Losses losses;
  add_supervised(losses, labelled_of(logits, batch), batch, 1 / (1 + weight_));
  const bool soft = batch.pseudo_probabilities.defined();
  const at::Tensor& targets = soft ? batch.pseudo_probabilities : batch.pseudo_labels;
  const double half = 0.5 * weight_ / (1 + weight_);
  losses.add("pseudo_cross_entropy",
             half * (soft ? soft_cross_entropy : cross_entropy)(others, targets, batch.pseudo_counted));
  losses.add("pseudo_dice", half * (soft ? soft_dice_loss : dice_loss)(others, targets, batch.pseudo_counted));
  return losses;
}

}  // namespace coopseg::training
