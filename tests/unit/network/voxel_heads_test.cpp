// Heads of single voxels against LibTorch's convolutions, in values and gradients.
#include "coopseg/network/voxel_heads.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <vector>

namespace coopseg::network {
namespace {

struct Inputs {
  at::Tensor x, factors, weight1, bias1, weight2, bias2, above1, above2;
};

Inputs inputs(std::int64_t channels, std::int64_t heads1, std::int64_t heads2, bool drops, at::ScalarType type) {
  at::manual_seed(1);
  const auto made = [&](at::IntArrayRef shape, at::ScalarType of) { return at::randn(shape, at::kDouble).to(of); };
  const at::ScalarType computed = type == at::kBFloat16 ? at::kFloat : type;
  // More voxels than a block, and not a whole number of blocks.
  const std::int64_t n = 2, x = 9, y = 10, z = 11;
  Inputs in;
  in.x = made({n, channels, x, y, z}, type);
  if (drops) in.factors = at::rand({n, channels}).gt(0.5).to(at::kFloat) * 2;
  in.weight1 = made({heads1, channels, 1, 1, 1}, computed);
  in.bias1 = made({heads1}, computed);
  in.above1 = made({n, heads1, x, y, z}, computed);
  if (heads2 > 0) {
    in.weight2 = made({heads2, channels, 1, 1, 1}, computed);
    in.bias2 = made({heads2}, computed);
    in.above2 = made({n, heads2, x, y, z}, computed);
  }
  return in;
}

// Both outputs, then the gradients of x, weights and biases.
template <class Function>
std::vector<at::Tensor> run(const Inputs& in, const Function& heads) {
  const auto leaf = [](const at::Tensor& t) { return t.defined() ? t.detach().clone().set_requires_grad(true) : t; };
  const at::Tensor x = leaf(in.x), w1 = leaf(in.weight1), b1 = leaf(in.bias1), w2 = leaf(in.weight2),
                   b2 = leaf(in.bias2);
  const VoxelHeads out = heads(x, in.factors, w1, b1, w2, b2);
  at::Tensor loss = (out.first * in.above1).sum();
  if (in.above2.defined()) loss = loss + (out.second * in.above2).sum();
  loss.backward();
  std::vector<at::Tensor> found{out.first.detach(), x.grad(), w1.grad(), b1.grad()};
  if (in.above2.defined()) found.insert(found.end(), {out.second.detach(), w2.grad(), b2.grad()});
  return found;
}

std::vector<at::Tensor> ours(const Inputs& in) {
  return run(in, [](const at::Tensor& x, const auto& factors, const auto& w1, const auto& b1, const auto& w2,
                    const auto& b2) {
    const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast3d);
    EXPECT_TRUE(has_voxel_heads(last));
    return apply_voxel_heads(last, factors, w1, b1, w2, b2);
  });
}

std::vector<at::Tensor> atens(const Inputs& in) {
  return run(in, [](const at::Tensor& x, const auto& factors, const auto& w1, const auto& b1, const auto& w2,
                    const auto& b2) {
    at::Tensor wide = x.to(w1.scalar_type());
    if (factors.defined()) wide = wide * factors.view({x.size(0), x.size(1), 1, 1, 1}).to(wide.scalar_type());
    return VoxelHeads{at::conv3d(wide, w1, b1), w2.defined() ? at::conv3d(wide, w2, b2) : at::Tensor()};
  });
}

void expect_close(const std::vector<at::Tensor>& some, const std::vector<at::Tensor>& others, double relative) {
  ASSERT_EQ(some.size(), others.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    const at::Tensor left = some[i].to(at::kDouble), right = others[i].to(at::kDouble);
    ASSERT_EQ(left.sizes(), right.sizes()) << i;
    EXPECT_LE((left - right).norm().item<double>(), relative * right.norm().item<double>()) << i;
  }
}

TEST(VoxelHeads, AgreeWithConvolutions) {
  for (const std::int64_t channels : {1, 4, 8, 16, 20, 32}) {
    for (const std::int64_t second : {0, 1, 3}) {
      for (const bool drops : {false, true}) {
        SCOPED_TRACE(::testing::Message() << channels << " channels, second head of " << second << ", drops " << drops);
        for (const auto& [type, tolerance] :
             {std::pair(at::kDouble, 1e-13), std::pair(at::kFloat, 1e-5), std::pair(at::kBFloat16, 4e-3)}) {
          const Inputs in = inputs(channels, 2, second, drops, type);
          expect_close(ours(in), atens(in), tolerance);
        }
      }
    }
  }
}

TEST(VoxelHeads, DoNotDependOnTheNumberOfThreads) {
  const Inputs in = inputs(16, 1, 1, /*drops=*/true, at::kFloat);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const std::vector<at::Tensor> one = ours(in);
  at::set_num_threads(3);
  const std::vector<at::Tensor> three = ours(in);
  at::set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i])) << i;
}

TEST(VoxelHeads, TakeVolumesThatLieChannelsLast) {
  EXPECT_FALSE(has_voxel_heads(at::zeros({2, 16, 4, 4, 4})));
  EXPECT_FALSE(has_voxel_heads(at::zeros({2, 16, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast)));
  EXPECT_TRUE(has_voxel_heads(at::zeros({2, 16, 4, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast3d)));
}

}  // namespace
}  // namespace coopseg::network
