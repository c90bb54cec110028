// Contrastive losses against golden/semi/masked_info_nce, slice_contrast, pairwise_distillation, and by themselves.
#include "coopseg/training/losses/contrast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

// Where `beside` is.
at::Tensor same(std::int64_t n, const at::Tensor& beside) {
  return at::eye(n, beside.options().dtype(at::kBool).requires_grad(false));
}
at::Tensor all(std::int64_t n, std::int64_t m, const at::Tensor& beside = at::empty({0})) {
  return at::ones({n, m}, beside.options().dtype(at::kBool).requires_grad(false));
}

TEST(InfoNce, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/masked_info_nce");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor anchors = golden.leaf("anchors"), keys = golden.leaf("keys");
    const at::Tensor positive = golden.flags("positive"), valid = golden.flags("valid");
    const double tau = golden.number("tau");
    golden.expect_tensor("has_positive", positive.any(1));
    golden.expect_tensor("per_anchor", info_nce_per_anchor(anchors, keys, positive, valid, tau));
    const at::Tensor loss = masked_info_nce(anchors, keys, positive, valid, tau);
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_anchors", anchors.grad());
    golden.expect_tensor("grad_keys", keys.grad());
  });
}

TEST(InfoNce, HasTheGradientOfItsDifferences) {
  const at::Tensor anchors = formula_leaf({5, 3}, 1), keys = formula_leaf({6, 3}, 2);
  const at::Tensor positive = (test::formula_tensor({5, 6}, 3) < 0.4).index_fill(0, at::tensor({1}, at::kLong), 0);
  const at::Tensor valid = positive.logical_or(test::formula_tensor({5, 6}, 4) < 0.5);
  expect_gradients_of_differences([&] { return masked_info_nce(anchors, keys, positive, valid, 0.3); },
                                  {anchors, keys});
}

TEST(InfoNce, AnAnchorWithoutPositiveOrKeyCountsForNothing) {
  const at::Tensor anchors = formula_leaf({3, 2}, 1), keys = formula_leaf({4, 2}, 2);
  const at::Tensor none = all(3, 4).logical_not();
  const at::Tensor loss = masked_info_nce(anchors, keys, none, none, 0.5);
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(anchors.grad().abs().max().item<double>(), 0);
  EXPECT_EQ(keys.grad().abs().max().item<double>(), 0);
}

// More similarities than are held at once, and temperatures at which a sum of exponentials would overflow.
TEST(InfoNce, OfConstantKeysIsTheMaskedForm) {
  for (const double tau : {0.5, 1e-3}) {
    const at::Tensor anchors = formula_leaf({700, 4}, 1);
    const at::Tensor keys = test::formula_tensor({900, 4}, 2, -1, 1).to(at::kDouble);
    const at::Tensor positive = test::formula_tensor({700, 900}, 3) < 0.01, weights = positive.to(at::kDouble);
    ASSERT_TRUE(positive.any(1).all().item<bool>());
    const at::Tensor expected = info_nce_per_anchor(anchors, keys, positive, all(700, 900), tau);
    expected.square().sum().backward();
    const at::Tensor gradient = anchors.grad().clone();
    anchors.mutable_grad().reset();
    const at::Tensor found =
        info_nce_of_constants(anchors, keys, at::mm(weights, keys) / weights.sum(1, /*keepdim=*/true), tau);
    found.square().sum().backward();
    EXPECT_TRUE(at::allclose(found, expected, 1e-11));
    EXPECT_TRUE(at::allclose(anchors.grad(), gradient, 1e-9));
  }
}

TEST(SliceContrast, OfOneClassAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/slice_contrast");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor student = golden.leaf("student"), teacher = golden.at("teacher");
    const SliceContrast how{golden.number("tau"), golden.about()["l2_normalise"].get<bool>()};
    const auto as_volume = [](const at::Tensor& slices) { return slices.unsqueeze(0).unsqueeze(0); };
    const at::Tensor loss = slice_contrast(as_volume(student), as_volume(teacher), {}, how);
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_student", student.grad());

    const auto vectors = [&](const at::Tensor& slices) { return how.normalise ? normalised(slices, 1) : slices; };
    const std::int64_t n = student.size(0);
    const at::Tensor s = vectors(student), t = vectors(teacher);
    golden.expect_tensor("loss_teacher_anchor", info_nce_per_anchor(t, s, same(n, s), all(n, n, s), how.tau));
    golden.expect_tensor("loss_student_anchor", info_nce_per_anchor(s, t, same(n, s), all(n, n, s), how.tau));
  });
}

TEST(SliceContrast, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/slice_contrast");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor student = golden.leaf("student"), teacher = golden.at("teacher");
    const at::Tensor sampled = golden.flags("sampled");
    const SliceContrast how{golden.number("tau"), golden.about()["l2_normalise"].get<bool>()};
    const at::Tensor loss = slice_contrast(student, teacher, sampled, how);
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_student", student.grad());

    const std::int64_t classes = student.size(1), n = student.numel() / student.size(3);
    const at::Tensor counted = sampled.unsqueeze(1).expand({-1, classes, -1}).reshape(-1);
    const at::Tensor keys = counted.unsqueeze(0).expand({n, n}), partner = same(n, keys).logical_and(keys);
    const auto vectors = [](const at::Tensor& of) { return normalised(of.reshape({-1, of.size(3)}), 1); };
    const auto per_anchor = [&](const at::Tensor& anchors, const at::Tensor& others) {
      return info_nce_per_anchor(vectors(anchors), vectors(others), partner, keys, how.tau)
          .view({student.size(0), classes, student.size(2)});
    };
    golden.expect_tensor("loss_teacher_anchor", per_anchor(teacher, student));
    golden.expect_tensor("loss_student_anchor", per_anchor(student, teacher));
  });
}

TEST(SliceContrast, HasTheGradientOfItsDifferences) {
  const at::Tensor student = formula_leaf({2, 2, 3, 4}, 1), teacher = formula_leaf({2, 2, 3, 4}, 2);
  const at::Tensor sampled = at::tensor({1, 0, 1, 1, 1, 0}, at::kLong).view({2, 3}).to(at::kBool);
  for (const bool normalise : {true, false})
    expect_gradients_of_differences([&] { return slice_contrast(student, teacher, sampled, {0.4, normalise}); },
                                    {student, teacher});
}

TEST(SliceContrast, OfNothingIsZero) {
  const at::Tensor student = formula_leaf({1, 1, 2, 3}, 1);
  const at::Tensor loss = slice_contrast(student, student.detach(), at::zeros({1, 2}, at::kBool), {});
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(student.grad().abs().max().item<double>(), 0);
}

TEST(PairwiseDistillation, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/pairwise_distillation");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor student = golden.leaf("student"), teacher = golden.leaf("teacher");
    const double tau = golden.number("tau");
    golden.expect_number("loss_sum_over_voxels_mean_over_volumes",
                         pairwise_distillation(student, teacher, tau, Reduction::sum));
    const at::Tensor loss = pairwise_distillation(student, teacher, tau, Reduction::mean);
    golden.expect_number("loss_mean", loss);
    loss.backward();
    golden.expect_tensor("grad_student_of_mean", student.grad());
    EXPECT_FALSE(teacher.grad().defined());

    std::vector<at::Tensor> per_voxel;
    for (std::int64_t b = 0; b < student.size(0); ++b) {
      const auto vectors = [b](const at::Tensor& of) { return normalised(of[b].flatten(1).t(), 1); };
      const std::int64_t n = student[b].numel() / student.size(1);
      per_voxel.push_back(
          info_nce_per_anchor(vectors(student), vectors(teacher), same(n, student), all(n, n, student), tau));
    }
    golden.expect_tensor("per_voxel", at::stack(per_voxel));
  });
}

TEST(PairwiseDistillation, HasTheGradientOfItsDifferencesInTwoAndThreeDimensions) {
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{2, 3, 2, 3}, {2, 3, 2, 1, 2}}) {
    const at::Tensor student = formula_leaf(shape, 1), teacher = formula_leaf(shape, 2);
    for (const Reduction reduction : {Reduction::mean, Reduction::sum})
      expect_gradients_of_differences([&] { return pairwise_distillation(student, teacher, 0.2, reduction); },
                                      {student});
    EXPECT_FALSE(teacher.grad().defined());
  }
}

TEST(PairwiseDistillation, OfVoxelsThatAreZeroIsThatOfChance) {
  const at::Tensor zeros = at::zeros({1, 4, 3, 2}, at::kDouble).set_requires_grad(true);
  const at::Tensor loss = pairwise_distillation(zeros, at::zeros_like(zeros), 1, Reduction::mean);
  EXPECT_DOUBLE_EQ(loss.item<double>(), std::log(6));
  loss.backward();
  EXPECT_EQ(zeros.grad().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace coopseg::training
