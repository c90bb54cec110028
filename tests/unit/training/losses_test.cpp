#include "coopseg/training/losses/segmentation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/dataset/class_index.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {
namespace {

TEST(Losses, CrossEntropyIsTheMeanOverAllPixels) {
  // Two pixels, two classes: -log of the probability of the right class, by hand.
  const at::Tensor logits = at::tensor({0.0, 1.0, 2.0, -1.0}, at::kDouble).view({1, 2, 1, 2});
  const at::Tensor labels = at::tensor({1, 0}, at::kLong).view({1, 1, 2});
  const double first = std::log(1 + std::exp(0.0 - 2.0)), second = std::log(1 + std::exp(-1.0 - 1.0));
  EXPECT_NEAR(cross_entropy(logits, labels).item<double>(), (first + second) / 2, 1e-12);
}

// Of two channels and of a sigmoid's one: what is not counted might as well be cut off.
TEST(Losses, IgnoredPixelsAreAsIfTheyWereNotThere) {
  for (const std::int64_t channels : {1, 3}) {
    const at::Tensor all = at::linspace(-2, 2, 2 * channels * 12, at::kDouble).sin().view({2, channels, 4, 3}) * 3;
    at::Tensor labels = at::arange(24, at::kLong).remainder(channels == 1 ? 2 : 3).view({2, 4, 3});
    const at::Tensor part = all.narrow(2, 0, 3).clone().requires_grad_();
    const at::Tensor truth = labels.narrow(1, 0, 3).contiguous();
    labels.narrow(1, 3, 1).fill_(dataset::kIgnoredLabel);
    const at::Tensor logits = all.clone().requires_grad_(), counted = labels.ne(dataset::kIgnoredLabel);
    for (const auto loss : {cross_entropy, dice_loss}) {
      const at::Tensor expected = loss(part, truth, {}), found = loss(logits, labels, counted);
      EXPECT_NEAR(found.item<double>(), expected.item<double>(), 1e-12);
      expected.backward();
      found.backward();
      EXPECT_TRUE(at::allclose(logits.grad().narrow(2, 0, 3), part.grad(), 0, 1e-12));
      EXPECT_EQ(logits.grad().narrow(2, 3, 1).abs().sum().item<double>(), 0);
    }
    EXPECT_EQ(confusion_counts(logits, labels, counted), confusion_counts(part, truth));
  }
}

TEST(Losses, AreNothingWhereNoPixelCounts) {
  const at::Tensor logits = at::ones({1, 2, 1, 2}, at::kDouble).requires_grad_();
  const at::Tensor labels = at::full({1, 1, 2}, dataset::kIgnoredLabel, at::kLong), counted = labels.eq(0);
  for (const auto loss : {cross_entropy, dice_loss}) {
    const at::Tensor nothing = loss(logits, labels, counted);
    EXPECT_EQ(nothing.item<double>(), 0);
    nothing.backward();
    EXPECT_EQ(logits.grad().abs().sum().item<double>(), 0);
  }
  EXPECT_EQ(confusion_counts(logits, labels, counted), std::vector<std::int64_t>(4, 0));
}

TEST(Losses, AllPixelsCountWithoutAMask) {
  const at::Tensor logits = at::linspace(-2, 2, 24, at::kDouble).view({2, 3, 4, 1});
  const at::Tensor labels = at::arange(8, at::kLong).remainder(3).view({2, 4, 1});
  for (const auto loss : {cross_entropy, dice_loss})
    EXPECT_NEAR(loss(logits, labels, labels.ge(0)).item<double>(), loss(logits, labels, {}).item<double>(), 1e-12);
}

TEST(Losses, OfProbabilitiesAreThoseOfTwoDistributions) {
  // Two pixels, two classes, by hand; and the same of a sigmoid's logits.
  const at::Tensor logits = at::tensor({0.0, 1.0, 2.0, -1.0}, at::kDouble).view({1, 2, 1, 2});
  const at::Tensor one = at::tensor({2.0, -2.0}, at::kDouble).view({1, 1, 1, 2});
  const at::Tensor truth = at::tensor({0.3, 0.9, 0.7, 0.1}, at::kDouble).view({1, 2, 1, 2});
  const double sure = 1 / (1 + std::exp(-2.0)), not_sure = 1 - sure, smooth = 1e-5;
  const double entropy =
      -(0.3 * std::log(not_sure) + 0.7 * std::log(sure) + 0.9 * std::log(sure) + 0.1 * std::log(not_sure)) / 2;
  const double dice =
      1 - (2 * (0.7 * sure + 0.1 * not_sure) + smooth) / (sure * sure + not_sure * not_sure + 0.49 + 0.01 + smooth);
  for (const at::Tensor& l : {logits, one}) {
    EXPECT_NEAR(soft_cross_entropy(l, truth).item<double>(), entropy, 1e-12);
    EXPECT_NEAR(soft_dice_loss(l, truth).item<double>(), dice, 1e-12);
  }
}

// As tensors of one class to a sigmoid and of several to a softmax; with pixels that do not count, and without.
TEST(Losses, OfProbabilitiesThatAreSureAreThoseOfTheLabels) {
  for (const std::int64_t channels : {1, 3}) {
    const std::int64_t classes = channels == 1 ? 2 : channels;
    const at::Tensor all = at::linspace(-2, 2, 2 * channels * 12, at::kDouble).sin().view({2, channels, 4, 3}) * 3;
    at::Tensor labels = at::arange(24, at::kLong).remainder(classes).view({2, 4, 3});
    at::Tensor sure = at::one_hot(labels, classes).permute({0, 3, 1, 2}).to(at::kDouble).contiguous();
    for (const bool ignored : {false, true}) {
      if (ignored) {
        labels.narrow(1, 3, 1).fill_(dataset::kIgnoredLabel);
        sure.narrow(2, 3, 1).zero_();
      }
      const at::Tensor counted = ignored ? labels.ne(dataset::kIgnoredLabel) : at::Tensor();
      const auto expect_same = [&](const auto& of_labels, const auto& of_probabilities) {
        const at::Tensor a = all.clone().requires_grad_(), b = all.clone().requires_grad_();
        const at::Tensor expected = of_labels(a, labels, counted), found = of_probabilities(b, sure, counted);
        EXPECT_NEAR(found.template item<double>(), expected.template item<double>(), 1e-12);
        expected.backward();
        found.backward();
        EXPECT_TRUE(at::allclose(b.grad(), a.grad(), 0, 1e-12));
      };
      expect_same(cross_entropy, soft_cross_entropy);
      expect_same(dice_loss, soft_dice_loss);
    }
  }
}

TEST(Losses, OfProbabilitiesAreLeastWhereThePredictionIsThem) {
  const at::Tensor logits = at::linspace(-2, 2, 24, at::kDouble).sin().view({2, 3, 4, 1});
  const at::Tensor truth = at::softmax(logits, 1);
  EXPECT_NEAR(soft_dice_loss(logits, truth).item<double>(), 0, 1e-12);
  const at::Tensor same = logits.clone().requires_grad_();
  soft_cross_entropy(same, truth).backward();
  EXPECT_LT(same.grad().abs().max().item<double>(), 1e-12);
}

TEST(Losses, ReconstructionIsTheMeanSquare) {
  const at::Tensor a = at::tensor({0.0, 1.0, 0.5, 0.5}, at::kDouble).view({1, 1, 2, 2});
  const at::Tensor b = at::tensor({1.0, 1.0, 0.0, 0.5}, at::kDouble).view({1, 1, 2, 2});
  EXPECT_DOUBLE_EQ(reconstruction_loss(a, b).item<double>(), 1.25 / 4);
}

TEST(Losses, NoiseIsScaledAndHeldToTheRange) {
  const at::Tensor image = at::tensor({0.0, 0.5, 1.0, 1.0}, at::kDouble);
  const at::Tensor noise = at::tensor({-1.0, 2.0, 3.0, -2.0}, at::kDouble);
  const at::Tensor noisy = noisy_input(image, noise, 0.1);
  EXPECT_TRUE(at::allclose(noisy, at::tensor({0.0, 0.7, 1.0, 0.8}, at::kDouble)));
  EXPECT_EQ(image[0].item<double>(), 0);  // the clean image stays: it is the target
}

TEST(Losses, OneHotPutsClassesBeforeRows) {
  const at::Tensor labels = at::tensor({0, 2, 1, 2}, at::kLong).view({1, 2, 2});
  const at::Tensor hot = one_hot(labels, 3, at::empty({1}, at::kFloat));
  ASSERT_EQ(hot.sizes(), at::IntArrayRef({1, 3, 2, 2}));
  EXPECT_EQ(hot.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(hot.argmax(1), labels));
  EXPECT_EQ(hot.sum().item<float>(), 4);
}

}  // namespace
}  // namespace coopseg::training
