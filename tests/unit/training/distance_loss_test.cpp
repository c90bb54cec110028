// Losses of signed distances against golden/semi/supervised, golden/semi/several_classes/supervised and dtc, and by
// themselves.
#include "coopseg/training/losses/distance.h"

#include <gtest/gtest.h>

#include <limits>

#include "coopseg/training/losses/segmentation.h"
#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

TEST(DistanceError, OfOneClassAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/supervised");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor label = golden.whole_numbers("label"), logit = golden.leaf("logit");
    const at::Tensor predicted = golden.leaf("sdm_pred");
    const at::Tensor error = distance_error(predicted, golden.at("sdm_true"), {});
    golden.expect_number("mse_sdm", error);
    const at::Tensor total =
        0.5 * (cross_entropy(logit, label) + dice_loss(logit, label)) + golden.number("alpha") * error;
    golden.expect_number("total_sigmoid", total);
    total.backward();
    golden.expect_tensor("grad_logit", logit.grad());
    golden.expect_tensor("grad_sdm", predicted.grad());
  });
}

TEST(DistanceError, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/supervised");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor label = golden.whole_numbers("label"), logit = golden.leaf("logit");
    const at::Tensor predicted = golden.leaf("sdm_pred");
    const at::Tensor everywhere = at::ones_like(label, at::kBool);
    const at::Tensor error = distance_error(predicted, golden.at("sdm_true"), everywhere);
    golden.expect_number("mse_sdm", error);
    const at::Tensor total =
        0.5 * (cross_entropy(logit, label) + dice_loss(logit, label)) + golden.number("alpha") * error;
    golden.expect_number("total", total);
    total.backward();
    golden.expect_tensor("grad_logit", logit.grad());
    golden.expect_tensor("grad_sdm", predicted.grad());
  });
}

TEST(DistanceError, LooksAtCountedVoxelsAlone) {
  const at::Tensor predicted = formula_leaf({2, 2, 3, 2}, 1);
  at::Tensor truth = test::formula_tensor({2, 2, 3, 2}, 2).to(at::kDouble);
  const at::Tensor counted = test::formula_tensor({2, 3, 2}, 3) < 0.6;
  const at::Tensor chosen = counted.unsqueeze(1).expand_as(truth);
  const double expected = at::mse_loss(predicted.masked_select(chosen), truth.masked_select(chosen)).item<double>();
  truth.masked_fill_(chosen.logical_not(), std::numeric_limits<double>::quiet_NaN());
  EXPECT_NEAR(distance_error(predicted, truth, counted).item<double>(), expected, 1e-15);
  expect_gradients_of_differences([&] { return distance_error(predicted, truth, counted); }, {predicted});
  EXPECT_EQ(distance_error(predicted, truth, at::zeros_like(counted)).item<double>(), 0);
}

TEST(DualTaskDifference, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/dtc");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const double steepness = golden.number("steepness");
    const at::Tensor distance = golden.leaf("sdm"), logits = golden.leaf("logit");
    golden.expect_tensor("probability_of_sdm", probability_of_distance(distance, steepness));
    const at::Tensor loss = dual_task_difference(distance, logits, steepness);
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_sdm", distance.grad());
    golden.expect_tensor("grad_logit", logits.grad());
    if (logits.size(1) > 1) return;
    const at::Tensor two = at::cat({at::zeros_like(logits), logits}, 1);
    golden.expect_number("loss", dual_task_difference(distance, two, steepness));
  });
}

TEST(DualTaskDifference, HasTheGradientOfItsDifferences) {
  const at::Tensor distance = formula_leaf({1, 2, 3, 4}, 1, -0.2, 0.2), logits = formula_leaf({1, 3, 3, 4}, 2);
  expect_gradients_of_differences([&] { return dual_task_difference(distance, logits, 15); }, {distance, logits});
}

}  // namespace
}  // namespace coopseg::training
