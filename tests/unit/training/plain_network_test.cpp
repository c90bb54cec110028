// Twenty steps of the toolkit's network, with its fused layers and its order of
// memory, against the same network of LibTorch's own layers, from the same
// weights and noise.
#include "plain_network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "coopseg/network/device.h"
#include "coopseg/training/methods/hard_examples.h"
#include "coopseg/training/optimiser.h"
#include "small_network.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

constexpr int kClasses = 4, kSteps = 20;
constexpr double kLearningRate = 1e-4;
constexpr std::uint64_t kSeed = 5;

struct Start {
  network::Model model{{model::NetworkType::fcn_16, kClasses, /*slow_thinking=*/true}};
  at::Tensor images, labels;  // [N, 1, H, W] and [N, H, W]
};

// Nearly normal: the sum of three uniform numbers.
at::Tensor noise(at::IntArrayRef shape, std::size_t iteration) {
  const auto stream = static_cast<std::uint32_t>(2000 + 3 * iteration);
  return test::formula_tensor(shape, stream, -1, 1) + test::formula_tensor(shape, stream + 1, -1, 1) +
         test::formula_tensor(shape, stream + 2, -1, 1);
}

TensorBatch batch_of(const Start& start, at::ScalarType type, std::size_t iteration) {
  TensorBatch batch;
  batch.clean = start.images.to(type);
  batch.noise = {noise(batch.clean.sizes(), iteration).to(type)};
  batch.labels = start.labels;
  batch.seed = kSeed;
  batch.iteration = iteration;
  return batch;
}

// The total loss of each step, by the toolkit's network.
std::vector<double> own_losses(Start start, bool cooperative, at::ScalarType type) {
  network::Model& model = start.model;
  if (type == at::kDouble) model.to_double();
  Optimiser optimiser({"", model.parameters(), {OptimiserSettings::Kind::adam, kLearningRate}});
  LatentAugmentation latent{LatentOptions{}};
  StandardObjective objective({0.05, 0.5, true, false}, cooperative ? &latent : nullptr);
  std::vector<double> losses;
  for (std::size_t iteration = 0; iteration < kSteps; ++iteration) {
    optimiser.zero_gradients();
    const at::Tensor total = objective.evaluate(model, batch_of(start, type, iteration)).total;
    total.backward();
    optimiser.step(iteration);
    losses.push_back(total.item<double>());
    EXPECT_TRUE(std::isfinite(losses.back()) && losses.back() > 0);
  }
  return losses;
}

// The same by LibTorch's own layers. `moved`: every weight first by one rounding error of float32, in a direction that
// this number draws.
std::vector<double> plain_losses(const Start& start, bool cooperative, at::ScalarType type, std::uint32_t moved = 0) {
  plain::Network network(kClasses);
  network->load(start.model.state());
  if (type == at::kDouble) network->to(at::kDouble);
  if (moved > 0) {
    const at::NoGradGuard without_gradients;
    std::uint32_t stream = moved * 1000;
    for (at::Tensor& weight : network->parameters())
      weight.mul_(1 + std::exp2(-24) * test::formula_tensor(weight.sizes(), stream++, -1, 1).to(type));
  }
  plain::Step step(network, kLearningRate);
  const std::int64_t images = start.images.size(0), rows = start.images.size(2), columns = start.images.size(3);
  std::vector<double> losses;
  for (std::size_t iteration = 0; iteration < kSteps; ++iteration) {
    const TensorBatch batch = batch_of(start, type, iteration);
    const auto draw = [&](const char* code) {
      core::RandomStream stream(kSeed, {"latent mask", code}, {iteration});
      return draw_mask(MaskPolicy{}, {images, 128, rows / 16, columns / 16}, stream);
    };
    losses.push_back(
        cooperative
            ? step.cooperative(batch.clean, batch.noise.at(0), batch.labels, draw("image code"), draw("shape code"))
            : step.standard(batch.clean, batch.noise.at(0), batch.labels));
  }
  return losses;
}

// The greatest relative difference of all steps.
double difference(const std::vector<double>& found, const std::vector<double>& expected) {
  double greatest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    greatest = std::max(greatest, std::abs(found.at(i) - expected[i]) / std::abs(expected[i]));
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
  const std::vector<double> expected = plain_losses(start, GetParam(), at::kDouble);
  EXPECT_LT(difference(own_losses(std::move(start), GetParam(), at::kDouble), expected), 1e-9);
}

// Golden images and weights of a short training.
void read_trained(Start& start, const std::filesystem::path& folder) {
  const std::string weights = (folder / "weights.safetensors").string(),
                    file = (folder / "train_step.safetensors").string();
  start.model.load_state(core::read_tensor_file(weights), weights);
  const core::TensorFile golden = core::read_tensor_file(file);
  const at::Tensor images = network::from_stored(golden.at("image", file)),
                   labels = network::from_stored(golden.at("label", file)).to(at::kLong);
  start.images = at::cat({images, images.roll({3, -2}, {2, 3})});
  start.labels = at::cat({labels, labels.roll({3, -2}, {1, 2})});
}

// In single precision untrained networks are no measure: the first steps of Adam have the sign of each gradient, that
// of rounding errors too, and two orders of summation lead some per cent apart. Trained ones stay together. Cooperative
// steps choose their masks by rank, and a rounding error now and then chooses another channel: there the plain network
// in single precision is itself up to 1 % from the one in double precision.
//
// One rounding error of float32 in every weight moves a loss of these twenty steps by 1.35e-4, in double precision
// (DISABLED_Condition), and each network in single precision was 0.7e-4 to 1.3e-4 from the exact losses on processors
// with AVX2 and AVX-512. So two of them are less than 4e-4 apart.
TEST_F(TwentySteps, OfStandardTrainingFromTrainedWeightsInSinglePrecision) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  Start start;
  read_trained(start, folder);
  const std::vector<double> expected = plain_losses(start, /*cooperative=*/false, at::kFloat);
  EXPECT_LT(difference(own_losses(std::move(start), /*cooperative=*/false, at::kFloat), expected), 4e-4);
}

// No test: prints the figures above.
TEST_F(TwentySteps, DISABLED_Condition) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  Start start;
  read_trained(start, folder);
  const std::vector<double> exact = plain_losses(start, false, at::kDouble);
  for (const std::uint32_t draw : {1, 2, 3})
    printf("moved %.2e\n", difference(plain_losses(start, false, at::kDouble, draw), exact));
  printf("plain, single precision %.2e\n", difference(plain_losses(start, false, at::kFloat), exact));
  printf("own, single precision %.2e\n", difference(own_losses(std::move(start), false, at::kFloat), exact));
}

INSTANTIATE_TEST_SUITE_P(Methods, TwentySteps, testing::Values(false, true),
                         [](const auto& given) { return given.param ? "cooperative" : "standard"; });

}  // namespace
}  // namespace coopseg::training
