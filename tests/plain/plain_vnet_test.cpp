// Steps of the toolkit's V-Net, with its own convolutions and its order of memory, against the V-Net of LibTorch's own
// layers, from the same weights. Few steps of small size: rounding grows from step to step, by as much in either.
#include "plain_vnet.h"

#include <gtest/gtest.h>

#include "coopseg/network/vnet.h"
#include "coopseg/training/methods/supervised.h"
#include "coopseg/training/optimiser.h"

namespace coopseg::training {
namespace {

TEST(PlainVNet, HasTheLossesOfTheToolkits) {
  constexpr int kSteps = 3;
  constexpr double kRate = 1e-3;
  auto net = std::make_unique<network::VNet>(model::VNetShape{1, 16, 2, 0, model::Norm::batch});
  net->weights().initialise(1);
  plain::VNet plain_net(1, 16, 2);
  plain_net->load(net->weights().state());
  plain::VNetStep plain_step(plain_net, kRate);

  at::manual_seed(3);
  TensorBatch batch;
  batch.clean = at::randn({2, 1, 32, 32, 32});
  batch.labels = batch.clean.select(1, 0).gt(1).to(at::kLong);
  OptimiserSettings how;
  how.kind = OptimiserSettings::Kind::sgd;
  how.learning_rate = kRate;
  how.momentum = 0.9;
  how.weight_decay = 1e-4;
  Supervised method({std::move(net), /*dropout=*/false, how});
  Optimiser optimiser(method.players().front());
  double first = 0, last = 0;
  for (int i = 0; i < kSteps; ++i) {
    optimiser.zero_gradients();
    const at::Tensor total = method.step(batch).total;
    total.backward();
    optimiser.step(batch.iteration++);
    last = total.item<double>();
    if (i == 0) first = last;
    EXPECT_NEAR(last, plain_step(batch.clean, batch.labels), 1e-5) << "step " << i;
  }
  EXPECT_LT(last, first);
}

}  // namespace
}  // namespace coopseg::training
