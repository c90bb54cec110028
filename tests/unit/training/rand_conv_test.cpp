// Random convolutions: kernels, views, divergences.
#include "coopseg/training/methods/rand_conv.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "coopseg/training/losses/consistency.h"
#include "small_network.h"

namespace coopseg::training {
namespace {

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

TEST(RandConv, KernelsHaveTheirSizesAndStandardDeviation) {
  request::RandConvSettings settings;
  core::RandomStream draw(0, {"test"});
  std::set<std::int64_t> sizes;
  for (int i = 0; i < 60; ++i) {
    const ConvolutionDraw made = draw_convolution(settings, 1, draw);
    sizes.insert(made.normals.size(2));
    EXPECT_GE(made.share, 0);
    EXPECT_LT(made.share, 1);
  }
  EXPECT_EQ(sizes, (std::set<std::int64_t>{1, 3, 5, 7}));
  for (const std::int64_t side : {1, 3, 5}) {
    settings.kernel_sizes = std::to_string(side);
    std::vector<at::Tensor> weights;
    for (int i = 0; i < 3000; ++i)
      weights.push_back(convolution_kernel(draw_convolution(settings, 2, draw).normals).flatten());
    const double expected = 1 / std::sqrt(2.0 * static_cast<double>(side * side));
    EXPECT_NEAR(at::cat(weights).std().item<double>(), expected, 0.03 * expected) << side;
    EXPECT_NEAR(at::cat(weights).mean().item<double>(), 0, 0.05 * expected) << side;
  }
}

TEST(RandConv, AKernelOfOnePixelKeepsOrInvertsContrast) {
  const at::Tensor images = rescaled(test::blobs(2, 24, 32));
  request::RandConvSettings settings;
  settings.kernel_sizes = "1";
  core::RandomStream draw(3, {"test"});
  int kept = 0, inverted = 0;
  for (int i = 0; i < 60; ++i) {
    const ConvolutionDraw made = draw_convolution(settings, 1, draw);
    const double factor = made.share + (1 - made.share) * made.normals.item<double>();
    const at::Tensor view = random_view(settings, images, made);
    if (std::abs(factor) < 0.01) continue;  // rounding is magnified
    EXPECT_LE(largest(view - (factor > 0 ? images : 1 - images)), 1e-4) << factor;
    ++(factor > 0 ? kept : inverted);
  }
  EXPECT_GT(kept, 0);
  EXPECT_GT(inverted, 0);
}

TEST(RandConv, CorrelatesWithZerosBeyondTheBorder) {
  const at::Tensor images = test::formula_tensor({1, 1, 4, 5}, 4);
  const at::Tensor kernel = test::formula_tensor({1, 1, 3, 3}, 5, -1, 1);
  const at::Tensor found = convolved(images, kernel);
  for (std::int64_t r = 0; r < 4; ++r)
    for (std::int64_t c = 0; c < 5; ++c) {
      double sum = 0;
      for (std::int64_t i = -1; i <= 1; ++i)
        for (std::int64_t j = -1; j <= 1; ++j) {
          if (r + i < 0 || r + i > 3 || c + j < 0 || c + j > 4) continue;
          sum += images[0][0][r + i][c + j].item<double>() * kernel[0][0][i + 1][j + 1].item<double>();
        }
      EXPECT_NEAR(found[0][0][r][c].item<double>(), sum, 1e-6);
    }
}

TEST(RandConv, WithoutMixingTheImageIsKeptWithItsProbability) {
  const at::Tensor images = rescaled(test::blobs(1, 16, 16));
  request::RandConvSettings settings;
  settings.mix = false;
  settings.kernel_sizes = "3";
  core::RandomStream draw(1, {"test"});
  int kept = 0;
  for (int i = 0; i < 400; ++i) {
    const ConvolutionDraw made = draw_convolution(settings, 1, draw);
    const at::Tensor view = random_view(settings, images, made);
    const at::Tensor expected =
        made.identity ? images : rescaled(convolved(images, convolution_kernel(made.normals)));
    EXPECT_TRUE(at::equal(view, expected));
    kept += made.identity;
  }
  EXPECT_NEAR(kept, 200, 50);
}

TEST(RandConv, DivergencesFromTheMeanAreTheJensenShannonDivergence) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor a = network(test::blobs(2, 16, 16)), b = network(1 - test::blobs(2, 16, 16));
  const at::Tensor p = at::softmax(a, 1), q = at::softmax(b, 1), m = (p + q) / 2;
  const auto entropy = [](const at::Tensor& t) { return -(t * t.log()).sum(1).mean().item<double>(); };
  const double found = divergences_from_mean({a, b}).mean().item<double>();
  EXPECT_NEAR(found, entropy(m) - (entropy(p) + entropy(q)) / 2, 1e-6);
  EXPECT_GT(found, 1e-4);
  EXPECT_NEAR(divergences_from_mean({a, a, a}).abs().max().item<double>(), 0, 1e-6);
}

}  // namespace
}  // namespace coopseg::training
