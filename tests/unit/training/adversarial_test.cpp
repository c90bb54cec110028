// Adversarial noise and bias fields on a small network, and the losses that they climb.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/training/losses/consistency.h"
#include "coopseg/training/methods/adv_bias.h"
#include "coopseg/training/methods/adv_noise.h"
#include "small_network.h"

namespace coopseg::training {
namespace {

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

at::Tensor norms(const at::Tensor& samples) { return samples.to(at::kDouble).flatten(1).norm(2, {1}); }

request::ImageMethodSettings noise_settings(double epsilon = 1) {
  request::ImageMethodSettings settings;
  settings.method = "adv-noise";
  settings.adv_noise.epsilon = epsilon;
  return settings;
}

request::ImageMethodSettings bias_settings(const std::string& form = "box") {
  request::ImageMethodSettings settings;
  settings.method = "adv-bias";
  settings.adv_bias.form = form;
  return settings;
}

TEST(Consistency, DivergenceOfTwoPixels) {
  // p = (3/4, 1/4), q = (1/2, 1/2) in one pixel, equal ones in the other.
  const at::Tensor reference = at::tensor({std::log(3.0), 0.0, 0.0, 0.0}).view({1, 2, 1, 2});
  const at::Tensor logits = at::zeros({1, 2, 1, 2}, at::kDouble);
  const double expected = (0.75 * std::log(0.75 / 0.5) + 0.25 * std::log(0.25 / 0.5)) / 2;
  EXPECT_NEAR(kl_divergence(reference.to(at::kDouble), logits).item<double>(), expected, 1e-7);
  EXPECT_EQ(kl_divergence(logits, logits).item<double>(), 0);
}

TEST(Consistency, ContoursOfOnePixel) {
  // One foreground class, whose probability differs in the middle pixel only: Sobel's weights are its surroundings.
  at::Tensor reference = at::zeros({1, 2, 5, 5}, at::kDouble), logits = reference.clone();
  logits[0][1][2][2] = std::log(3.0);  // 3/4 instead of 1/2
  const double each = 0.25 * 0.25 * (4 * 1 + 2 * 4) / 25;
  EXPECT_NEAR(contour_difference(reference, logits).item<double>(), 0.5 * (each + each), 1e-9);
  // The background does not count: K = 2 has one class, however it moves.
  EXPECT_NEAR(consistency_loss({0, 2}, reference, logits).item<double>(), 2 * each, 1e-9);
  EXPECT_NEAR(consistency_loss({1, 2}, reference, logits).item<double>(),
              2 * each + kl_divergence(reference, logits).item<double>(), 1e-9);
  EXPECT_EQ(consistency_loss({0, 0}, reference, logits).item<double>(), 0);
}

TEST(Consistency, StretchesAndNormalises) {
  const at::Tensor images = at::tensor({2.f, 4.f, 3.f, 2.f, 7.f, 7.f, 7.f, 7.f}).view({2, 1, 2, 2});
  EXPECT_TRUE(at::equal(rescaled(images), at::tensor({0.f, 1.f, .5f, 0.f, 0.f, 0.f, 0.f, 0.f}).view({2, 1, 2, 2})));
  // Norms of numbers whose squares single precision does not hold.
  const at::Tensor samples = at::tensor({3e-24f, 4e-24f, 0.f, 0.f, 30.f, -40.f}).view({3, 2});
  const at::Tensor expected = at::tensor({.6f, .8f, 0.f, 0.f, .6f, -.8f}).view({3, 2});
  EXPECT_LE(largest(unit(samples * 1e10) - expected), 1e-5);
  EXPECT_TRUE(at::equal(unit(samples)[1], at::zeros({2})));
}

TEST(AdvNoise, HasItsNormAndChangesMoreThanRandomNoise) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor images = test::blobs(4, 32, 48), reference = network(images);
  for (const char* search : {"power-iteration", "ascent"}) {
    request::ImageMethodSettings settings = noise_settings(2), random = noise_settings(2);
    settings.adv_noise.search = search;
    random.adv_noise.steps = 0;
    double found = 0, at_random = 0;
    for (std::uint64_t i = 0; i < 5; ++i) {
      const auto streams = test::streams_of_seed(1, i);
      const auto change = [&](const request::ImageMethodSettings& how) {
        const at::Tensor made = AdvNoise(how).search(network, images, reference, streams);
        EXPECT_LE(largest(norms(made - images) - 2), 1e-4);
        return kl_divergence(reference, network(made)).item<double>();
      };
      found += change(settings);
      at_random += change(random);
    }
    EXPECT_GT(found, (search == std::string("ascent") ? 1.2 : 2) * at_random) << search;
  }
}

TEST(AdvNoise, OfNoSizeIsTheImageAndNoGradientIsNoNoise) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor images = test::blobs(2, 16, 16);
  const at::Tensor same =
      AdvNoise(noise_settings(0)).search(network, images, network(images), test::streams_of_seed(0));
  EXPECT_TRUE(at::equal(same, images));
  const Classifier constant = [](const at::Tensor& x) { return at::cat({x, x, x}, 1) * 0; };
  const at::Tensor made =
      AdvNoise(noise_settings()).search(constant, images, constant(images), test::streams_of_seed(0));
  EXPECT_TRUE(at::equal(made, images));
}

TEST(AdvBias, KernelsArePartitionsOfOne) {
  for (const std::int64_t spacing : {1, 2, 7, 16, 48}) {
    const at::Tensor kernel = spline_kernel(spacing);
    ASSERT_EQ(kernel.size(0), 4 * spacing - 3);
    EXPECT_LE(largest(kernel - kernel.flip(0)), 1e-12);
    for (std::int64_t phase = 0; phase < spacing; ++phase)
      EXPECT_NEAR(kernel.slice(0, phase, {}, spacing).sum().item<double>(), 1, 1e-12) << spacing;
  }
  // The cubic B-spline, of which these are samples.
  EXPECT_NEAR(spline_kernel(200)[398].item<double>(), 2.0 / 3, 1e-4);
  EXPECT_NEAR(spline_kernel(200)[198].item<double>(), 1.0 / 6, 1e-4);
}

// A coarse sample is the sum over all control points of their number times the two kernels' there.
TEST(AdvBias, FieldsAreSumsOverControlPoints) {
  request::AdvBiasSettings how;
  how.form = "box";
  const std::int64_t rows = 32, columns = 64;
  const BiasFieldShape shape(rows, columns, how);
  const BiasAxis across(rows, how), along(columns, how);
  const at::Tensor points = test::formula_tensor({1, 1, across.points, along.points}, 9, -0.3, 0.3).to(at::kDouble);
  const at::Tensor found = shape.coarse_log_field(points)[0][0].to(at::kDouble);
  ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{across.samples, along.samples}));
  const auto weight = [](const BiasAxis& axis, std::int64_t sample, std::int64_t point) {
    const std::int64_t at = sample + axis.offset - point * axis.spacing + 2 * axis.spacing - 2;
    return at < 0 || at > 4 * axis.spacing - 4 ? 0.0 : spline_kernel(axis.spacing)[at].item<double>();
  };
  for (std::int64_t r = 0; r < across.samples; r += 3)
    for (std::int64_t c = 0; c < along.samples; c += 5) {
      double sum = 0;
      for (std::int64_t i = 0; i < across.points; ++i)
        for (std::int64_t j = 0; j < along.points; ++j)
          sum += weight(across, r, i) * weight(along, c, j) * points[0][0][i][j].item<double>();
      EXPECT_NEAR(found[r][c].item<double>(), sum, 1e-6) << r << " " << c;
    }
}

TEST(AdvBias, ConstantPointsGiveAConstantFieldInTheMiddle) {
  const double c = 0.2;
  const BiasFieldShape shape(192, 96, request::AdvBiasSettings{});
  ASSERT_EQ(shape.point_rows(), 4);
  ASSERT_EQ(shape.point_columns(), 4);
  const at::Tensor field = shape.field(at::full({1, 1, 4, 4}, c), 0.3)[0][0];
  ASSERT_EQ(field.sizes(), (std::vector<std::int64_t>{192, 96}));
  EXPECT_LE(largest(field.narrow(0, 50, 92).narrow(1, 26, 44) - std::exp(c)), 1e-5);
  EXPECT_NEAR(field[0][0].item<double>(), std::exp(0.959 * c), 1e-3);
  EXPECT_NEAR(field[0][48].item<double>(), std::exp(0.979 * c), 1e-3);
}

TEST(AdvBias, FieldsStayInTheirRangeAndPointsInTheirBox) {
  const double low = std::log(0.7), high = std::log(1.3);
  for (const char* form : {"box", "sphere"}) {
    request::AdvBiasSettings how;
    how.form = form;
    const BiasFieldShape shape(32, 64, how);
    const at::Tensor uniform = test::formula_tensor({50, 1, shape.point_rows(), shape.point_columns()}, 7);
    const at::Tensor start = first_points(how, uniform);
    const at::Tensor next = stepped(how, start, test::formula_tensor(start.sizes(), 8, -1, 1), 1);
    for (const at::Tensor& points : {start, next}) {
      const at::Tensor field = shape.field(points, 0.3);
      EXPECT_GE(field.min().item<double>(), 0.7 - 1e-6);
      EXPECT_LE(field.max().item<double>(), 1.3 + 1e-6);
      EXPECT_GT((field.amax({1, 2, 3}) - field.amin({1, 2, 3})).min().item<double>(), 0.01);
      if (how.form == "box") {
        EXPECT_GE(points.min().item<double>(), low - 1e-6);
        EXPECT_LE(points.max().item<double>(), high + 1e-6);
      } else {
        EXPECT_LE(largest(norms(points) - 1), 1e-5);
      }
    }
    // Without a gradient, the random start stays.
    EXPECT_LE(largest(stepped(how, start, at::zeros_like(start), 1) - start), 1e-6);
  }
}

TEST(AdvBias, AStepRaisesTheLossOnTheAverage) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor images = test::blobs(4, 32, 48), reference = network(images);
  for (const char* form : {"box", "sphere"}) {
    double found = 0, at_random = 0;
    for (std::uint64_t i = 0; i < 8; ++i) {
      request::ImageMethodSettings settings = bias_settings(form);
      const auto change = [&](std::size_t steps) {
        settings.adv_bias.steps = steps;
        const at::Tensor made = AdvBias(settings).search(network, images, reference, test::streams_of_seed(2, i));
        return consistency_loss(settings.adv_bias.weights, reference, network(made)).item<double>();
      };
      found += change(1);
      at_random += change(0);
    }
    EXPECT_GT(found, 1.2 * at_random) << form;
  }
}

TEST(AdvBias, OfNoSizeIsTheImageAndZerosStayZeros) {
  const test::SmallNetwork network = test::formula_small_network();
  request::ImageMethodSettings settings = bias_settings();
  const at::Tensor black = at::zeros({1, 1, 16, 16});
  EXPECT_TRUE(at::equal(AdvBias(settings).search(network, black, network(black), test::streams_of_seed(0)), black));
  settings.adv_bias.epsilon = 0;
  const at::Tensor images = test::blobs(2, 16, 16);
  EXPECT_TRUE(at::equal(AdvBias(settings).search(network, images, network(images), test::streams_of_seed(0)), images));
}

TEST(AdvBias, RefusesGridsThatDoNotFit) {
  EXPECT_THROW(BiasAxis(49, request::AdvBiasSettings{}), core::UsageError);
  request::AdvBiasSettings dense;
  dense.spacing = 1;
  EXPECT_THROW(BiasAxis(48, dense), core::UsageError);
  dense.spacing = 12;
  EXPECT_EQ(BiasAxis(48, dense).points, 6);
}

TEST(AdversarialSearch, LooksInFullPrecisionAndPutsTheSwitchesBack) {
  at::Context& context = at::globalContext();
  for (const bool before : {true, false}) {
    context.setAllowTF32CuDNN(before);
    context.setAllowTF32CuBLAS(before);
    int calls = 0;
    const test::SmallNetwork small = test::formula_small_network();
    const Classifier network = [&](const at::Tensor& x) {
      EXPECT_FALSE(context.allowTF32CuDNN() || context.allowTF32CuBLAS());
      ++calls;
      return small(x);
    };
    make_image_method(bias_settings())->hard_images(network, test::blobs(1, 16, 16), test::streams_of_seed(0));
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(context.allowTF32CuDNN(), before);
    EXPECT_EQ(context.allowTF32CuBLAS(), before);
  }
  context.setAllowTF32CuDNN(true);
  context.setAllowTF32CuBLAS(false);
}

}  // namespace
}  // namespace coopseg::training
