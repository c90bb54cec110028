// The objective against the reference implementation's numbers.
#include "coopseg/training/methods/standard_objective.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/training/tensors.h"
#include "unit/network/formula_network.h"

namespace coopseg::training {
namespace {

network::Model formula_model() {
  network::Model model({model::NetworkType::fcn_16, 4, true});
  test::fill_from_formula(model);
  return model;
}

TensorBatch formula_batch() {
  TensorBatch batch;
  batch.clean = test::formula_image();
  batch.noise = {test::formula_noise()};
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
  batch.noise = {batch.noise.at(0).to(at::kDouble)};
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
                                            silent.noise = {at::zeros_like(batch.noise.at(0))};
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

}  // namespace
}  // namespace coopseg::training
