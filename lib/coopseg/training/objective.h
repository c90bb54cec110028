// What a training minimises: the part of a trainer that knows the method. The loop around it (trainer.h) is the same
// for all of them.
//
//   StandardObjective objective(ObjectiveOptions{});
//   Losses losses = objective.evaluate(model, batch);
//   losses.total.backward();
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/network/model.h"

namespace coopseg::training {

// One batch on the model's device.
struct TensorBatch {
  at::Tensor clean;   // [N, 1, H, W], in [0, 1]
  at::Tensor noise;   // [N, 1, H, W], standard normal
  at::Tensor labels;  // [N, H, W], int64 class indices
  // Where the training stands. Draws of a method must be functions of these alone (core::RandomStream), so that a
  // resumed run makes the same ones.
  std::uint64_t seed = 0;
  std::size_t epoch = 0, iteration = 0;
};

struct Losses {
  at::Tensor total;                                       // what is minimised, a scalar
  std::vector<std::pair<std::string, at::Tensor>> terms;  // with their weights, in Objective::terms()' order
  at::Tensor logits;                                      // [N, classes, H, W], for the training scores
};

class Objective {
 public:
  virtual ~Objective() = default;
  // Names of the loss terms, for the log.
  virtual std::vector<std::string> terms() const = 0;
  // Forward passes in training mode; the graph is there for total.backward().
  virtual Losses evaluate(network::Model& model, const TensorBatch& batch) = 0;
  // How often the STN corrects the prediction that is validated.
  virtual int validation_steps() const { return 0; }
};

class HardExampleMaker;

struct ObjectiveOptions {
  double noise = 0.05;         // standard deviation of the input's noise
  double image_weight = 0.5;   // of the reconstruction's mean squared error
  bool slow_thinking = false;  // with the losses of the STN; the model must have one
  bool separate = false;       // the STN's losses send no gradient into the FTN
};

// The losses of Chen et al., MICCAI 2021; x clean images, y labels, CE the mean cross-entropy of pixels, without weights.
// Standard: x_n = clamp(x + noise * eps, 0, 1);
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
class StandardObjective : public Objective {
 public:
  // `hard` must outlive the objective; null: none. Throws std::invalid_argument if it makes segmentations, which only
  // the slow-thinking network can use, and there is none.
  explicit StandardObjective(const ObjectiveOptions& options, HardExampleMaker* hard = nullptr);
  std::vector<std::string> terms() const override;
  Losses evaluate(network::Model& model, const TensorBatch& batch) override;
  int validation_steps() const override { return options_.slow_thinking ? 1 : 0; }

 private:
  ObjectiveOptions options_;
  HardExampleMaker* hard_;
};

// Pixel counts [reference][predicted] of the arg max of `logits` against `labels`, the first class on a tie: int64 on
// the device of the logits, for which nobody has to wait; and as plain numbers.
at::Tensor confusion_tensor(const at::Tensor& logits, const at::Tensor& labels);
std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace coopseg::training
