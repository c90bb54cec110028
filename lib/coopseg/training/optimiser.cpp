#include "coopseg/training/optimiser.h"

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/network/in_pieces.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/step_at_once.h"

namespace coopseg::training {
namespace {

using OptimiserKind = OptimiserSettings::Kind;

std::vector<at::Tensor> tensors(const network::NamedTensors& parameters) {
  std::vector<at::Tensor> result;
  for (const auto& [name, tensor] : parameters) result.push_back(tensor);
  return result;
}

std::unique_ptr<torch::optim::Optimizer> made(const Player& player) {
  const OptimiserSettings& how = player.how;
  const double rate = how.learning_rate;
  switch (how.kind) {
    case OptimiserKind::adam: {
      auto options = torch::optim::AdamOptions(rate).betas({how.beta1, how.beta2}).eps(how.epsilon);
      return std::make_unique<torch::optim::Adam>(tensors(player.parameters), options.weight_decay(how.weight_decay));
    }
    case OptimiserKind::adamw: {
      auto options = torch::optim::AdamWOptions(rate).betas({how.beta1, how.beta2}).eps(how.epsilon);
      return std::make_unique<torch::optim::AdamW>(tensors(player.parameters), options.weight_decay(how.weight_decay));
    }
    case OptimiserKind::sgd: {
      auto options = torch::optim::SGDOptions(rate).momentum(how.momentum).weight_decay(how.weight_decay);
      return std::make_unique<torch::optim::SGD>(tensors(player.parameters), options);
    }
    case OptimiserKind::rmsprop: break;
  }
  auto options = torch::optim::RMSpropOptions(rate).alpha(how.smoothing).eps(how.epsilon).momentum(how.momentum);
  return std::make_unique<torch::optim::RMSprop>(tensors(player.parameters), options.weight_decay(how.weight_decay));
}

// What an optimiser remembers of a parameter.
using Moments = std::vector<std::pair<const char*, at::Tensor*>>;
Moments moments(torch::optim::AdamParamState& s, const OptimiserSettings&) {
  return {{"exp_avg", &s.exp_avg()}, {"exp_avg_sq", &s.exp_avg_sq()}};
}
Moments moments(torch::optim::AdamWParamState& s, const OptimiserSettings&) {
  return {{"exp_avg", &s.exp_avg()}, {"exp_avg_sq", &s.exp_avg_sq()}};
}
Moments moments(torch::optim::SGDParamState& s, const OptimiserSettings& how) {
  return how.momentum > 0 ? Moments{{"momentum_buffer", &s.momentum_buffer()}} : Moments{};
}
Moments moments(torch::optim::RMSpropParamState& s, const OptimiserSettings& how) {
  Moments all{{"square_avg", &s.square_avg()}};
  if (how.momentum > 0) all.emplace_back("momentum_buffer", &s.momentum_buffer());
  return all;
}

template <class State>
std::int64_t* steps(State& s) {
  return &s.step();
}
std::int64_t* steps(torch::optim::SGDParamState&) { return nullptr; }

template <class State>
void save_state(State& state, const OptimiserSettings& how, const std::string& prefix, core::TensorFile& content) {
  for (const auto& [name, tensor] : moments(state, how))
    content.tensors[prefix + "/" + name] = network::to_stored(*tensor);
  if (const std::int64_t* const step = steps(state))
    content.tensors[prefix + "/step"] = network::to_stored(at::scalar_tensor(*step, at::kLong));
}

// The state of `parameter`; null where the file has none, as before its first step.
template <class State>
std::unique_ptr<State> load_state(const core::TensorFile& content, const std::string& file,
                                  const OptimiserSettings& how, const std::string& prefix,
                                  const at::Tensor& parameter) {
  auto state = std::make_unique<State>();
  const auto first = content.tensors.lower_bound(prefix + "/");
  if (first == content.tensors.end() || first->first.compare(0, prefix.size() + 1, prefix + "/") != 0) return nullptr;
  for (const auto& [name, tensor] : moments(*state, how)) {
    const std::string key = prefix + "/" + name;
    const at::Tensor stored = network::from_stored(content.at(key, file));
    if (stored.sizes() != parameter.sizes() || stored.scalar_type() != parameter.scalar_type())
      throw core::DataError(file, key + " does not fit its parameter", "it belongs to another run");
    // In the parameter's own memory order: another one takes other loops, and those round differently.
    *tensor = at::empty_like(parameter, parameter.options().requires_grad(false)).copy_(stored);
  }
  if (std::int64_t* const step = steps(*state)) {
    const std::string key = prefix + "/step";
    const at::Tensor stored = network::from_stored(content.at(key, file));
    if (stored.numel() != 1 || stored.scalar_type() != at::kLong)
      throw core::DataError(file, key + " is not one whole number", "the file is damaged");
    *step = stored.item<std::int64_t>();
  }
  return state;
}

}  // namespace

struct Optimiser::Rule {
  Player player;
  std::unique_ptr<torch::optim::Optimizer> optimiser;
  std::optional<bool> together;

  // SGD as LibTorch takes it, bit for bit, with less traffic to memory: its weight decay, momentum and step each pass over
  // all parameters. False, with nothing done, where a parameter has no momentum yet.
  bool step_in_pieces(double rate) {
    const OptimiserSettings& how = player.how;
    if (how.kind != OptimiserKind::sgd || how.momentum == 0 || how.weight_decay == 0) return false;
    auto& states = optimiser->state();
    std::vector<std::vector<at::Tensor>> all;  // parameter, gradient, momentum
    for (const auto& [name, parameter] : player.parameters) {
      if (!parameter.grad().defined()) continue;
      const auto found = states.find(network::state_key(states, parameter));
      if (found == states.end()) return false;
      auto& state = static_cast<torch::optim::SGDParamState&>(*found->second);
      all.push_back({parameter, parameter.grad(), state.momentum_buffer()});
    }
    for (const auto& tensors : all) {
      network::in_pieces(tensors, [&](const std::vector<at::Tensor>& of) {
        of[2].mul_(how.momentum).add_(of[1].add(of[0], how.weight_decay));
        of[0].add_(of[2], -rate);
      });
    }
    return true;
  }

  // All parameters at once. False, with nothing done, where a parameter was never stepped: LibTorch makes its moments.
  bool step_at_once(double rate) {
    const bool has_moments = player.how.kind != OptimiserKind::sgd || player.how.momentum > 0;
    bool known = true;
    std::vector<Stepping> all;
    with_state_type([&](auto* type) {
      using State = std::remove_pointer_t<decltype(type)>;
      auto& states = optimiser->state();
      std::vector<State*> stepped;
      for (const auto& [name, parameter] : player.parameters) {
        if (!parameter.grad().defined()) continue;
        all.push_back({parameter, parameter.grad(), {}, 0});
        if (!has_moments) continue;
        const auto found = states.find(network::state_key(states, parameter));
        known = known && found != states.end();
        if (!known) return;
        stepped.push_back(&static_cast<State&>(*found->second));
        for (const auto& [kind, moment] : moments(*stepped.back(), player.how)) all.back().moments.push_back(*moment);
      }
      for (std::size_t i = 0; i < stepped.size(); ++i)
        if (std::int64_t* const count = steps(*stepped[i])) all[i].step = ++*count;
    });
    if (known) training::step_at_once(player.how, rate, all);
    return known;
  }

  std::string prefix(const std::string& parameter) const {
    return "optimiser/" + (player.name.empty() ? "" : player.name + "/") + parameter;
  }
  // Calls `work` with a null pointer of the type of the parameters' states.
  template <class Work>
  void with_state_type(const Work& work) const {
    switch (player.how.kind) {
      case OptimiserKind::adam: work(static_cast<torch::optim::AdamParamState*>(nullptr)); break;
      case OptimiserKind::adamw: work(static_cast<torch::optim::AdamWParamState*>(nullptr)); break;
      case OptimiserKind::sgd: work(static_cast<torch::optim::SGDParamState*>(nullptr)); break;
      case OptimiserKind::rmsprop: work(static_cast<torch::optim::RMSpropParamState*>(nullptr)); break;
    }
  }
};

Optimiser::Optimiser(Player player, std::optional<bool> together) : rule_(std::make_unique<Rule>()) {
  rule_->player = std::move(player);
  rule_->together = together;
  rule_->optimiser = made(rule_->player);
}
Optimiser::~Optimiser() = default;
Optimiser::Optimiser(Optimiser&&) noexcept = default;

const Player& Optimiser::player() const { return rule_->player; }

double Optimiser::learning_rate(std::size_t iteration) const {
  return rule_->player.how.learning_rate * rule_->player.how.schedule.at(iteration);
}

// Dropped instead of set to zero: a resumed process then does exactly what an old one does.
void Optimiser::zero_gradients() {
  for (auto& [name, parameter] : rule_->player.parameters) parameter.mutable_grad().reset();
}

void Optimiser::step(std::size_t iteration) {
  const bool on_gpu = !rule_->player.parameters.empty() && !rule_->player.parameters.front().second.is_cpu();
  if (rule_->together.value_or(on_gpu) ? rule_->step_at_once(learning_rate(iteration))
                                       : rule_->step_in_pieces(learning_rate(iteration)))
    return;
  for (auto& group : rule_->optimiser->param_groups()) group.options().set_lr(learning_rate(iteration));
  rule_->optimiser->step();
}

void Optimiser::save(core::TensorFile& content) const {
  rule_->with_state_type([&](auto* type) {
    using State = std::remove_pointer_t<decltype(type)>;
    auto& states = rule_->optimiser->state();
    for (const auto& [name, parameter] : rule_->player.parameters) {
      const auto found = states.find(network::state_key(states, parameter));
      if (found == states.end()) continue;  // before its first step, or a parameter that never had a gradient
      save_state(static_cast<State&>(*found->second), rule_->player.how, rule_->prefix(name), content);
    }
  });
}

void Optimiser::load(const core::TensorFile& content, const std::string& file) {
  const at::NoGradGuard no_grad;
  auto& states = rule_->optimiser->state();
  states.clear();
  rule_->with_state_type([&](auto* type) {
    using State = std::remove_pointer_t<decltype(type)>;
    for (const auto& [name, parameter] : rule_->player.parameters) {
      auto state = load_state<State>(content, file, rule_->player.how, rule_->prefix(name), parameter);
      if (state) states.insert({network::state_key(states, parameter), std::move(state)});
    }
  });
}

}  // namespace coopseg::training
