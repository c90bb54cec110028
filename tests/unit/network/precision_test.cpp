#include "coopseg/network/precision.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/network/model.h"
#include "coopseg/training/losses/segmentation.h"

namespace coopseg::network {
namespace {

// Whether this processor can; where it cannot, a choice is refused.
bool has_bf16() {
  try {
    return choose_precision(Precision::bf16, "cpu") == Precision::bf16;
  } catch (const core::UsageError&) {
    return false;
  }
}

Model made(Precision precision) {
  Model model({model::NetworkType::fcn_16, 4, /*slow_thinking=*/true});
  model.initialise(3);
  model.use_precision(precision);
  return model;
}

struct Pass {
  at::Tensor loss, logits, reconstruction, corrected;
};

Pass passed(Model& model) {
  at::manual_seed(2);
  const at::Tensor row = at::arange(64, at::kFloat).view({1, 1, 64, 1}) / 64, column = row.view({1, 1, 1, 64});
  const at::Tensor x = 0.5 + 0.5 * at::sin(6 * row + at::arange(4).view({4, 1, 1, 1})) * at::cos(5 * column);
  const at::Tensor y = (x * 3.99).to(at::kLong).squeeze(1);
  const FtnOutput out = model.run_ftn(x, Mode::train, /*with_reconstruction=*/true);
  const at::Tensor corrected = model.run_stn(out.logits, Mode::train);
  return {training::cross_entropy(out.logits, y) + training::reconstruction_loss(out.reconstruction, x),
          out.logits, out.reconstruction, corrected};
}

double relative(const at::Tensor& a, const at::Tensor& b) { return ((a - b).norm() / b.norm()).item<double>(); }

TEST(Precision, ChoiceIsAWordAndDependsOnTheMachineAlone) {
  EXPECT_EQ(choose_precision(Precision::fp32, "cpu"), Precision::fp32);
  EXPECT_EQ(choose_precision(Precision::automatic, "cpu"), choose_precision(Precision::automatic, "cpu"));
  if (!has_bf16()) {
    EXPECT_EQ(choose_precision(Precision::automatic, "cpu"), Precision::fp32);
  }
  for (const Precision precision : {Precision::fp32, Precision::bf16})
    if (precision == Precision::fp32 || has_bf16()) {
      EXPECT_EQ(choose_precision(precision, "cpu"), precision);
    }
}

TEST(Precision, WhatLeavesTheNetworkIsFloat32) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no bf16";
  Model model = made(Precision::bf16);
  at::Tensor shape_code, stn_code;
  const at::Tensor image_code = model.encode_image(at::rand({1, 1, 32, 32}), Mode::train, &shape_code);
  const at::Tensor logits = model.decode_segmentation(shape_code, Mode::frozen);
  const at::Tensor corrected = model.correct_shape(at::softmax(logits, 1), Mode::eval, &stn_code);
  for (const at::Tensor& t : {image_code, shape_code, logits, corrected, stn_code,
                              model.decode_image(image_code, Mode::eval), model.predict(at::rand({1, 1, 32, 32}), 1)}) {
    EXPECT_EQ(t.scalar_type(), at::kFloat);
  }
  for (const auto& [name, tensor] : model.state()) EXPECT_NE(tensor.scalar_type(), at::kBFloat16) << name;
}

// Untrained networks and codes of four by four places are the worst case: rounding errors grow from layer to layer.
TEST(Precision, Bf16IsNearFp32) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no bf16";
  Model full = made(Precision::fp32), reduced = made(Precision::bf16);
  const Pass a = passed(reduced), b = passed(full);
  EXPECT_LT(relative(a.logits, b.logits), 0.15);
  EXPECT_GT(relative(a.logits, b.logits), 1e-4);  // or nothing was reduced
  EXPECT_LT(relative(a.reconstruction, b.reconstruction), 0.05);
  EXPECT_NEAR(a.loss.item<double>(), b.loss.item<double>(), 0.01 * b.loss.item<double>());
  a.loss.backward();
  b.loss.backward();
  double product = 0, left = 0, right = 0;
  const auto reduced_parameters = reduced.parameters(), full_parameters = full.parameters();
  for (std::size_t i = 0; i < full_parameters.size(); ++i) {
    const at::Tensor p = reduced_parameters[i].second.grad(), q = full_parameters[i].second.grad();
    if (!q.defined()) continue;
    ASSERT_EQ(p.scalar_type(), at::kFloat) << full_parameters[i].first;
    product += (p * q).sum().item<double>();
    left += p.square().sum().item<double>();
    right += q.square().sum().item<double>();
  }
  EXPECT_GT(product / std::sqrt(left * right), 0.9);
  EXPECT_LT(relative(reduced.predict(at::ones({1, 1, 32, 32}), 1), full.predict(at::ones({1, 1, 32, 32}), 1)), 0.15);
}

// As float32 does: the same bits in every run on a fixed number of threads.
TEST(Precision, Bf16RepeatsItself) {
  if (!has_bf16()) GTEST_SKIP() << "this processor has no bf16";
  Model one = made(Precision::bf16), two = made(Precision::bf16);
  const Pass a = passed(one), b = passed(two);
  EXPECT_TRUE(at::equal(a.corrected, b.corrected));
  a.loss.backward();
  b.loss.backward();
  const auto first = one.parameters(), second = two.parameters();
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].second.grad().defined()) {
      EXPECT_TRUE(at::equal(first[i].second.grad(), second[i].second.grad())) << first[i].first;
    }
}

TEST(Precision, ScopeEnds) {
  Model model = made(Precision::fp32);
  {
    const PrecisionScope scope(model, Precision::bf16);
    EXPECT_EQ(model.precision(), Precision::bf16);
  }
  EXPECT_EQ(model.precision(), Precision::fp32);
}

}  // namespace
}  // namespace coopseg::network
