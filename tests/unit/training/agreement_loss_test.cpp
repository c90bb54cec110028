// Agreement of a student and its teacher against golden/semi/consistency and several_classes/consistency, and by
// itself.
#include "coopseg/training/losses/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/training/schedule.h"
#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

std::vector<at::Tensor> passes(const PreciseCase& golden) {
  std::vector<at::Tensor> found;
  const at::Tensor all = golden.at("teacher_mc_logits");
  for (std::int64_t i = 0; i < all.size(0); ++i) found.push_back(all[i]);
  return found;
}

void check(const PreciseCase& golden) {
  const at::Tensor student = golden.leaf("student_logit"), teacher = golden.leaf("teacher_logit");
  const at::Tensor difference = probability_difference(student, teacher);
  golden.expect_number("mean_squared_softmax_difference", difference);
  difference.backward();
  EXPECT_FALSE(teacher.grad().defined());
  if (golden.has("grad_student_logit")) golden.expect_tensor("grad_student_logit", student.grad());

  const at::Tensor doubt = uncertainty(passes(golden));
  golden.expect_tensor("uncertainty", doubt);
  const double ramp = gaussian_ramp(golden.about()["iteration"].get<std::size_t>(),
                                    golden.about()["max_iterations"].get<std::size_t>());
  const double threshold = uncertainty_threshold(0.75, ramp, static_cast<int>(student.size(1)));
  golden.expect_number("threshold", threshold);
  golden.expect_tensor("mask", doubt < threshold);
  student.mutable_grad().reset();
  const at::Tensor certain = certain_difference(student, teacher, doubt, threshold);
  golden.expect_number("uncertainty_masked", certain);
  certain.backward();
  golden.expect_tensor("grad_student_logit_masked", student.grad());
}

TEST(Agreement, OfOneClassAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/consistency");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    check(golden);
    const auto foreground = [&](const char* name) { return golden.at(name).narrow(1, 1, 1); };
    const auto beside_zero = [](const at::Tensor& z) { return at::cat({at::zeros_like(z), z}, 1); };
    const at::Tensor student = foreground("student_logit"), teacher = foreground("teacher_logit");
    golden.expect_number("mean_squared_sigmoid_difference_channel1", probability_difference(student, teacher));
    golden.expect_number("mean_squared_sigmoid_difference_channel1",
                         probability_difference(beside_zero(student), beside_zero(teacher)));
  });
}

TEST(Agreement, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/consistency");
  test::for_each_case(folder, check);
}

TEST(Agreement, OfASigmoidIsThatOfTwoChannels) {
  const at::Tensor student = at::randn({2, 1, 3, 4}, at::kDouble), teacher = at::randn({2, 1, 3, 4}, at::kDouble);
  const auto two = [](const at::Tensor& z) { return at::cat({at::zeros_like(z), z}, 1); };
  const at::Tensor doubt = uncertainty({student, teacher});
  EXPECT_EQ(doubt.sizes(), at::IntArrayRef({2, 1, 3, 4}));
  EXPECT_TRUE(at::allclose(doubt, uncertainty({two(student), two(teacher)})));
  EXPECT_NEAR(certain_difference(student, teacher, doubt, 0.55).item<double>(),
              certain_difference(two(student), two(teacher), doubt, 0.55).item<double>(), 1e-14);
  EXPECT_EQ(certain_difference(student, teacher, doubt, 0).item<double>(), 0);
  EXPECT_NEAR(certain_difference(student, teacher, doubt, 1).item<double>(),
              probability_difference(student, teacher).item<double>(), 1e-14);
}

TEST(Agreement, HasTheGradientOfItsDifferences) {
  for (const std::int64_t channels : {1, 3}) {
    const at::Tensor student = formula_leaf({2, channels, 3, 2}, 1, -2, 2);
    const at::Tensor teacher = formula_leaf({2, channels, 3, 2}, 2, -2, 2);
    expect_gradients_of_differences([&] { return probability_difference(student, teacher); }, {student});
    const at::Tensor doubt = uncertainty({teacher});
    const double threshold = doubt.median().item<double>() + 1e-3;
    expect_gradients_of_differences([&] { return certain_difference(student, teacher, doubt, threshold); }, {student});
    EXPECT_FALSE(doubt.requires_grad());
    EXPECT_FALSE(teacher.grad().defined());
  }
}

}  // namespace
}  // namespace coopseg::training
