// The V-Net as the public code of UA-MT and SASSNet writes it, in LibTorch's own layers and nothing else: row-major
// memory, one operation after the other. What the toolkit's own is measured against, in speed and in numbers.
//
//   plain::VNet net(/*channels=*/1, /*filters=*/16, /*logits=*/2);
//   net->load(own.weights().state());
//   plain::VNetStep step(net, {});
//   step(volumes, labels);
#pragma once

#include <torch/nn.h>
#include <torch/optim/sgd.h>

#include <string>
#include <utility>
#include <vector>

namespace coopseg::plain {

// Of [N, channels, X, Y, Z]: logits [N, logits, X, Y, Z]; distances by tanh, one channel for each of `distances`, where
// there are any; the bottleneck before its dropout.
struct VNetOutput {
  at::Tensor logits, distance, code;
};

struct VNetImpl : torch::nn::Module {
  // `dropout` is the probability of dropping a channel of the bottleneck and of the last block.
  VNetImpl(int channels, int filters, int logits, int distances = 0, double dropout = 0);
  VNetOutput look(const at::Tensor& x);
  at::Tensor forward(const at::Tensor& x) { return look(x).logits; }
  // Copies values of the same names, "vnet/block_one.conv.0.weight".
  void load(const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  using Block = torch::nn::Sequential;
  Block convolutions(const std::string& name, int count, int in, int out);
  Block down(const std::string& name, int in, int out);
  Block up(const std::string& name, int in, int out);
  void add_norm(Block& block, int channels);

  Block one_, one_down_, two_, two_down_, three_, three_down_, four_, four_down_, five_;
  Block five_up_, six_, six_up_, seven_, seven_up_, eight_, eight_up_, nine_;
  torch::nn::Conv3d distance_{nullptr}, segmentation_{nullptr};
  torch::nn::Dropout3d dropout_;
};
TORCH_MODULE(VNet);

// (cross entropy + Dice loss of the first class) / 2; labels [N, X, Y, Z] of 0 and 1, logits of two channels.
at::Tensor vnet_loss(const at::Tensor& logits, const at::Tensor& labels);

// Forward, loss, backward, SGD with momentum 0.9 and weight decay 1e-4.
class VNetStep {
 public:
  VNetStep(VNet net, double learning_rate);
  double operator()(const at::Tensor& volumes, const at::Tensor& labels);  // the loss before the step

 private:
  VNet net_;
  torch::optim::SGD optimiser_;
};

}  // namespace coopseg::plain
