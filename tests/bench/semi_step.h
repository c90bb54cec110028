// Training steps of the methods with few labels on made-up volumes, for programs that measure: the published settings,
// one class beside the background, half of the volumes without labels.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bench_device.h"
#include "coopseg/network/device.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/methods/semi_methods.h"
#include "coopseg/training/optimiser.h"
#include "measured.h"
#include "plain_simcvd.h"
#include "volume_step.h"

namespace coopseg::bench {

inline training::TensorBatch semi_batch(const std::vector<std::int64_t>& sides, std::int64_t volumes,
                                        const request::SemiTrainingRun& run) {
  training::TensorBatch batch = volume_batch(sides, volumes);
  const std::int64_t labelled = volumes - volumes / 2;
  batch.labels = batch.labels.narrow(0, 0, labelled).contiguous();
  batch.distances = (1 - batch.clean.narrow(0, 0, labelled)).clamp(-1, 1);
  for (std::size_t i = 0; i < request::noise_views(run.method_settings, run.method); ++i)
    batch.noise.push_back(at::randn({volumes / 2, 1, sides[0], sides[1], sides[2]}));
  return batch;
}

inline std::unique_ptr<network::VNet> semi_network(const request::SemiTrainingRun& run, std::uint64_t seed,
                                                   network::Precision precision) {
  const bool maps = request::has_distances(run.method);
  auto net = std::make_unique<network::VNet>(model::VNetShape{1, run.filters, maps ? 1 : 2, maps ? 1 : 0, run.norm});
  net->set_dropout(run.dropout);
  net->weights().initialise(seed);
  net->weights().to_device(device());
  net->use_precision(precision);
  return net;
}

class SemiStep {
 public:
  SemiStep(const request::SemiTrainingRun& run, training::TensorBatch batch, const training::NetworkMaker& make)
      : batch_(on_device(std::move(batch))) {
    network::configure_threads(threads());
    method_ = training::make_semi_method(run, 1, make, device());
    for (training::Player& player : method_->players()) optimisers_.emplace_back(std::move(player));
  }

  void operator()() {
    for (training::Optimiser& optimiser : optimisers_) optimiser.zero_gradients();
    method_->step(batch_).total.backward();
    for (training::Optimiser& optimiser : optimisers_) optimiser.step(batch_.iteration);
    method_->after_step(batch_.iteration++);
  }

 private:
  training::TensorBatch batch_;
  std::unique_ptr<training::Method> method_;
  std::vector<training::Optimiser> optimisers_;
};

// Says what a V-Net said once, whatever it is shown: what is left of a step are heads, losses and their gradients.
class StillNetwork : public network::Network {
 public:
  StillNetwork(network::VNet& said_by, const at::Tensor& images) {
    const at::NoGradGuard without_gradients;
    said_ = said_by.forward(images, network::Mode::train);
  }
  // What was said of the last images: labelled ones come first, and a teacher sees the others.
  network::Output forward(const at::Tensor& x, network::Mode, network::Dropout*) override {
    network::Output out;
    for (const auto part : {&network::Output::logits, &network::Output::distance, &network::Output::code}) {
      const at::Tensor& said = said_.*part;
      if (!said.defined()) continue;
      out.*part = said.narrow(0, said.size(0) - x.size(0), x.size(0)).detach();
      if (at::GradMode::is_enabled()) (out.*part).set_requires_grad(true);
    }
    return out;
  }
  network::Output predict(const at::Tensor& x) override { return forward(x, network::Mode::eval, nullptr); }
  int classes() const override { return 2; }
  network::Weights& weights() override { return weights_; }
  const network::Weights& weights() const override { return weights_; }
  void use_precision(network::Precision) override {}
  network::Precision precision() const override { return network::Precision::fp32; }

 private:
  network::Output said_;
  network::Weights weights_{{}};
};

inline std::function<void()> semi_step(request::SemiMethod method, const std::vector<std::int64_t>& sides,
                                       std::int64_t volumes, network::Precision precision, bool without_network) {
  const request::SemiTrainingRun run = request::published_training(method);
  const training::TensorBatch batch = semi_batch(sides, volumes, run);
  const auto make = [&](std::uint64_t seed) -> std::unique_ptr<network::Network> {
    auto net = semi_network(run, seed, precision);
    if (!without_network) return net;
    return std::make_unique<StillNetwork>(*net, batch.clean.to(at::Device(device())));
  };
  const auto step = std::make_shared<SemiStep>(run, batch, make);
  return [step] { (*step)(); };
}

// The same of LibTorch's own layers.
inline std::function<void()> plain_simcvd_step(const std::vector<std::int64_t>& sides, std::int64_t volumes) {
  const request::SemiTrainingRun run = request::published_training(request::SemiMethod::simcvd);
  const auto player = [&] {
    plain::SimCvdPlayer made(plain::VNet(1, run.filters, 1, 1, run.dropout),
                             static_cast<int>(run.method_settings.contrast_pool));
    made->network->load(semi_network(run, 0, network::Precision::fp32)->weights().state());
    return made;
  };
  training::SimCvdSettings settings;
  settings.ramp = {run.method_settings.ramp_length, run.method_settings.ramp_step};
  const auto step = std::make_shared<plain::SimCvdStep>(
      player(), player(), settings,
      plain::SimCvdHow{run.method_settings.alpha_dropout, run.learning_rate, run.method_settings.ema_decay});
  const auto batch = semi_batch(sides, volumes, run);
  return [step, batch] { (*step)(batch); };
}

}  // namespace coopseg::bench
