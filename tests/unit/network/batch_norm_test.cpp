#include "coopseg/network/batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace coopseg::network {
namespace {

struct Result {
  at::Tensor out, x, weight, bias, residual, running_mean, running_variance;
};

struct Inputs {
  at::Tensor x, weight, bias, residual, above;
};

Inputs inputs(at::IntArrayRef shape, at::ScalarType type, double offset) {
  at::manual_seed(1);
  const std::int64_t channels = shape[1];
  return {(at::randn(shape, at::kDouble) + offset).to(type), at::rand({channels}, at::kDouble).add(0.5).to(type),
          at::randn({channels}, at::kDouble).to(type), at::randn(shape, at::kDouble).to(type),
          at::randn(shape, at::kDouble).to(type)};
}

template <class Function>
Result run(const Inputs& in, bool with_residual, const Function& function) {
  const auto leaf = [](const at::Tensor& t) { return t.clone().set_requires_grad(true); };
  at::Tensor x = leaf(in.x), weight = leaf(in.weight), bias = leaf(in.bias), residual = leaf(in.residual);
  at::Tensor mean = at::zeros_like(in.weight), variance = at::ones_like(in.weight);
  const at::Tensor out = function(x, weight, bias, mean, variance, with_residual ? residual : at::Tensor());
  out.backward(in.above);
  return {out.detach(), x.grad(), weight.grad(), bias.grad(), residual.grad(), mean, variance};
}

Result ours(const Inputs& in, double slope, bool with_residual) {
  return run(in, with_residual, [&](const auto& x, const auto& w, const auto& b, auto m, auto v, const auto& r) {
    const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(has_fast_normalisation(last));
    return normalise_channels_last(last, w, b, m, v, slope, r);
  });
}

Result atens(const Inputs& in, double slope, bool with_residual) {
  return run(in, with_residual, [&](const auto& x, const auto& w, const auto& b, auto m, auto v, const auto& r) {
    at::Tensor y = at::batch_norm(x, w, b, m, v, true, kNormMomentum, kNormEpsilon, false);
    if (r.defined()) y = y + r;
    return at::where(y > 0, y, y * slope);
  });
}

void expect_close(const Result& a, const Result& b, double relative) {
  const auto compare = [&](const char* name, const at::Tensor& p, const at::Tensor& q) {
    ASSERT_EQ(p.defined(), q.defined()) << name;
    if (!p.defined()) return;
    const at::Tensor left = p.to(at::kDouble), right = q.to(at::kDouble);
    EXPECT_LE((left - right).norm().item<double>(), relative * right.norm().item<double>()) << name;
  };
  compare("out", a.out, b.out);
  compare("x", a.x, b.x);
  compare("weight", a.weight, b.weight);
  compare("bias", a.bias, b.bias);
  compare("residual", a.residual, b.residual);
  compare("running mean", a.running_mean, b.running_mean);
  compare("running variance", a.running_variance, b.running_variance);
}

TEST(BatchNorm, AgreesWithAtenInDouble) {
  // Channel counts on and off the width of a register tile; more pixels than one block; few enough for one.
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {2, 16, 40, 24}, {3, 128, 4, 4}, {2, 5, 33, 31}, {2, 1, 8, 8}, {4, 20, 1, 1}}) {
    for (const double slope : {kIdentity, kLeaky, kRelu}) {
      for (const bool with_residual : {false, true}) {
        SCOPED_TRACE(::testing::PrintToString(shape) + " " + std::to_string(slope));
        const Inputs in = inputs(shape, at::kDouble, 0.5);
        expect_close(ours(in, slope, with_residual), atens(in, slope, with_residual), 1e-11);
      }
    }
  }
}

Result volumes(const Inputs& in, double slope, bool with_skip, Statistics statistics, bool of_aten) {
  const bool image = statistics == Statistics::image;
  return run(in, with_skip, [&](const auto& x, const auto& w, const auto& b, auto m, auto v, const auto& skip) {
    if (!of_aten) {
      const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast3d);
      EXPECT_TRUE(has_fast_normalisation(last));
      if (image) return normalise_volumes(last, {}, {}, {}, {}, slope, skip, statistics) + 0 * (w.sum() + b.sum());
      return normalise_volumes(last, w, b, m, v, slope, skip, statistics);
    }
    at::Tensor y = image ? at::instance_norm(x, {}, {}, {}, {}, true, kNormMomentum, kNormEpsilon, false)
                         : at::batch_norm(x, w, b, m, v, true, kNormMomentum, kNormEpsilon, false);
    y = at::where(y > 0, y, y * slope);
    if (skip.defined()) y = y + skip;
    return image ? y + 0 * (w.sum() + b.sum()) : y;
  });
}

TEST(BatchNorm, OfVolumesAgreesWithAtenInDouble) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {2, 16, 10, 6, 11}, {3, 64, 2, 3, 4}, {2, 5, 3, 33, 1}, {2, 1, 4, 2, 8}}) {
    for (const bool with_skip : {false, true}) {
      for (const Statistics statistics : {Statistics::batch, Statistics::image}) {
        SCOPED_TRACE(::testing::PrintToString(shape));
        const Inputs in = inputs(shape, at::kDouble, 0.5);
        expect_close(volumes(in, kRelu, with_skip, statistics, false), volumes(in, kRelu, with_skip, statistics, true),
                     1e-11);
        expect_close(volumes(in, kLeaky, with_skip, statistics, false),
                     volumes(in, kLeaky, with_skip, statistics, true), 1e-11);
      }
    }
  }
}

TEST(BatchNorm, KeepsItsPrecisionOverLargeBatches) {
  const Inputs in = inputs({20, 16, 192, 192}, at::kFloat, 3);
  Inputs in_double = in;
  for (at::Tensor* t : {&in_double.x, &in_double.weight, &in_double.bias, &in_double.residual, &in_double.above}) {
    *t = t->to(at::kDouble);
  }
  // The identity: activations at the kink would hide the sums' precision.
  expect_close(ours(in, kIdentity, false), atens(in_double, kIdentity, false), 2e-6);
}

// Where activations and residuals are bfloat16, the inputs are given but for their rounding, and so are the results.
TEST(BatchNorm, RoundsOnceInBfloat16) {
  for (const double slope : {kLeaky, kRelu}) {
    Inputs in = inputs({2, 16, 40, 24}, at::kFloat, 0.5);
    for (at::Tensor* t : {&in.x, &in.residual, &in.above}) *t = t->to(at::kBFloat16);
    Inputs in_double = in;
    for (at::Tensor* t : {&in_double.x, &in_double.weight, &in_double.bias, &in_double.residual, &in_double.above}) {
      *t = t->to(at::kDouble);
    }
    const Result found = ours(in, slope, true);
    EXPECT_EQ(found.out.scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.weight.scalar_type(), at::kFloat);
    EXPECT_EQ(found.running_mean.scalar_type(), at::kFloat);
    expect_close(found, atens(in_double, slope, true), 4e-3);
  }
}

TEST(BatchNorm, RoundsToTheNearestAsLibTorchDoes) {
  at::manual_seed(4);
  at::Tensor x = at::randn({1, 16, 64, 64}).mul(at::randn({1, 16, 1, 1}).exp()).to(at::kBFloat16);
  x = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor ones = at::ones({16}), zeros = at::zeros({16});
  const at::Tensor wide = normalise_channels_last(x.to(at::kFloat), ones, zeros, {}, {}, kIdentity, {});
  EXPECT_TRUE(at::equal(normalise_channels_last(x, ones, zeros, {}, {}, kIdentity, {}), wide.to(at::kBFloat16)));
}

TEST(BatchNorm, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Inputs in = inputs({4, 32, 48, 48}, at::kFloat, 0);
  at::set_num_threads(1);
  const Result one = ours(in, kLeaky, true);
  at::set_num_threads(3);
  const Result three = ours(in, kLeaky, true);
  at::set_num_threads(1);
  for (const auto& [a, b] : {std::pair{one.out, three.out}, {one.x, three.x}, {one.weight, three.weight},
                             {one.bias, three.bias}, {one.running_variance, three.running_variance}}) {
    EXPECT_TRUE(at::equal(a, b));
  }
}

TEST(BatchNorm, LeavesRunningStatisticsThatAreNotGiven) {
  const Inputs in = inputs({2, 16, 8, 8}, at::kFloat, 0);
  const at::Tensor x = in.x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor with = normalise_channels_last(x, in.weight, in.bias, at::zeros({16}), at::ones({16}), kLeaky, {});
  EXPECT_TRUE(at::equal(normalise_channels_last(x, in.weight, in.bias, {}, {}, kLeaky, {}), with));
}

TEST(BatchNorm, DeclinesWhatItCannotTake) {
  EXPECT_FALSE(has_fast_normalisation(at::zeros({2, 3, 4, 5})));
  EXPECT_FALSE(has_fast_normalisation(at::zeros({2, 3, 4, 5}, at::kHalf).contiguous(at::MemoryFormat::ChannelsLast)));
  EXPECT_FALSE(has_fast_normalisation(at::zeros({0, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast)));
}

}  // namespace
}  // namespace coopseg::network
