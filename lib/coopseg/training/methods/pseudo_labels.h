// Segmentation by labelled images and by others that a model has labelled: a generation of self-training.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/methods/student.h"

namespace coopseg::training {

// (L + W P) / (1 + W), L being 1/2 (cross-entropy + Dice loss) of the labelled images and P that of the pseudo-labelled
// ones, by their labels or their class probabilities. After ATSO (Huo et al., CVPR 2021), whose abstract leaves the
// loss open.
class PseudoLabels : public StudentMethod {
 public:
  // `weight` is W, at least 0.
  PseudoLabels(StudentParts parts, double weight) : StudentMethod(std::move(parts)), weight_(weight) {}
  std::vector<std::string> terms() const override {
    return {"cross_entropy", "dice", "pseudo_cross_entropy", "pseudo_dice"};
  }
  Losses step(const TensorBatch& batch) override;

 private:
  double weight_;
};

}  // namespace coopseg::training
