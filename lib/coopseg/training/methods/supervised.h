// Segmentation by the labelled images alone: what semi-supervised methods are compared with, and begin with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/methods/student.h"

namespace coopseg::training {

// 1/2 (cross-entropy + Dice loss) of the labelled images (UA-MT's public code; Yu et al., MICCAI 2019). Images without
// label, where a batch has any, go through the network with the others and have no part in the loss: batch norms see
// them, as in the methods that learn from them.
class Supervised : public StudentMethod {
 public:
  using StudentMethod::StudentMethod;
  std::vector<std::string> terms() const override { return {"cross_entropy", "dice"}; }
  Losses step(const TensorBatch& batch) override;
};

}  // namespace coopseg::training
