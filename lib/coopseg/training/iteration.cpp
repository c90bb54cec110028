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

Iteration::Iteration(Method& method, std::string device, std::uint64_t seed, network::Group* group)
    : method_(method), device_(std::move(device)), seed_(seed), group_(group) {
  network::NamedTensors parameters;
  for (Player& player : method_.players()) {
    parameters.insert(parameters.end(), player.parameters.begin(), player.parameters.end());
    optimisers_.emplace_back(std::move(player));
  }
  if (group_) gradients_ = std::make_unique<GradientSum>(*group_, parameters);
}

void Iteration::run(const dataset::Batch& batch, std::size_t epoch, std::size_t iteration,
                    const std::function<void(const Losses&)>& look) {
  TensorBatch tensors = to_tensors(batch, device_);
  tensors.seed = seed_;
  tensors.epoch = epoch;
  tensors.iteration = iteration;
  // A batch of fewer images than processes is everybody's, and all compute the same.
  const bool shared = batch.count < batch.whole.count;
  const network::GroupScope together(shared ? group_ : nullptr);
  for (Optimiser& optimiser : optimisers_) optimiser.zero_gradients();
  Losses losses = method_.step(tensors);
  if (shared && losses.counts.defined()) group_->sum(losses.counts);
  if (group_ && !group_->shares_statistics()) average_statistics();
  look(losses);
  if (!losses.idle.empty()) return;
  if (gradients_) gradients_->begin();
  losses.total.backward();
  if (gradients_) gradients_->finish(shared ? 1 : 1 / static_cast<double>(group_->count()));
  for (Optimiser& optimiser : optimisers_) optimiser.step(iteration);
  method_.after_step(iteration);
}

// Where each process's norms see its own share, what they remember is the mean: one network is validated and written.
void Iteration::average_statistics() {
  const at::NoGradGuard no_graph;
  network::NamedTensors state = method_.deployed().weights().state();
  for (const auto& other : method_.others()) state.push_back(other);
  std::vector<at::Tensor> running = network::running_statistics(state);
  if (running.empty()) return;
  at::Tensor all = at::cat(running);
  group_->sum(all);
  all /= static_cast<double>(group_->count());
  std::int64_t first = 0;
  for (at::Tensor& tensor : running) {
    tensor.copy_(all.narrow(0, first, tensor.numel()));
    first += tensor.numel();
  }
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
