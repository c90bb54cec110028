// The networks and training steps of Chen et al. (MICCAI 2021) as one would
// write them with LibTorch's own layers and nothing else: row-major memory,
// float32, one operation after the other. What the toolkit's own network is
// measured against, in speed and in numbers.
//
//   plain::Network network(/*classes=*/4);
//   network->load(model.state());
//   plain::Step step(network, 1e-4);
//   step.standard(clean, noise, labels);
#pragma once

#include <torch/nn.h>
#include <torch/optim/adam.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/methods/latent_mask.h"

namespace coopseg::plain {

// Batch norm that can be frozen: batch statistics, running ones untouched,
// affine parameters constants.
struct NormImpl : torch::nn::Module {
  explicit NormImpl(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x);
  bool frozen = false;
  at::Tensor weight, bias, running_mean, running_var, num_batches_tracked;
};
TORCH_MODULE(Norm);

// Resizes by two, then a residual double convolution.
struct StageImpl : torch::nn::Module {
  enum class Resize { down, nearest, transposed };
  StageImpl(std::int64_t in, std::int64_t out, Resize resize);
  at::Tensor forward(const at::Tensor& x);
  Resize resize;
  torch::nn::Conv2d down{nullptr}, conv_input{nullptr};
  torch::nn::ConvTranspose2d up{nullptr};
  torch::nn::Sequential conv;
};
TORCH_MODULE(Stage);

struct EncoderImpl : torch::nn::Module {
  explicit EncoderImpl(std::int64_t in);
  at::Tensor forward(at::Tensor x);
  torch::nn::Sequential inc, final_conv;
  std::vector<Stage> stages;
};
TORCH_MODULE(Encoder);

struct ImageEncoderImpl : torch::nn::Module {
  ImageEncoderImpl();
  std::pair<at::Tensor, at::Tensor> forward(const at::Tensor& x);  // image code, shape code
  Encoder general_encoder;
  torch::nn::Sequential code_decoupler;
};
TORCH_MODULE(ImageEncoder);

struct DecoderImpl : torch::nn::Module {
  DecoderImpl(std::int64_t out, StageImpl::Resize up);
  at::Tensor forward(at::Tensor code);
  std::vector<Stage> stages;
  torch::nn::Conv2d final_conv;
};
TORCH_MODULE(Decoder);

struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(int classes);
  // Copies values of the same names,
  // "image_encoder/general_encoder.inc.0.weight".
  void load(const std::vector<std::pair<std::string, at::Tensor>>& state);
  at::Tensor reconstruct(const at::Tensor& image_code) { return torch::sigmoid(image_decoder(image_code)); }
  at::Tensor refine(const at::Tensor& logits) { return shape_decoder(shape_encoder(torch::softmax(logits / 2, 1))); }
  int classes;
  ImageEncoder image_encoder;
  Decoder segmentation_decoder, image_decoder;
  Encoder shape_encoder;
  Decoder shape_decoder;
};
TORCH_MODULE(Network);

void freeze(torch::nn::Module& module, bool frozen);

class Step {
 public:
  Step(Network network, double learning_rate);
  // Forward, backward, Adam; images and noise [N, 1, H, W], labels [N, H, W].
  // Returns the total loss before the step.
  double standard(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels);
  double cooperative(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels,
                     const training::MaskDraw& image_draw, const training::MaskDraw& shape_draw);

 private:
  double take(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels,
              const training::MaskDraw* image_draw, const training::MaskDraw* shape_draw);
  Network network_;
  torch::optim::Adam optimiser_;
};

}  // namespace coopseg::plain
