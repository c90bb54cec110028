// Steps of the toolkit's SimCVD against one of LibTorch's own layers and losses, from the same weights and on the same
// noise. Few steps of small size: rounding grows from step to step, by as much in either.
#include "plain_simcvd.h"

#include <gtest/gtest.h>

#include "coopseg/network/vnet.h"
#include "coopseg/training/optimiser.h"

namespace coopseg::training {
namespace {

constexpr int kPool = 16, kSteps = 3;
constexpr double kRate = 1e-3;

template <class Part>
std::unique_ptr<Part> ready(std::unique_ptr<Part> part, at::ScalarType type) {
  part->weights().initialise(1);
  if (type == at::kDouble) part->weights().to_double();
  return part;
}

std::unique_ptr<network::VNet> made_network(int filters, at::ScalarType type) {
  return ready(std::make_unique<network::VNet>(model::VNetShape{1, filters, 1, 1, model::Norm::batch}), type);
}

std::unique_ptr<network::SliceProjection> made_head(at::ScalarType type) {
  const model::SliceProjectionShape shape{kPool, {256, 256, 128}};
  return ready(std::make_unique<network::SliceProjection>(shape, /*dropout=*/0), type);
}

plain::SimCvdPlayer made_player(int filters, at::ScalarType type) {
  plain::SimCvdPlayer player(plain::VNet(1, filters, 1, 1), kPool);
  player->to(type);
  player->network->load(made_network(filters, type)->weights().state());
  player->load_head(made_head(type)->weights().state());
  return player;
}

TensorBatch made_batch(at::ScalarType type) {
  TensorBatch batch;
  at::manual_seed(3);
  batch.clean = at::randn({4, 1, 32, 32, 16}).to(type);
  batch.labels = batch.clean.slice(0, 0, 2).select(1, 0).gt(1).to(at::kLong);
  batch.distances = (1 - batch.clean.slice(0, 0, 2)).clamp(-1, 1);
  for (int view = 0; view < 2; ++view) batch.noise.push_back(at::randn({2, 1, 32, 32, 16}).to(type));
  return batch;
}

// Every term, relatively to itself.
void expect_equal_losses(int filters, at::ScalarType type, std::size_t steps, double tolerance) {
  SimCvdSettings settings;
  OptimiserSettings how;
  how.kind = OptimiserSettings::Kind::sgd;
  how.learning_rate = kRate;
  how.momentum = 0.9;
  how.weight_decay = 5e-4;
  SimCvd method({made_network(filters, type), /*dropout=*/false, how},
                Teacher(made_network(filters, type), /*dropout=*/false, {0.999, true}), made_head(type), made_head(type),
                settings);
  Optimiser optimiser(method.players().front());
  plain::SimCvdStep plain_step(made_player(filters, type), made_player(filters, type), settings,
                               {/*alpha_dropout=*/0, kRate, 0.999});

  TensorBatch batch = made_batch(type);
  for (; batch.iteration < steps; ++batch.iteration) {
    optimiser.zero_gradients();
    const Losses losses = method.step(batch);
    losses.total.backward();
    optimiser.step(batch.iteration);
    method.after_step(batch.iteration);
    const auto wanted = plain_step(batch);
    ASSERT_EQ(losses.terms.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& [name, loss] = losses.terms[i];
      EXPECT_NEAR(loss.item<double>(), wanted[i], tolerance * wanted[i]) << name << ", step " << batch.iteration;
    }
  }
}

TEST(PlainSimCvd, HasTheLossesOfTheToolkits) {
  expect_equal_losses(/*filters=*/4, at::kDouble, kSteps, 1e-9);
  expect_equal_losses(/*filters=*/16, at::kFloat, /*steps=*/1, 1e-5);
}

}  // namespace
}  // namespace coopseg::training
