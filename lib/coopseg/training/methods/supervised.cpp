#include "coopseg/training/methods/supervised.h"

namespace coopseg::training {

Losses Supervised::step(const TensorBatch& batch) {
  Losses losses;
  add_supervised(losses, labelled_of(look(batch.clean, batch).logits, batch), batch);
  return losses;
}

}  // namespace coopseg::training
