#include "plain_network.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/functional.h>

#include <stdexcept>

namespace coopseg::plain {
namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using Resize = StageImpl::Resize;

constexpr std::int64_t kCodeChannels = 128;
constexpr double kSlope = 0.2, kMomentum = 0.1, kEpsilon = 1e-5;

nn::Conv2d conv(std::int64_t in, std::int64_t out, int kernel, int stride = 1) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

nn::LeakyReLU leaky() { return nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(kSlope)); }

nn::Sequential double_conv(std::int64_t in, std::int64_t out) {
  return nn::Sequential(conv(in, out, 3), Norm(out), leaky(), conv(out, out, 3), Norm(out));
}

}  // namespace

NormImpl::NormImpl(std::int64_t channels)
    : weight(register_parameter("weight", at::ones({channels}))),
      bias(register_parameter("bias", at::zeros({channels}))),
      running_mean(register_buffer("running_mean", at::zeros({channels}))),
      running_var(register_buffer("running_var", at::ones({channels}))),
      num_batches_tracked(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))) {}

at::Tensor NormImpl::forward(const at::Tensor& x) {
  if (frozen) return at::batch_norm(x, weight.detach(), bias.detach(), {}, {}, true, kMomentum, kEpsilon, true);
  if (is_training()) num_batches_tracked.add_(1);
  return at::batch_norm(x, weight, bias, running_mean, running_var, is_training(), kMomentum, kEpsilon, true);
}

StageImpl::StageImpl(std::int64_t in, std::int64_t out, Resize how) : resize(how) {
  if (resize == Resize::down) down = register_module("down", plain::conv(in, in, 3, 2));
  if (resize == Resize::transposed) {
    up = register_module("up", nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, in, 2).stride(2)));
  }
  conv = register_module("conv", double_conv(in, out));
  conv_input = register_module("conv_input", plain::conv(in, out, 1));
}

at::Tensor StageImpl::forward(const at::Tensor& x) {
  const at::Tensor u = resize == Resize::down ? down(x)
                       : resize == Resize::transposed
                           ? up(x)
                           : F::interpolate(x, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}));
  return F::leaky_relu(conv->forward(u) + conv_input(u), F::LeakyReLUFuncOptions().negative_slope(kSlope));
}

EncoderImpl::EncoderImpl(std::int64_t in) {
  inc = register_module("inc", double_conv(in, 16));
  inc->push_back(leaky());
  const std::int64_t channels[] = {16, 32, 64, kCodeChannels, kCodeChannels};
  for (int i = 0; i < 4; ++i) {
    Stage stage(channels[i], channels[i + 1], Resize::down);
    stages.push_back(register_module("down" + std::to_string(i + 1), stage));
  }
  final_conv = register_module("final_conv",
                               nn::Sequential(conv(kCodeChannels, kCodeChannels, 1), Norm(kCodeChannels), nn::ReLU()));
}

at::Tensor EncoderImpl::forward(at::Tensor x) {
  x = inc->forward(x);
  for (Stage& stage : stages) x = stage(x);
  return final_conv->forward(x);
}

ImageEncoderImpl::ImageEncoderImpl() : general_encoder(register_module("general_encoder", Encoder(1))) {
  code_decoupler = register_module("code_decoupler", double_conv(kCodeChannels, kCodeChannels));
  code_decoupler->push_back(nn::ReLU());
}

std::pair<at::Tensor, at::Tensor> ImageEncoderImpl::forward(const at::Tensor& x) {
  const at::Tensor image_code = general_encoder(x);
  return {image_code, code_decoupler->forward(image_code)};
}

DecoderImpl::DecoderImpl(std::int64_t out, Resize up) : final_conv(nullptr) {
  const std::int64_t channels[] = {kCodeChannels, 64, 32, 16, 16};
  for (int i = 0; i < 4; ++i) {
    stages.push_back(register_module("up" + std::to_string(i + 1), Stage(channels[i], channels[i + 1], up)));
  }
  final_conv = register_module("final_conv", conv(16, out, 1));
}

at::Tensor DecoderImpl::forward(at::Tensor code) {
  for (Stage& stage : stages) code = stage(code);
  return final_conv(code);
}

NetworkImpl::NetworkImpl(int number_of_classes)
    : classes(number_of_classes),
      image_encoder(register_module("image_encoder", ImageEncoder())),
      segmentation_decoder(register_module("segmentation_decoder", Decoder(classes, Resize::nearest))),
      image_decoder(register_module("image_decoder", Decoder(1, Resize::transposed))),
      shape_encoder(register_module("shape_encoder", Encoder(classes))),
      shape_decoder(register_module("shape_decoder", Decoder(classes, Resize::nearest))) {}

void NetworkImpl::load(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const at::NoGradGuard without_gradients;
  auto own = named_parameters();
  auto buffers = named_buffers();
  std::size_t copied = 0;
  for (const auto& [name, tensor] : state) {
    std::string key = name;
    key[key.find('/')] = '.';
    at::Tensor* const target = own.find(key) ? own.find(key) : buffers.find(key);
    if (!target || target->sizes() != tensor.sizes()) throw std::invalid_argument(name + " does not fit");
    target->copy_(tensor);
    ++copied;
  }
  if (copied != own.size() + buffers.size()) throw std::invalid_argument("tensors are missing");
}

void freeze(nn::Module& module, bool frozen) {
  module.apply([frozen](nn::Module& part) {
    if (auto* norm = dynamic_cast<NormImpl*>(&part)) norm->frozen = frozen;
  });
}

Step::Step(Network network, double learning_rate)
    : network_(std::move(network)),
      optimiser_(network_->parameters(), torch::optim::AdamOptions(learning_rate).betas({0.9, 0.999}).eps(1e-8)) {}

double Step::standard(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels) {
  return take(clean, noise, labels, nullptr, nullptr);
}

double Step::cooperative(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels,
                         const training::MaskDraw& image_draw, const training::MaskDraw& shape_draw) {
  return take(clean, noise, labels, &image_draw, &shape_draw);
}

double Step::take(const at::Tensor& clean, const at::Tensor& noise, const at::Tensor& labels,
                  const training::MaskDraw* image_draw, const training::MaskDraw* shape_draw) {
  NetworkImpl& net = *network_;
  net.train();
  optimiser_.zero_grad();
  const auto segmentation_loss = [&](const at::Tensor& logits) { return F::cross_entropy(logits, labels); };
  const auto image_loss = [&](const at::Tensor& image) { return F::mse_loss(image, clean); };

  const auto [image_code, shape_code] = net.image_encoder(torch::clamp(clean + 0.05 * noise, 0, 1));
  const at::Tensor logits = net.segmentation_decoder(shape_code);
  at::Tensor total = segmentation_loss(logits) + 0.5 * image_loss(net.reconstruct(image_code));
  const at::Tensor truth = at::one_hot(labels, net.classes).permute({0, 3, 1, 2}).to(clean.scalar_type()).contiguous();
  total = total + segmentation_loss(net.shape_decoder(net.shape_encoder(truth)));
  total = total + segmentation_loss(net.refine(logits));

  if (image_draw) {
    const auto masked = [&](const at::Tensor& code, const training::MaskDraw& draw, const auto& loss) {
      at::Tensor gradient;
      if (draw.type != request::MaskType::dropout) {
        const at::Tensor leaf = code.detach().clone().set_requires_grad(true);
        gradient = torch::autograd::grad({loss(leaf)}, {leaf})[0];
      }
      return (code.detach() * training::latent_mask(gradient, draw)).detach();
    };
    const auto decoded = [&](auto& decoder, const at::Tensor& code) {
      const at::NoGradGuard without_gradients;
      freeze(*decoder, true);
      const at::Tensor result = decoder(code);
      freeze(*decoder, false);
      return result;
    };
    const at::Tensor hard_image = torch::sigmoid(decoded(
        net.image_decoder,
        masked(image_code, *image_draw, [&](const at::Tensor& code) { return image_loss(net.reconstruct(code)); })));
    const at::Tensor hard_segmentation =
        decoded(net.segmentation_decoder, masked(shape_code, *shape_draw, [&](const at::Tensor& code) {
                  return segmentation_loss(net.segmentation_decoder(code));
                }));
    for (nn::Module* module :
         std::initializer_list<nn::Module*>{net.image_encoder.get(), net.segmentation_decoder.get(),
                                            net.shape_encoder.get(), net.shape_decoder.get()}) {
      freeze(*module, true);
    }
    const auto [hard_image_code, hard_shape_code] = net.image_encoder(hard_image);
    const at::Tensor hard_logits = net.segmentation_decoder(hard_shape_code);
    total = total + segmentation_loss(hard_logits) + 0.5 * image_loss(net.reconstruct(hard_image_code));
    total = total + segmentation_loss(net.refine(hard_logits)) + segmentation_loss(net.refine(hard_segmentation));
    freeze(net, false);
  }
  total.backward();
  optimiser_.step();
  return total.item<double>();
}

}  // namespace coopseg::plain
