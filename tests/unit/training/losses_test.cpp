#include "coopseg/training/losses/segmentation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace coopseg::training {
namespace {

TEST(Losses, CrossEntropyIsTheMeanOverAllPixels) {
  // Two pixels, two classes: -log of the probability of the right class, by hand.
  const at::Tensor logits = at::tensor({0.0, 1.0, 2.0, -1.0}, at::kDouble).view({1, 2, 1, 2});
  const at::Tensor labels = at::tensor({1, 0}, at::kLong).view({1, 1, 2});
  const double first = std::log(1 + std::exp(0.0 - 2.0)), second = std::log(1 + std::exp(-1.0 - 1.0));
  EXPECT_NEAR(cross_entropy(logits, labels).item<double>(), (first + second) / 2, 1e-12);
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
