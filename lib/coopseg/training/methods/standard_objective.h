// The losses of training the FTN, alone or with the STN, on images and on hard examples of them.
//
//   StandardObjective objective(ObjectiveOptions{});
//   Losses losses = objective.evaluate(model, batch);
//   losses.total.backward();
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "coopseg/network/model.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

class HardExampleMaker;

struct ObjectiveOptions {
  double noise = 0.05;         // standard deviation of the input's noise
  double image_weight = 0.5;   // of the reconstruction's mean squared error
  bool slow_thinking = false;  // with the losses of the STN; the model must have one
  bool separate = false;       // the STN's losses send no gradient into the FTN
};

// The losses of Chen et al., MICCAI 2021; x clean images, y labels, CE the mean cross-entropy of pixels, without
// weights. Standard: x_n = clamp(x + noise * eps, 0, 1);
//   seg         CE(FTN(x_n), y)
//   image       image_weight * mean((reconstruction(x_n) - x)^2)
// and with the slow-thinking network
//   gt_shape    CE(STN(one-hot y), y)
//   pred_shape  CE(STN(softmax(FTN(x_n) / 2)), y).
// Of hard images x^ and hard segmentations p^, where `hard` makes them:
//   hard_seg              CE(FTN(x^), y)                          batch norms frozen
//   hard_image            image_weight * mean((x'(x^) - x)^2)     image decoder not frozen with latent augmentation
//   hard_pred_shape       CE(STN(softmax(FTN(x^) / 2)), y)        frozen
//   hard_corrupted_shape  CE(STN(softmax(p^ / 2)), y)             frozen
// each times the maker's weight, and the maker's own terms. The total is the sum.
class StandardObjective {
 public:
  // `hard` must outlive the objective; null: none. Throws std::invalid_argument if it makes segmentations, which only
  // the slow-thinking network can use, and there is none.
  explicit StandardObjective(const ObjectiveOptions& options, HardExampleMaker* hard = nullptr);
  std::vector<std::string> terms() const;  // Method::terms()
  // Forward passes in training mode; the graph is there for total.backward().
  Losses evaluate(network::Model& model, const TensorBatch& batch);

 private:
  ObjectiveOptions options_;
  HardExampleMaker* hard_;
};

}  // namespace coopseg::training
