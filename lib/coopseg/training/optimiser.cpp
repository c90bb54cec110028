#include "coopseg/training/optimiser.h"

#include <torch/optim/adam.h>

#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

using Parameters = std::vector<std::pair<std::string, at::Tensor>>;

std::vector<at::Tensor> tensors(const Parameters& parameters) {
  std::vector<at::Tensor> result;
  for (const auto& [name, tensor] : parameters) result.push_back(tensor);
  return result;
}

}  // namespace

struct Optimiser::Adam {
  Adam(Parameters named, double learning_rate)
      : parameters(std::move(named)),
        adam(tensors(parameters), torch::optim::AdamOptions(learning_rate).betas({0.9, 0.999}).eps(1e-8)) {}
  Parameters parameters;
  torch::optim::Adam adam;
};

Optimiser::Optimiser(network::Model& model, double learning_rate)
    : adam_(std::make_unique<Adam>(model.parameters(), learning_rate)) {}
Optimiser::~Optimiser() = default;

// Dropped instead of set to zero: a resumed process then does exactly what an old one does.
void Optimiser::zero_gradients() {
  for (auto& [name, parameter] : adam_->parameters) parameter.mutable_grad().reset();
}
void Optimiser::step() { adam_->adam.step(); }

void Optimiser::save(core::TensorFile& content) const {
  auto& states = adam_->adam.state();
  for (const auto& [name, parameter] : adam_->parameters) {
    const auto found = states.find(network::state_key(states, parameter));
    if (found == states.end()) continue;  // before its first step, or a parameter that never had a gradient
    const auto& state = static_cast<const torch::optim::AdamParamState&>(*found->second);
    const std::string prefix = "optimiser/" + name;
    content.tensors[prefix + "/exp_avg"] = network::to_stored(state.exp_avg());
    content.tensors[prefix + "/exp_avg_sq"] = network::to_stored(state.exp_avg_sq());
    content.tensors[prefix + "/step"] = network::to_stored(at::scalar_tensor(state.step(), at::kLong));
  }
}

void Optimiser::load(const core::TensorFile& content, const std::string& file) {
  const at::NoGradGuard no_grad;
  auto& states = adam_->adam.state();
  states.clear();
  for (const auto& [name, parameter] : adam_->parameters) {
    const std::string prefix = "optimiser/" + name;
    if (content.tensors.count(prefix + "/step") == 0) continue;
    const auto moment = [&, &wanted = parameter](const std::string& key) {
      const at::Tensor stored = network::from_stored(content.at(key, file));
      if (stored.sizes() != wanted.sizes() || stored.scalar_type() != wanted.scalar_type()) {
        throw core::DataError(file, key + " does not fit its parameter", "it belongs to another run");
      }
      // In the parameter's own memory layout: another one takes other loops, and those round differently.
      return at::empty_like(wanted, wanted.options().requires_grad(false)).copy_(stored);
    };
    const at::Tensor step = network::from_stored(content.at(prefix + "/step", file));
    if (step.numel() != 1 || step.scalar_type() != at::kLong) {
      throw core::DataError(file, prefix + "/step is not one whole number", "the file is damaged");
    }
    auto state = std::make_unique<torch::optim::AdamParamState>();
    state->step(step.item<std::int64_t>());
    state->exp_avg(moment(prefix + "/exp_avg"));
    state->exp_avg_sq(moment(prefix + "/exp_avg_sq"));
    states.insert({network::state_key(states, parameter), std::move(state)});
  }
}

}  // namespace coopseg::training
