// The U-Nets against numbers made with the public codes and by plain loops: golden/semi/local_contrast_unet and
// golden/semi/duo.
#include "coopseg/network/unet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/projection.h"
#include "golden_case.h"
#include "support/support.h"

namespace coopseg::network {
namespace {

namespace fs = std::filesystem;
using core::Json;
using model::PixelProjectionShape;
using model::Upsampling;
using test::GoldenCase;

constexpr Upsampling kBoth[] = {Upsampling::bilinear, Upsampling::transposed};

// Batch counts, and a head that the public code has in another place, are in no golden file.
void fill(Weights& weights, const GoldenCase& golden) {
  const at::NoGradGuard no_grad;
  int found = 0;
  for (const auto& [name, tensor] : weights.state()) {
    const std::string plain = name.substr(name.find('/') + 1);
    if (!golden.has(plain)) continue;
    at::Tensor(tensor).copy_(golden.at(plain));
    ++found;
  }
  EXPECT_GT(found, 0);
}

// float32 has the whole tolerance; in double nothing but the stored rounding is left.
double share(bool in_double) { return in_double ? 0.1 : 1; }

void check_transposed(const GoldenCase& golden, bool in_double) {
  const int filters = golden.about["filters"].get<int>();
  UNet net({/*channels=*/1, filters, /*logits=*/2, Upsampling::transposed});
  net.give_features(true);
  PixelProjection project({filters, golden.about["hidden"].get<int>(), golden.about["out"].get<int>()});
  fill(net.weights(), golden);
  fill(project.weights(), golden);
  net.weights().to_device(test::device());
  project.weights().to_device(test::device());
  at::Tensor x = golden.at("x");
  if (in_double) {
    net.weights().to_double();
    project.weights().to_double();
    x = x.to(at::kDouble);
  }
  for (const Mode mode : {Mode::train, Mode::eval}) {
    const Output out = net.forward(x, mode);
    golden.expect_near("center", out.code, share(in_double));
    golden.expect_near("decoder", out.features.back(), share(in_double));
    golden.expect_near("projection", project(out.features.back()), share(in_double));
  }
}

void check_bilinear(const GoldenCase& golden, bool in_double) {
  UNet net({golden.about["in_channels"].get<int>(), golden.about["filters"][0].get<int>(),
            golden.about["n_classes"].get<int>(), Upsampling::bilinear});
  fill(net.weights(), golden);
  net.weights().to_device(test::device());
  at::Tensor x = golden.at("x");
  if (in_double) {
    net.weights().to_double();
    x = x.to(at::kDouble);
  }
  golden.expect_near("eval_logit", net.predict(x).logits, share(in_double));
  golden.expect_near("eval_logit", net.forward(x, Mode::eval).logits, share(in_double));
  golden.expect_near("train_logit", net.forward(x, Mode::frozen).logits, share(in_double));
  golden.expect_near("train_logit", net.forward(x, Mode::train).logits, share(in_double));
}

template <class Check>
void check_all(const fs::path& folder, const char* of_name, const Check& check) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.find(of_name) == std::string::npos) continue;
    for (const bool in_double : {false, true}) {
      SCOPED_TRACE(name + (in_double ? " in double" : ""));
      check(GoldenCase(entry.path()), in_double);
    }
    ++cases;
  }
  EXPECT_GT(cases, 0);
}

TEST(UNet, ComputesWhatThePublicCodeOfLocalContrastDoes) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/local_contrast_unet");
  check_all(folder, "", check_transposed);
}

TEST(UNet, ComputesWhatThePublicCodeOfDuoSegNetDoes) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/duo");
  check_all(folder, "unet", check_bilinear);
}

std::int64_t count(const Weights& weights) {
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : weights.parameters()) numbers += tensor.numel();
  return numbers;
}

TEST(UNet, HasThePublishedNumberOfParameters) {
  EXPECT_EQ(count(UNet({3, 64, 1, Upsampling::bilinear}).weights()), 31390721);
  // With a head of 128 channels in place of the one for a class.
  const std::int64_t head = 64 + 1;
  const std::int64_t projection = count(PixelProjection(PixelProjectionShape()).weights());
  EXPECT_EQ(count(UNet({1, 64, 1, Upsampling::transposed}).weights()) - head + projection, 31080064);
}

TEST(UNet, OutputsHaveTheShapesThatTheHeaderSays) {
  for (const Upsampling upsampling : kBoth) {
    const bool bilinear = upsampling == Upsampling::bilinear;
    UNet net({2, 2, 4, upsampling});
    net.weights().initialise(0);
    net.give_features(true);
    const at::Tensor x = at::rand({3, 2, 32, 48});
    const Output out = net.forward(x, Mode::train);
    EXPECT_EQ(out.logits.sizes(), at::IntArrayRef({3, 4, 32, 48}));
    EXPECT_EQ(out.code.sizes(), bilinear ? at::IntArrayRef({3, 32, 2, 3}) : at::IntArrayRef({3, 16, 4, 6}));
    EXPECT_FALSE(out.distance.defined());
    ASSERT_EQ(out.features.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::int64_t scale = 8 >> i;
      EXPECT_EQ(out.features[i].sizes(), at::IntArrayRef({3, 2 * scale, 32 / scale, 48 / scale}));
    }
    EXPECT_EQ(net.classes(), 4);
    EXPECT_FALSE(out.stage.defined());
    const Output predicted = net.predict(x);
    EXPECT_FALSE(predicted.logits.requires_grad());
    EXPECT_FALSE(predicted.code.defined());
    EXPECT_TRUE(predicted.features.empty());
    EXPECT_EQ(UNet({1, 1, 1, upsampling}).classes(), 2);
  }
}

TEST(UNet, GivesTheStageOfTheEncoderThatItIsAskedFor) {
  for (const Upsampling upsampling : kBoth) {
    UNet net({1, 2, 2, upsampling});
    net.weights().initialise(0);
    const at::Tensor x = at::rand({2, 1, 32, 48});
    const at::Tensor logits = net.forward(x, Mode::frozen).logits;
    for (std::size_t stage = 1; stage <= 5; ++stage) {
      net.give_stage(stage);
      const std::int64_t reduction = net.reduction_of_stage(stage);
      EXPECT_EQ(reduction, 1 << (stage - 1));
      const Output out = net.forward(x, Mode::frozen);
      EXPECT_EQ(out.stage.sizes(), at::IntArrayRef({2, net.channels_of_stage(stage), 32 / reduction, 48 / reduction}));
      EXPECT_TRUE(at::equal(out.logits, logits)) << stage;
      EXPECT_EQ(out.stage.sizes() == out.code.sizes() && at::equal(out.stage, out.code),
                stage == 5 && upsampling == Upsampling::bilinear);
      EXPECT_FALSE(net.predict(x).stage.defined());
      out.stage.sum().backward();  // as it is: nothing behind it has written into it
    }
    net.use_precision(Precision::bf16);
    EXPECT_EQ(net.forward(x, Mode::frozen).stage.scalar_type(), at::kFloat);
    net.give_stage(0);
    EXPECT_FALSE(net.forward(x, Mode::frozen).stage.defined());
    EXPECT_THROW(net.give_stage(6), std::invalid_argument);
    EXPECT_THROW(net.channels_of_stage(0), std::invalid_argument);
  }
}

TEST(UNet, ASecondHeadGivesDistances) {
  for (const Upsampling upsampling : kBoth) {
    UNet plain({1, 2, 3, upsampling}), net({1, 2, 3, upsampling, /*distances=*/2});
    net.weights().initialise(7);
    net.give_features(true);
    core::TensorFile content;
    net.weights().save(content);
    EXPECT_EQ(content.tensors.count("unet/distance.weight"), 1u);
    const at::Tensor x = at::rand({2, 1, 16, 32});
    for (const Output& out : {net.forward(x, Mode::frozen), net.predict(x)}) {
      EXPECT_EQ(out.distance.sizes(), at::IntArrayRef({2, 2, 16, 32}));
      EXPECT_LT(out.distance.abs().max().item<float>(), 1);
      EXPECT_GT(out.distance.abs().max().item<float>(), 0);
    }
    const Output out = net.forward(x, Mode::frozen);
    const at::Tensor by_hand = at::tanh(at::conv2d(out.features.back(), net.weights().at("unet/distance.weight"),
                                                   net.weights().at("unet/distance.bias")));
    EXPECT_LT((by_hand - out.distance).abs().max().item<float>(), 1e-6f);
    EXPECT_EQ(count(net.weights()) - count(plain.weights()), 2 * 2 + 2);
    EXPECT_THROW(UNet({1, 2, 3, upsampling, -1}), core::UsageError);
  }
}

TEST(UNet, EveryParameterLearnsAndTheGradientIsThatOfTheOutput) {
  for (const Upsampling upsampling : kBoth) {
    UNet net({1, 2, 2, upsampling});
    net.weights().initialise(5);
    net.weights().to_double();
    const at::Tensor x = at::rand({2, 1, 32, 32}, at::kDouble), wanted = at::rand({2, 2, 32, 32}, at::kDouble);
    const auto loss = [&] { return (net.forward(x, Mode::frozen).logits * wanted).sum(); };
    loss().backward();
    for (const auto& [name, tensor] : net.weights().parameters()) {
      if (tensor.dim() == 1 && upsampling == Upsampling::bilinear && name.find(".bn") != std::string::npos) continue;
      ASSERT_TRUE(tensor.grad().defined()) << name;
    }
    const std::string first = upsampling == Upsampling::bilinear ? "unet/conv0_0.conv1" : "unet/encoder.contr_1_1.0";
    const at::Tensor weight = net.weights().at(first + ".weight");
    const at::NoGradGuard no_grad;
    constexpr double kStep = 1e-6;
    at::Tensor number = at::Tensor(weight)[0][0][1][1];
    number.add_(kStep);
    const double above = loss().item<double>();
    number.sub_(2 * kStep);
    const double below = loss().item<double>();
    const double expected = weight.grad()[0][0][1][1].item<double>();
    EXPECT_NEAR((above - below) / (2 * kStep), expected, 1e-4 * std::max(1.0, std::abs(expected))) << first;
  }
}

TEST(UNet, Bfloat16IsNear) {
  for (const Upsampling upsampling : kBoth) {
    UNet net({1, 4, 2, upsampling});
    net.weights().initialise(1);
    net.give_features(true);
    const at::Tensor x = at::rand({1, 1, 32, 32});
    const at::Tensor exact = net.predict(x).logits;
    net.use_precision(Precision::bf16);
    const Output near = net.forward(x, Mode::eval);
    EXPECT_EQ(near.logits.scalar_type(), at::kFloat);
    EXPECT_EQ(near.code.scalar_type(), at::kFloat);
    EXPECT_EQ(near.features.back().scalar_type(), at::kFloat);
    EXPECT_LT((near.logits - exact).abs().max().item<float>(), 0.05f);
  }
}

TEST(UNet, RefusesWhatItCannotBe) {
  for (const Upsampling upsampling : kBoth) {
    EXPECT_THROW(UNet({1, 0, 1, upsampling}), core::UsageError);
    EXPECT_THROW(UNet({0, 2, 1, upsampling}), core::UsageError);
    EXPECT_THROW(UNet({1, 2, 0, upsampling}), core::UsageError);
    UNet net({1, 2, 1, upsampling});
    EXPECT_THROW(net.predict(at::rand({1, 1, 24, 16})), std::invalid_argument);
    EXPECT_THROW(net.predict(at::rand({1, 2, 16, 16})), std::invalid_argument);
    EXPECT_THROW(net.predict(at::rand({1, 1, 16, 16, 16})), std::invalid_argument);
  }
}

}  // namespace
}  // namespace coopseg::network
