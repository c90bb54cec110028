#include "coopseg/network/critic.h"

#include <string>

#include "coopseg/core/error.h"
#include "coopseg/network/batch_norm.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

std::string critic_layer(const std::string& layer) { return std::string(model::kCriticModule) + "/" + layer; }

const model::CriticShape& checked(const model::CriticShape& shape) {
  if (shape.channels < 1 || shape.widths[0] < 1 || shape.widths[1] < 1)
    throw core::UsageError("critic", "cannot have no channels", "give 1 or more");
  if (shape.dimensions != 2 && shape.dimensions != 3)
    throw core::UsageError("critic", "takes maps of two or three dimensions", "give 2 or 3");
  return shape;
}

// [N, in, ...] to [N, out, ...] at each voxel, channels last in memory.
at::Tensor at_voxels(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::linear(x.movedim(1, -1), weight.flatten(1), bias).movedim(-1, 1);
}

}  // namespace

struct Critic::Layers {
  explicit Layers(const model::CriticShape& shape)
      : weights(model::layout_critic(shape)), norm(weights, critic_layer("net.3")) {}

  Weights weights;
  Normalisation norm;
};

Critic::Critic(const model::CriticShape& shape) : layers_(std::make_unique<Layers>(checked(shape))) {}

Critic::~Critic() = default;
Critic::Critic(Critic&&) noexcept = default;
Critic& Critic::operator=(Critic&&) noexcept = default;

at::Tensor Critic::operator()(const at::Tensor& maps, Judged how) const {
  const bool learns = how == Judged::by_a_learner;
  const auto weight = [&](const std::string& name) {
    const at::Tensor& tensor = layers_->weights.at(critic_layer(name));
    return learns ? tensor : tensor.detach();
  };
  at::Tensor x = at_voxels(maps, weight("net.0.weight"), weight("net.0.bias"));
  x = at_voxels(at::leaky_relu_(x, kLeaky), weight("net.2.weight"), {});
  x = layers_->norm(x, {learns ? Mode::train : Mode::frozen}, kLeaky);
  return at::sigmoid(at_voxels(x, weight("net.5.weight"), {}));
}

Weights& Critic::weights() { return layers_->weights; }

const Weights& Critic::weights() const { return layers_->weights; }

}  // namespace coopseg::network
