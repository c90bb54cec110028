// Named weights: followed, saved behind a prefix, and blocks that compute in as many dimensions as their weights have.
#include "coopseg/network/weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "coopseg/core/error.h"
#include "coopseg/model/layout_fcn16.h"
#include "coopseg/network/batch_norm.h"
#include "coopseg/network/in_pieces.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/at_once.h"

namespace coopseg::network {
namespace {

using model::Initial;
using model::LayerKind;
using model::TensorLayout;
using model::TensorRole;

Weights initialised(std::uint64_t seed) {
  Weights weights(model::layout_fcn16(3, /*slow_thinking=*/false));
  weights.initialise(seed);
  return weights;
}

TEST(Weights, FollowParametersAndKeepTheirStatistics) {
  Weights teacher = initialised(1);
  const Weights student = initialised(2);
  for (const auto& [name, tensor] : student.state()) {
    const at::NoGradGuard without_gradients;
    if (name.find("running_mean") != std::string::npos) at::Tensor(tensor).fill_(7);
  }
  core::TensorFile before;
  teacher.save(before);
  teacher.follow(student, 0.75);
  for (const auto& [name, tensor] : teacher.state()) {
    const at::Tensor was = from_stored(before.at(name, "teacher")), leader = student.at(name);
    const at::Tensor expected = tensor.requires_grad() ? 0.75 * was + 0.25 * leader.detach() : was;
    EXPECT_TRUE(at::allclose(tensor.detach(), expected, 1e-6, 1e-7)) << name;
    EXPECT_EQ(tensor.requires_grad(), student.at(name).requires_grad()) << name;
  }
  EXPECT_THROW(teacher.follow(Weights({}), 0.5), std::logic_error);
}

TEST(Weights, AreTakenInPiecesWithTheResultOfTheWhole) {
  at::manual_seed(2);
  const auto last = at::MemoryFormat::ChannelsLast3d;
  const at::Tensor leader = at::randn({64, 48, 3, 3, 3}).contiguous(last), row_major = at::randn({64, 48, 3, 3, 3});
  for (const at::Tensor& start : {row_major.contiguous(last), row_major}) {  // lying as the leader does, and otherwise
    const at::Tensor whole = start.clone(), pieces = start.clone();
    whole.mul_(0.99).add_(leader, 0.01);
    in_pieces({pieces, leader}, [](const std::vector<at::Tensor>& of) { of[0].mul_(0.99).add_(of[1], 0.01); });
    EXPECT_TRUE(at::equal(whole, pieces));
  }
}

// As on a GPU: all at once, whatever their strides are.
TEST(Weights, FollowTogetherWithTheResultOfEachByItself) {
  at::manual_seed(3);
  std::vector<at::Tensor> own, leaders, expected;
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{4, 3, 3, 3}, {8, 1, 3, 3}, {5}, {}}) {
    own.push_back(in_order(at::randn(shape), MemoryOrder::channels_last).set_requires_grad(true));
    leaders.push_back(at::randn(shape).set_requires_grad(true));
    expected.push_back(own.back().detach() * 0.9 + leaders.back().detach() * (1 - 0.9));
  }
  follow_at_once(own, leaders, 0.9);
  follow_at_once({}, {}, 0.9);
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_TRUE(at::allclose(own[i].detach(), expected[i], 1e-6, 1e-7)) << i;
}

TEST(Weights, LieAsTheirPartnersDo) {
  const at::Tensor partner = in_order(at::randn({8, 1, 3, 3}), MemoryOrder::channels_last);
  const at::Tensor alike = at::randn({8, 1, 3, 3}), wide = at::randn({8, 2, 3, 3});
  const at::Tensor wide_partner = in_order(wide, MemoryOrder::channels_last);
  const std::vector<at::Tensor> found = lying_as({partner, wide_partner}, {alike, wide});
  EXPECT_EQ(found[0].strides(), partner.strides());
  EXPECT_EQ(found[1].strides(), wide_partner.strides());
  EXPECT_TRUE(at::equal(found[0], alike));
  EXPECT_TRUE(at::equal(found[1], wide));
  EXPECT_EQ(found[0].data_ptr(), alike.data_ptr()) << "of one channel, the memory is the same";
}

TEST(Weights, StandBehindAPrefix) {
  const Weights student = initialised(1), teacher = initialised(2);
  core::TensorFile content;
  student.save(content, "student/");
  teacher.save(content, "teacher/");
  Weights read = initialised(3);
  read.load(content, "state.safetensors", "teacher/");
  for (const auto& [name, tensor] : read.state()) EXPECT_TRUE(at::equal(tensor, teacher.at(name))) << name;

  EXPECT_THROW(read.load(content, "state.safetensors"), core::DataError);
  EXPECT_THROW(read.load(content, "state.safetensors", "critic/"), core::DataError);
  content.tensors["student/image_decoder/one_too_many"] = to_stored(at::zeros({1}));
  EXPECT_NO_THROW(read.load(content, "state.safetensors", "teacher/"));
  EXPECT_THROW(read.load(content, "state.safetensors", "student/"), core::DataError);
  for (const auto& [name, tensor] : read.state()) EXPECT_TRUE(at::equal(tensor, teacher.at(name))) << name;
}

TEST(Weights, KnowNoOtherNames) { EXPECT_THROW(initialised(1).at("image_encoder/inc"), std::logic_error); }

// A stage of blocks in three dimensions, from two channels to three.
Weights volumetric() {
  std::vector<TensorLayout> layout;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, LayerKind kind, Initial initial) {
    layout.push_back({"module", name, std::move(shape), kind, TensorRole::parameter, initial, 18});
  };
  const auto convolution = [&](const std::string& name, std::int64_t in, std::int64_t out, std::int64_t k) {
    add(name + ".weight", {out, in, k, k, k}, LayerKind::convolution, Initial::kaiming);
    add(name + ".bias", {out}, LayerKind::convolution, Initial::uniform);
  };
  const auto norm = [&](const std::string& name, std::int64_t channels) {
    add(name + ".weight", {channels}, LayerKind::batch_norm, Initial::near_one);
    add(name + ".bias", {channels}, LayerKind::batch_norm, Initial::uniform);
    const auto buffer = [&](const std::string& end, std::vector<std::int64_t> shape, TensorRole role, Initial initial) {
      layout.push_back({"module", name + end, std::move(shape), LayerKind::batch_norm, role, initial, 0});
    };
    buffer(".running_mean", {channels}, TensorRole::running_mean, Initial::zeros);
    buffer(".running_var", {channels}, TensorRole::running_variance, Initial::ones);
    buffer(".num_batches_tracked", {}, TensorRole::batches_tracked, Initial::zeros);
  };
  convolution("stage.down", 2, 2, 3);
  add("stage.up.weight", {2, 2, 2, 2, 2}, LayerKind::transposed_convolution, Initial::uniform);
  add("stage.up.bias", {2}, LayerKind::transposed_convolution, Initial::uniform);
  convolution("stage.conv.0", 2, 3, 3);
  norm("stage.conv.1", 3);
  convolution("stage.conv.3", 3, 3, 3);
  norm("stage.conv.4", 3);
  convolution("stage.conv_input", 2, 3, 1);
  Weights weights(std::move(layout));
  weights.initialise(4);
  return weights;
}

TEST(Blocks, TakeTheirDimensionsFromTheWeights) {
  const Weights weights = volumetric();
  const at::NoGradGuard without_gradients;
  const auto w = [&](const std::string& name) { return weights.at("module/stage." + name); };
  const at::Tensor x = at::linspace(-1, 1, 2 * 2 * 4 * 6 * 8).view({2, 2, 4, 6, 8}).cos();
  const auto convolved = [&](const at::Tensor& t, const std::string& name, std::int64_t stride, std::int64_t padding) {
    return at::conv3d(t, w(name + ".weight"), w(name + ".bias"), stride, padding);
  };
  const auto normed = [&](const at::Tensor& t, const std::string& name) {
    return at::batch_norm(t, w(name + ".weight"), w(name + ".bias"), {}, {}, true, kNormMomentum, kNormEpsilon, false);
  };
  const auto expected = [&](const at::Tensor& u) {
    const at::Tensor first = at::leaky_relu(normed(convolved(u, "conv.0", 1, 1), "conv.1"), kLeaky);
    const at::Tensor second = normed(convolved(first, "conv.3", 1, 1), "conv.4");
    return at::leaky_relu(second + convolved(u, "conv_input", 1, 0), kLeaky);
  };
  const at::Tensor doubled = at::upsample_nearest3d(x, {8, 12, 16});
  const at::Tensor up = at::conv_transpose3d(x, w("up.weight"), w("up.bias"), 2);
  const Pass pass{Mode::frozen, true, false, false};
  for (const auto& [resize, wanted] :
       {std::pair{Resize::down, expected(convolved(x, "down", 2, 1))}, std::pair{Resize::nearest, expected(doubled)},
        std::pair{Resize::transposed, expected(up)}}) {
    const at::Tensor found = Stage(weights, "module/stage", resize)(x, pass);
    ASSERT_EQ(found.sizes(), wanted.sizes());
    EXPECT_LE((found - wanted).abs().max().item<double>(), 2e-5);
  }
}

TEST(Blocks, FoldNormsInThreeDimensionsToo) {
  const Weights weights = volumetric();
  const at::NoGradGuard without_gradients;
  const at::Tensor x = at::linspace(-1, 1, 2 * 4 * 4 * 4).view({1, 2, 4, 4, 4}).sin();
  const DoubleConvolution block(weights, "module/stage.conv");
  const at::Tensor plain = block(x, {Mode::eval, true, false, false}, kLeaky);
  const at::Tensor folded = block(x, {Mode::eval, true, false, true}, kLeaky);
  EXPECT_LE((plain - folded).abs().max().item<double>(), 2e-5);
}

}  // namespace
}  // namespace coopseg::network
