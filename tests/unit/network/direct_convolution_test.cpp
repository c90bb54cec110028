// Against LibTorch's convolutions in double precision.
#include "coopseg/network/direct_convolution.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <array>

#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

struct Result {
  at::Tensor out, x, weight, bias;
};

struct Case {
  std::int64_t in, out, side;  // of the kernel
  std::vector<std::int64_t> volume;
  bool expands = false;
};

struct Inputs {
  at::Tensor x, weight, bias, above;
};

Inputs inputs(const Case& c) {
  at::manual_seed(1);
  const std::int64_t n = c.volume[0], d = c.volume[1], h = c.volume[2], w = c.volume[3];
  std::vector<std::int64_t> out{n, c.out, d, h, w};
  for (std::size_t i = 2; i < 5; ++i) out[i] = c.expands ? 2 * out[i] : c.side == 2 ? out[i] / 2 : out[i];
  const auto last = [](const at::Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast3d); };
  const std::int64_t first = c.expands ? c.in : c.out, second = c.expands ? c.out : c.in;
  return {last(at::randn({n, c.in, d, h, w})), last(at::randn({first, second, c.side, c.side, c.side})),
          at::randn({c.out}), last(at::randn(out))};
}

template <class Function>
Result run(const Inputs& in, at::ScalarType type, at::ScalarType weights, const Function& function) {
  const auto leaf = [](const at::Tensor& t, at::ScalarType as) { return t.to(as).clone().set_requires_grad(true); };
  at::Tensor x = leaf(in.x, type), weight = leaf(in.weight, weights), bias = leaf(in.bias, weights);
  const at::Tensor out = function(x, weight, bias);
  out.backward(in.above.to(type));
  return {out.detach(), x.grad(), weight.grad(), bias.grad()};
}

Result ours(const Case& c, const Inputs& in, at::ScalarType type, BiasGradient gradient = BiasGradient::computed) {
  return run(in, type, at::kFloat, [&](const auto& x, const auto& w, const auto& b) {
    return c.expands ? expand_directly(x, w, b, gradient) : convolve_directly(x, w, b, gradient);
  });
}

Result atens(const Case& c, const Inputs& in) {
  return run(in, at::kDouble, at::kDouble, [&](const auto& x, const auto& w, const auto& b) {
    if (c.expands) return at::conv_transpose3d(x, w, b, 2);
    return c.side == 3 ? at::conv3d(x, w, b, 1, 1) : at::conv3d(x, w, b, 2);
  });
}

void expect_close(const at::Tensor& found, const at::Tensor& expected, double relative, const char* name) {
  ASSERT_EQ(found.sizes(), expected.sizes()) << name;
  EXPECT_LE((found.to(at::kDouble) - expected).norm().item<double>(), relative * expected.norm().item<double>())
      << name;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases{
      {16, 16, 3, {2, 3, 5, 7}},        {32, 32, 3, {1, 4, 9, 17}},       {16, 48, 3, {1, 2, 3, 33}},
      {64, 32, 3, {3, 1, 7, 2}},        {32, 64, 3, {2, 2, 6, 5}},        {64, 64, 3, {1, 3, 3, 1}},
      {1, 16, 3, {2, 3, 6, 19}},        {1, 32, 3, {1, 1, 1, 1}},         {16, 32, 2, {2, 4, 6, 10}},
      {32, 16, 2, {1, 2, 2, 34}},       {64, 128, 2, {1, 4, 4, 4}},       {32, 16, 2, {2, 2, 3, 5}, true},
      {128, 64, 2, {1, 2, 3, 2}, true}, {16, 16, 2, {1, 1, 9, 17}, true}, {8, 8, 3, {2, 3, 5, 7}},
      {8, 8, 3, {1, 2, 6, 32}},         {24, 24, 3, {1, 3, 4, 1}},        {8, 16, 3, {2, 2, 33, 18}},
      {32, 8, 3, {1, 3, 4, 35}},        {8, 40, 3, {1, 1, 2, 5}},         {1, 8, 3, {2, 3, 6, 19}},
      {1, 24, 3, {1, 1, 2, 40}},        {8, 16, 2, {2, 4, 6, 10}},        {8, 8, 2, {1, 2, 2, 2}},
      {40, 24, 2, {1, 4, 2, 34}},       {16, 8, 2, {2, 2, 3, 5}, true},   {24, 8, 2, {1, 1, 2, 17}, true},
      {8, 24, 2, {1, 2, 1, 33}, true},  {8, 8, 3, {2, 9, 48, 32}}};
  return kCases;
}

bool takes(const Case& c, at::ScalarType type) {
  const Inputs in = inputs(c);
  return c.expands ? has_direct_expansion(in.x.to(type), in.weight)
                   : has_direct_convolution(in.x.to(type), in.weight, c.side == 2 ? 2 : 1);
}

void agree(at::ScalarType type, double relative) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(std::to_string(c.in) + " to " + std::to_string(c.out) + " in " + ::testing::PrintToString(c.volume));
    if (!takes(c, type)) GTEST_SKIP() << "this processor has no instructions for it";
    Inputs in = inputs(c);
    for (at::Tensor* t : {&in.x, &in.weight, &in.above}) *t = t->to(type).to(at::kFloat);
    const Result found = ours(c, in, type), expected = atens(c, in);
    expect_close(found.out, expected.out, relative, "out");
    expect_close(found.x, expected.x, relative, "x");
    expect_close(found.weight, expected.weight, relative, "weight");
    expect_close(found.bias, expected.bias, relative, "bias");
    EXPECT_TRUE(found.out.is_contiguous(at::MemoryFormat::ChannelsLast3d));
  }
}

TEST(DirectConvolution, AgreesWithAten) { agree(at::kFloat, 2e-6); }

// Where inputs and weights are bfloat16, results are rounded once.
TEST(DirectConvolution, RoundsOnceInBfloat16) { agree(at::kBFloat16, 4e-3); }

TEST(DirectConvolution, GivesTheSameBitsOnAnyNumberOfThreads) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Case& c : cases()) {
      if (!takes(c, type)) GTEST_SKIP() << "this processor has no instructions for it";
      const Inputs in = inputs(c);
      at::set_num_threads(1);
      const Result one = ours(c, in, type);
      at::set_num_threads(3);
      const Result three = ours(c, in, type);
      at::set_num_threads(1);
      EXPECT_TRUE(at::equal(one.out, three.out));
      EXPECT_TRUE(at::equal(one.x, three.x));
      EXPECT_TRUE(at::equal(one.weight, three.weight));
    }
  }
}

TEST(DirectConvolution, KnowsThatANormTakesTheBiasAway) {
  const Case& c = cases().front();
  if (!takes(c, at::kFloat)) GTEST_SKIP() << "this processor has no instructions for it";
  EXPECT_EQ(ours(c, inputs(c), at::kFloat, BiasGradient::zero).bias.abs().max().item<float>(), 0);
}

TEST(DirectConvolution, AgreesWithAtenInPlanes) {
  for (const auto& [in, out, height, width] :
       std::vector<std::array<std::int64_t, 4>>{{16, 16, 12, 18}, {32, 64, 5, 7}, {64, 32, 3, 2}, {1, 16, 9, 20}}) {
    SCOPED_TRACE(std::to_string(in) + " to " + std::to_string(out));
    at::manual_seed(2);
    const auto last = [](const at::Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast); };
    const Inputs made{last(at::randn({2, in, height, width})), last(at::randn({out, in, 3, 3})), at::randn({out}),
                      last(at::randn({2, out, height, width}))};
    if (!has_direct_convolution(made.x, made.weight, 1)) GTEST_SKIP() << "this processor has no need of it";
    const Result found = run(made, at::kFloat, at::kFloat, [](const auto& x, const auto& w, const auto& b) {
      return convolve_directly(x, w, b, BiasGradient::computed);
    });
    const Result expected = run(made, at::kDouble, at::kDouble,
                                [](const auto& x, const auto& w, const auto& b) { return at::conv2d(x, w, b, 1, 1); });
    expect_close(found.out, expected.out, 2e-6, "out");
    expect_close(found.x, expected.x, 2e-6, "x");
    expect_close(found.weight, expected.weight, 2e-6, "weight");
    expect_close(found.bias, expected.bias, 2e-6, "bias");
    EXPECT_TRUE(found.out.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_FALSE(has_direct_convolution(made.x, made.weight, 2));
  }
}

TEST(DirectConvolution, DeclinesWhatItCannotTake) {
  EXPECT_FALSE(has_direct_convolution(at::zeros({1, 16, 4, 4, 4}, at::kDouble), at::zeros({16, 16, 3, 3, 3}), 1));
  EXPECT_FALSE(has_direct_convolution(at::zeros({1, 4, 4, 4, 4}), at::zeros({16, 4, 3, 3, 3}), 1));
  EXPECT_FALSE(has_direct_convolution(at::zeros({1, 16, 4, 4, 4}), at::zeros({12, 16, 3, 3, 3}), 1));
  EXPECT_FALSE(has_direct_convolution(at::zeros({1, 16, 4, 4}), at::zeros({16, 16, 3, 3}), 1));
  EXPECT_FALSE(has_direct_convolution(at::zeros({0, 16, 4, 4, 4}), at::zeros({16, 16, 3, 3, 3}), 1));
  EXPECT_FALSE(has_direct_expansion(at::zeros({1, 16, 4, 4, 4}), at::zeros({16, 16, 3, 3, 3})));
}

}  // namespace
}  // namespace coopseg::network
