// Training steps of the V-Net on made-up volumes, for programs that measure.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "bench_device.h"
#include "coopseg/network/device.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/methods/supervised.h"
#include "coopseg/training/optimiser.h"
#include "measured.h"
#include "plain_vnet.h"

namespace coopseg::bench {

// One class beside the background, as two channels; the published network, which has 16 filters, and optimiser.
inline model::VNetShape volume_shape(int filters = 16) { return {1, filters, 2, 0, model::Norm::batch}; }

constexpr double kVolumeRate = 0.01;

// Images of normal noise, labelled by what is above a threshold.
inline training::TensorBatch volume_batch(const std::vector<std::int64_t>& sides, std::int64_t volumes) {
  training::TensorBatch batch;
  at::manual_seed(0);
  batch.clean = at::randn({volumes, 1, sides[0], sides[1], sides[2]});
  batch.labels = batch.clean.select(1, 0).gt(1).to(at::kLong);
  return batch;
}

class VolumeStep {
 public:
  VolumeStep(training::TensorBatch batch, network::Precision precision, int filters = 16)
      : batch_(on_device(std::move(batch))) {
    network::configure_threads(threads());
    auto net = std::make_unique<network::VNet>(volume_shape(filters));
    net->weights().initialise(0);
    net->weights().to_device(device());
    net->use_precision(precision);
    training::OptimiserSettings how;
    how.kind = training::OptimiserSettings::Kind::sgd;
    how.learning_rate = kVolumeRate;
    how.momentum = 0.9;
    how.weight_decay = 1e-4;
    method_ = std::make_unique<training::Supervised>(training::StudentParts{std::move(net), /*dropout=*/false, how});
    optimiser_ = std::make_unique<training::Optimiser>(method_->players().front());
  }

  void operator()() {
    optimiser_->zero_gradients();
    method_->step(batch_).total.backward();
    optimiser_->step(batch_.iteration++);
  }

 private:
  training::TensorBatch batch_;
  std::unique_ptr<training::Supervised> method_;
  std::unique_ptr<training::Optimiser> optimiser_;
};

class PlainVolumeStep {
 public:
  explicit PlainVolumeStep(training::TensorBatch batch, int filters = 16) : batch_(std::move(batch)) {
    at::set_num_threads(threads());
    network::VNet own(volume_shape(filters));
    own.weights().initialise(0);
    plain::VNet net(1, filters, 2);
    net->load(own.weights().state());
    step_ = std::make_unique<plain::VNetStep>(net, kVolumeRate);
  }
  double operator()() { return (*step_)(batch_.clean, batch_.labels); }

 private:
  training::TensorBatch batch_;
  std::unique_ptr<plain::VNetStep> step_;
};

}  // namespace coopseg::bench
