// A training step on made-up images, for programs that measure.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <utility>

#include "bench_device.h"
#include "coopseg/network/device.h"
#include "coopseg/training/methods/image_method.h"
#include "coopseg/training/methods/standard_objective.h"
#include "coopseg/training/optimiser.h"
#include "measured.h"

namespace coopseg::bench {

// "ftn", "standard" (both networks), "cooperative", whose masks differ from step to step, or a comparison method with
// both networks.
class TrainingStep {
 public:
  TrainingStep(const std::string& method, std::int64_t side, std::int64_t batch,
               network::Precision precision = network::Precision::fp32)
      : model_({model::NetworkType::fcn_16, kClasses, method != "ftn"}),
        optimiser_({"", model_.parameters(), {training::OptimiserSettings::Kind::adam, 1e-4}}) {
    network::configure_threads(threads());
    model_.initialise(0);
    model_.to_device(device());
    model_.use_precision(precision);
    if (method == "cooperative") {
      hard_ = std::make_unique<training::LatentAugmentation>(training::LatentOptions{});
    } else if (method != "ftn" && method != "standard") {
      request::ImageMethodSettings settings;
      settings.method = method;
      hard_ = training::make_image_method(settings);
    }
    objective_ = std::make_unique<training::StandardObjective>(
        training::ObjectiveOptions{0.05, 0.5, method != "ftn", false}, hard_.get());
    batch_.clean = at::rand({batch, 1, side, side});
    batch_.noise = {at::randn_like(batch_.clean)};
    batch_.labels = at::randint(kClasses, {batch, side, side}, at::kLong);
    batch_ = on_device(std::move(batch_));
  }
  void operator()() {
    optimiser_.zero_gradients();
    objective_->evaluate(model_, batch_).total.backward();
    optimiser_.step(batch_.iteration);
    ++batch_.iteration;
  }

 private:
  network::Model model_;
  training::Optimiser optimiser_;
  std::unique_ptr<training::HardExampleMaker> hard_;
  std::unique_ptr<training::StandardObjective> objective_;
  training::TensorBatch batch_;
};

}  // namespace coopseg::bench
