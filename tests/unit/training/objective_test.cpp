// The objective against the reference implementation's numbers, Adam against its definition.
#include "coopseg/training/objective.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/training/optimiser.h"
#include "unit/network/formula_network.h"

namespace coopseg::training {
namespace {

network::Model formula_model() {
  network::Model model({"FCN_16_standard", 4, true});
  test::fill_from_formula(model);
  return model;
}

TensorBatch formula_batch() {
  TensorBatch batch;
  batch.clean = test::formula_image();
  batch.noise = test::formula_noise();
  batch.labels = test::formula_labels(4);
  return batch;
}

// Computed by the reference implementation (Chen et al., MICCAI 2021) in double precision.
constexpr double kSeg = 2.7376402155, kImage = 0.050690825423;

TEST(StandardObjective, GivesTheReferencesLosses) {
  network::Model model = formula_model();
  StandardObjective objective(ObjectiveOptions{});
  const Losses losses = objective.evaluate(model, formula_batch());
  ASSERT_EQ(losses.terms.size(), 2u);
  EXPECT_EQ(losses.terms[0].first, "seg");
  EXPECT_NEAR(losses.terms[0].second.item<double>(), kSeg, 2e-6 * kSeg);
  EXPECT_EQ(losses.terms[1].first, "image");
  EXPECT_NEAR(losses.terms[1].second.item<double>(), kImage, 2e-6 * kImage);
  EXPECT_NEAR(losses.total.item<double>(), kSeg + kImage, 2e-6 * kSeg);
}

TEST(StandardObjective, AgreesToNineDigitsInDoublePrecision) {
  network::Model model = formula_model();
  model.to_double();
  TensorBatch batch = formula_batch();
  batch.clean = batch.clean.to(at::kDouble);
  batch.noise = batch.noise.to(at::kDouble);
  const Losses losses = StandardObjective({}).evaluate(model, batch);
  EXPECT_NEAR(losses.terms[0].second.item<double>(), kSeg, 1e-9 * kSeg);
  EXPECT_NEAR(losses.terms[1].second.item<double>(), kImage, 1e-9 * kImage);
}

TEST(StandardObjective, WeighsTheReconstructionAndLeavesTheSlowThinkingNetworkAlone) {
  network::Model model = formula_model();
  const Losses losses = StandardObjective({0.05, 2.0}).evaluate(model, formula_batch());
  EXPECT_NEAR(losses.terms[1].second.item<double>(), 4 * kImage, 1e-5 * kImage);
  losses.total.backward();
  for (const auto& [name, parameter] : model.parameters()) {
    EXPECT_EQ(parameter.grad().defined(), name.rfind("shape_", 0) != 0) << name;
  }
}

TEST(StandardObjective, WithoutNoiseSeesTheCleanImage) {
  network::Model noisy = formula_model(), clean = formula_model();
  TensorBatch batch = formula_batch();
  const double with_zeros = StandardObjective({})
                                .evaluate(clean,
                                          [&] {
                                            TensorBatch silent = batch;
                                            silent.noise = at::zeros_like(batch.noise);
                                            return silent;
                                          }())
                                .total.item<double>();
  EXPECT_EQ(StandardObjective({0, 0.5}).evaluate(noisy, batch).total.item<double>(), with_zeros);
}

TEST(ConfusionCounts, CountPixelsByReferenceAndArgMax) {
  // One row of three pixels, two classes; the tie goes to the first class.
  const at::Tensor logits = at::tensor({1.0f, 0.0f, 2.0f, 0.0f, 1.0f, 2.0f}).reshape({1, 2, 1, 3});
  const at::Tensor labels = at::tensor({0, 0, 1}, at::kLong).reshape({1, 1, 3});
  EXPECT_EQ(confusion_counts(logits, labels), (std::vector<std::int64_t>{1, 1, 1, 0}));
}

TEST(Optimiser, TakesAdamsSteps) {
  network::Model model({"FCN_16_standard", 3, false});
  model.initialise(7);
  Optimiser optimiser(model, 1e-3);
  constexpr std::int64_t kWatched[] = {0, 5, 100};
  const auto parameters = model.parameters();
  double weight[2][3], first[2][3] = {}, second[2][3] = {};
  const std::size_t tensors[] = {0, parameters.size() - 2};
  const auto element = [&](std::size_t t, std::int64_t i) {
    const at::Tensor flat = parameters[tensors[t]].second.detach().contiguous().flatten();
    return flat[kWatched[i] % flat.numel()].item<double>();
  };
  for (std::size_t t = 0; t < 2; ++t) {
    for (std::int64_t i = 0; i < 3; ++i) weight[t][i] = element(t, i);
  }
  StandardObjective objective(ObjectiveOptions{});
  TensorBatch batch = formula_batch();
  batch.labels = test::formula_labels(3);
  for (int step = 1; step <= 3; ++step) {
    optimiser.zero_gradients();
    objective.evaluate(model, batch).total.backward();
    for (std::size_t t = 0; t < 2; ++t) {
      const at::Tensor gradient = parameters[tensors[t]].second.grad().contiguous().flatten();
      for (std::int64_t i = 0; i < 3; ++i) {
        const double g = gradient[kWatched[i] % gradient.numel()].item<double>();
        first[t][i] = 0.9 * first[t][i] + 0.1 * g;
        second[t][i] = 0.999 * second[t][i] + 0.001 * g * g;
        const double m = first[t][i] / (1 - std::pow(0.9, step)), v = second[t][i] / (1 - std::pow(0.999, step));
        weight[t][i] -= 1e-3 * m / (std::sqrt(v) + 1e-8);
      }
    }
    optimiser.step();
    for (std::size_t t = 0; t < 2; ++t) {
      for (std::int64_t i = 0; i < 3; ++i)
        EXPECT_NEAR(element(t, i), weight[t][i], 2e-7) << step << " " << t << " " << i;
    }
  }
}

TEST(Optimiser, StateSurvivesSavingBitForBit) {
  network::Model model({"FCN_16_standard", 2, false});
  model.initialise(1);
  Optimiser optimiser(model, 1e-3);
  TensorBatch batch = formula_batch();
  batch.labels = test::formula_labels(2);
  StandardObjective objective(ObjectiveOptions{});
  const auto iterate = [&](network::Model& m, Optimiser& o) {
    o.zero_gradients();
    objective.evaluate(m, batch).total.backward();
    o.step();
  };
  iterate(model, optimiser);
  core::TensorFile saved;
  model.save_state(saved);
  optimiser.save(saved);

  network::Model other({"FCN_16_standard", 2, false});
  Optimiser restored(other, 1e-3);
  other.load_state(saved, "state");
  restored.load(saved, "state");
  for (int i = 0; i < 2; ++i) {
    iterate(model, optimiser);
    iterate(other, restored);
  }
  core::TensorFile a, b;
  model.save_state(a);
  optimiser.save(a);
  other.save_state(b);
  restored.save(b);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) EXPECT_EQ(tensor.bytes, b.tensors.at(name).bytes) << name;

  auto& moment = saved.tensors.at("optimiser/image_encoder/general_encoder.inc.0.weight/exp_avg");
  moment.shape = {1};
  moment.bytes.resize(4);
  EXPECT_THROW(restored.load(saved, "state"), core::DataError);
  saved.tensors.erase("optimiser/image_encoder/general_encoder.inc.0.weight/exp_avg");
  EXPECT_THROW(restored.load(saved, "state"), core::DataError);
}

}  // namespace
}  // namespace coopseg::training
