// Twenty steps of the toolkit's network, with its fused layers and its order of
// memory, against the same network of LibTorch's own layers, from the same
// weights and noise.
#include "plain_network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "coopseg/network/device.h"
#include "coopseg/training/hard_examples.h"
#include "coopseg/training/optimiser.h"
#include "small_network.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

constexpr int kClasses = 4, kSteps = 20;
constexpr double kLearningRate = 1e-4;
constexpr std::uint64_t kSeed = 5;

struct Start {
  network::Model model{{"FCN_16_standard", kClasses, /*slow_thinking=*/true}};
  at::Tensor images, labels;  // [N, 1, H, W] and [N, H, W]
};

// Nearly normal: the sum of three uniform numbers.
at::Tensor noise(at::IntArrayRef shape, std::size_t iteration) {
  const auto stream = static_cast<std::uint32_t>(2000 + 3 * iteration);
  return test::formula_tensor(shape, stream, -1, 1) + test::formula_tensor(shape, stream + 1, -1, 1) +
         test::formula_tensor(shape, stream + 2, -1, 1);
}

// The greatest relative difference of the total losses of all steps.
double difference(Start start, bool cooperative, at::ScalarType type) {
  network::Model& model = start.model;
  plain::Network network(kClasses);
  network->load(model.state());
  if (type == at::kDouble) {
    model.to_double();
    network->to(at::kDouble);
  }
  Optimiser optimiser(model, kLearningRate);
  plain::Step step(network, kLearningRate);
  LatentAugmentation latent{LatentOptions{}};
  StandardObjective objective({0.05, 0.5, true, false}, cooperative ? &latent : nullptr);
  const std::int64_t images = start.images.size(0), rows = start.images.size(2), columns = start.images.size(3);
  double greatest = 0;
  for (std::size_t iteration = 0; iteration < kSteps; ++iteration) {
    TensorBatch batch;
    batch.clean = start.images.to(type);
    batch.noise = noise(batch.clean.sizes(), iteration).to(type);
    batch.labels = start.labels;
    batch.seed = kSeed;
    batch.iteration = iteration;
    optimiser.zero_gradients();
    const Losses losses = objective.evaluate(model, batch);
    losses.total.backward();
    optimiser.step();
    const auto draw = [&](const char* code) {
      core::RandomStream stream(kSeed, {"latent mask", code}, {iteration});
      return draw_mask(MaskPolicy{}, {images, 128, rows / 16, columns / 16}, stream);
    };
    const double plain =
        cooperative ? step.cooperative(batch.clean, batch.noise, batch.labels, draw("image code"), draw("shape code"))
                    : step.standard(batch.clean, batch.noise, batch.labels);
    const double own = losses.total.item<double>();
    EXPECT_TRUE(std::isfinite(own) && own > 0);
    greatest = std::max(greatest, std::abs(own - plain) / std::abs(plain));
  }
  return greatest;
}

class TwentySteps : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { network::configure_threads(1); }
};

TEST_P(TwentySteps, FromTheBeginningInDoublePrecision) {
  Start start;
  start.model.initialise(0);
  start.images = test::blobs(2, 32, 32);
  start.labels = (test::blobs(2, 32, 32) * (kClasses - 1e-3)).to(at::kLong).squeeze(1);
  EXPECT_LT(difference(std::move(start), GetParam(), at::kDouble), 1e-9);
}

// In single precision untrained networks are no measure: the first steps of Adam have the sign of each gradient, that
// of rounding errors too, and two orders of summation lead some per cent apart. Trained ones stay together. Cooperative
// steps choose their masks by rank, and a rounding error now and then chooses another channel: there the plain network
// in single precision is itself up to 1 % from the one in double precision.
TEST_F(TwentySteps, OfStandardTrainingFromTrainedWeightsInSinglePrecision) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const std::string weights = (folder / "weights.safetensors").string(),
                    file = (folder / "train_step.safetensors").string();
  Start start;
  start.model.load_state(core::read_tensor_file(weights), weights);
  const core::TensorFile golden = core::read_tensor_file(file);
  start.images = network::from_stored(golden.at("image", file));
  start.labels = network::from_stored(golden.at("label", file)).to(at::kLong);
  const auto moved = [&](std::int64_t step) {
    start.images = at::cat({start.images, start.images.roll({3 * step, -2 * step}, {2, 3})});
    start.labels = at::cat({start.labels, start.labels.roll({3 * step, -2 * step}, {1, 2})});
  };
  moved(1);
  moved(2);
  EXPECT_LT(difference(std::move(start), /*cooperative=*/false, at::kFloat), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Methods, TwentySteps, testing::Values(false, true),
                         [](const auto& given) { return given.param ? "cooperative" : "standard"; });

}  // namespace
}  // namespace coopseg::training
