// A step of SimCVD (You et al., IEEE TMI 2022) as one would write it with LibTorch's own layers and losses and nothing
// else, for one class beside the background. What the toolkit's own is measured against, in speed and in numbers.
//
//   plain::SimCvdPlayer student(plain::VNet(1, 16, 1, 1, /*dropout=*/0.5), /*pool=*/128), teacher(...);
//   plain::SimCvdStep step(student, teacher, settings, how);
//   step(batch);
#pragma once

#include <torch/nn.h>
#include <torch/optim/sgd.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/method.h"
#include "coopseg/training/methods/simcvd.h"
#include "plain_vnet.h"

namespace coopseg::plain {

// A V-Net of one logit and one distance map, and the head that sees its slices: pool x pool to 256, 256 and 128.
struct SimCvdPlayerImpl : torch::nn::Module {
  SimCvdPlayerImpl(VNet network, int pool);
  // Of image + distance map [N, 1, X, Y, Z], behind alpha dropout: [slices of all N, 128].
  at::Tensor project(const at::Tensor& feature, double alpha_dropout);
  // Copies values of the same names, "projection/mlp.0.weight".
  void load_head(const std::vector<std::pair<std::string, at::Tensor>>& state);

  VNet network;
  int pool;
  torch::nn::Sequential head;
};
TORCH_MODULE(SimCvdPlayer);

struct SimCvdHow {
  double alpha_dropout = 0.1, learning_rate = 0.01, decay = 0.999;
};

// Forward of the student, of the teacher without gradients, losses, backward, SGD with momentum 0.9 and weight decay
// 5e-4, and the teacher's step. The same settings as the toolkit's, but for the contrast: all slices, normalised.
class SimCvdStep {
 public:
  SimCvdStep(SimCvdPlayer student, SimCvdPlayer teacher, const training::SimCvdSettings& settings,
             const SimCvdHow& how);
  // Weighted: cross-entropy, Dice, distance, contrast, distillation, consistency; before the step.
  std::array<double, 6> operator()(const training::TensorBatch& batch);

 private:
  SimCvdPlayer student_, teacher_;
  training::SimCvdSettings settings_;
  SimCvdHow how_;
  torch::optim::SGD optimiser_;
  std::size_t iteration_ = 0;
};

}  // namespace coopseg::plain
