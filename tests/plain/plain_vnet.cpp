#include "plain_vnet.h"

#include <ATen/core/grad_mode.h>
#include <torch/nn/functional.h>

#include <stdexcept>

namespace coopseg::plain {
namespace nn = torch::nn;

// As the public code does, blocks are one Sequential "conv" of a module.
VNetImpl::Block VNetImpl::convolutions(const std::string& name, int count, int in, int out) {
  auto module = std::make_shared<nn::Module>();
  Block block;
  for (int i = 0; i < count; ++i) {
    block->push_back(nn::Conv3d(nn::Conv3dOptions(i == 0 ? in : out, out, 3).padding(1)));
    add_norm(block, out);
  }
  module->register_module("conv", block);
  register_module(name, module);
  return block;
}

VNetImpl::Block VNetImpl::down(const std::string& name, int in, int out) {
  auto module = std::make_shared<nn::Module>();
  Block block(nn::Conv3d(nn::Conv3dOptions(in, out, 2).stride(2)));
  add_norm(block, out);
  module->register_module("conv", block);
  register_module(name, module);
  return block;
}

VNetImpl::Block VNetImpl::up(const std::string& name, int in, int out) {
  auto module = std::make_shared<nn::Module>();
  Block block(nn::ConvTranspose3d(nn::ConvTranspose3dOptions(in, out, 2).stride(2)));
  add_norm(block, out);
  module->register_module("conv", block);
  register_module(name, module);
  return block;
}

void VNetImpl::add_norm(Block& block, int channels) {
  block->push_back(nn::BatchNorm3d(channels));
  block->push_back(nn::ReLU(nn::ReLUOptions(/*inplace=*/true)));
}

VNetImpl::VNetImpl(int channels, int f, int logits, int distances, double dropout)
    : one_(convolutions("block_one", 1, channels, f)),
      one_down_(down("block_one_dw", f, 2 * f)),
      two_(convolutions("block_two", 2, 2 * f, 2 * f)),
      two_down_(down("block_two_dw", 2 * f, 4 * f)),
      three_(convolutions("block_three", 3, 4 * f, 4 * f)),
      three_down_(down("block_three_dw", 4 * f, 8 * f)),
      four_(convolutions("block_four", 3, 8 * f, 8 * f)),
      four_down_(down("block_four_dw", 8 * f, 16 * f)),
      five_(convolutions("block_five", 3, 16 * f, 16 * f)),
      five_up_(up("block_five_up", 16 * f, 8 * f)),
      six_(convolutions("block_six", 3, 8 * f, 8 * f)),
      six_up_(up("block_six_up", 8 * f, 4 * f)),
      seven_(convolutions("block_seven", 3, 4 * f, 4 * f)),
      seven_up_(up("block_seven_up", 4 * f, 2 * f)),
      eight_(convolutions("block_eight", 2, 2 * f, 2 * f)),
      eight_up_(up("block_eight_up", 2 * f, f)),
      nine_(convolutions("block_nine", 1, f, f)),
      dropout_(register_module("dropout", nn::Dropout3d(dropout))) {
  if (distances > 0) distance_ = register_module("out_conv", nn::Conv3d(nn::Conv3dOptions(f, distances, 1)));
  segmentation_ =
      register_module(distances > 0 ? "out_conv2" : "out_conv", nn::Conv3d(nn::Conv3dOptions(f, logits, 1)));
}

VNetOutput VNetImpl::look(const at::Tensor& x) {
  const at::Tensor x1 = one_->forward(x);
  const at::Tensor x2 = two_->forward(one_down_->forward(x1));
  const at::Tensor x3 = three_->forward(two_down_->forward(x2));
  const at::Tensor x4 = four_->forward(three_down_->forward(x3));
  const at::Tensor x5 = five_->forward(four_down_->forward(x4));
  const at::Tensor x6 = six_->forward(five_up_->forward(dropout_(x5)) + x4);
  const at::Tensor x7 = seven_->forward(six_up_->forward(x6) + x3);
  const at::Tensor x8 = eight_->forward(seven_up_->forward(x7) + x2);
  const at::Tensor x9 = dropout_(nine_->forward(eight_up_->forward(x8) + x1));
  return {segmentation_(x9), distance_.is_empty() ? at::Tensor() : torch::tanh(distance_(x9)), x5};
}

void VNetImpl::load(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const at::NoGradGuard without_gradients;
  auto own = named_parameters();
  auto buffers = named_buffers();
  std::size_t copied = 0;
  for (const auto& [name, tensor] : state) {
    const std::string key = name.substr(name.find('/') + 1);
    at::Tensor* const target = own.find(key) ? own.find(key) : buffers.find(key);
    if (!target || target->sizes() != tensor.sizes()) throw std::invalid_argument(name + " does not fit");
    target->copy_(tensor);
    ++copied;
  }
  if (copied != own.size() + buffers.size()) throw std::invalid_argument("tensors are missing");
}

at::Tensor vnet_loss(const at::Tensor& logits, const at::Tensor& labels) {
  constexpr double kSmooth = 1e-5;
  const at::Tensor entropy = nn::functional::cross_entropy(logits, labels);
  const at::Tensor p = torch::softmax(logits, 1).select(1, 1), truth = labels.to(logits.scalar_type());
  const at::Tensor dice = (2 * (p * truth).sum() + kSmooth) / ((p * p).sum() + (truth * truth).sum() + kSmooth);
  return 0.5 * (entropy + (1 - dice));
}

VNetStep::VNetStep(VNet net, double learning_rate)
    : net_(std::move(net)),
      optimiser_(net_->parameters(), torch::optim::SGDOptions(learning_rate).momentum(0.9).weight_decay(1e-4)) {}

double VNetStep::operator()(const at::Tensor& volumes, const at::Tensor& labels) {
  net_->train();
  optimiser_.zero_grad();
  const at::Tensor loss = vnet_loss(net_(volumes), labels);
  loss.backward();
  optimiser_.step();
  return loss.item<double>();
}

}  // namespace coopseg::plain
