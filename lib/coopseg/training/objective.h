// What a training minimises: the part of a trainer that knows the method. The loop around it (trainer.h) is the same
// for all of them.
//
//   FtnObjective objective(0.05, 0.5);
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

// Standard training of the fast-thinking network (Chen et al., MICCAI 2021):
//   x_n = clamp(x + noise * eps, 0, 1),
//   total = CE(logits(x_n), y) + image_weight * mean((reconstruction(x_n) - x)^2).
// The cross-entropy is averaged over all pixels, without class weights; the reconstruction's target is the clean x.
class FtnObjective : public Objective {
 public:
  FtnObjective(double noise, double image_weight) : noise_(noise), image_weight_(image_weight) {}
  std::vector<std::string> terms() const override { return {"seg", "image"}; }
  Losses evaluate(network::Model& model, const TensorBatch& batch) override;

 private:
  double noise_, image_weight_;
};

// Pixel counts [reference][predicted] of the arg max of `logits` against `labels`, the first class on a tie.
std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace coopseg::training
