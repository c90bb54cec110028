#include "coopseg/training/iteration.h"

#include <utility>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {
namespace {

std::string first_not_finite(const network::NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (tensor.is_floating_point() && !at::isfinite(tensor).all().item<bool>()) return name;
  }
  return {};
}

}  // namespace

Iteration::Iteration(Method& method, std::string device, std::uint64_t seed)
    : method_(method), device_(std::move(device)), seed_(seed) {
  for (Player& player : method_.players()) optimisers_.emplace_back(std::move(player));
}

void Iteration::run(const dataset::Batch& batch, std::size_t epoch, std::size_t iteration,
                    const std::function<void(const Losses&)>& look) {
  TensorBatch tensors = to_tensors(batch, device_);
  tensors.seed = seed_;
  tensors.epoch = epoch;
  tensors.iteration = iteration;
  for (Optimiser& optimiser : optimisers_) optimiser.zero_gradients();
  const Losses losses = method_.step(tensors);
  look(losses);
  if (!losses.idle.empty()) return;
  losses.total.backward();
  for (Optimiser& optimiser : optimisers_) optimiser.step(iteration);
  method_.after_step(iteration);
}

core::Json Iteration::learning_rate(std::size_t iteration) const {
  core::Json rates = core::Json::object();
  for (const Optimiser& optimiser : optimisers_) {
    const double rate = optimiser.learning_rate(iteration);
    if (optimiser.player().name.empty()) return rate;
    rates[optimiser.player().name] = rate;
  }
  return rates;
}

void Iteration::save(core::TensorFile& content) const {
  method_.save(content);
  for (const Optimiser& optimiser : optimisers_) optimiser.save(content);
}

void Iteration::load(const core::TensorFile& content, const std::string& file) {
  method_.load(content, file);
  for (Optimiser& optimiser : optimisers_) optimiser.load(content, file);
}

std::string Iteration::not_finite() const {
  std::string name = first_not_finite(method_.deployed().weights().state());
  for (const Optimiser& optimiser : optimisers_) {
    if (name.empty()) name = first_not_finite(optimiser.player().parameters);
  }
  if (name.empty()) name = first_not_finite(method_.others());
  return name;
}

}  // namespace coopseg::training
