// Heads of semi-supervised methods against golden/semi/projection_head and several_classes/boundary_feature, and by
// themselves.
#include "coopseg/network/projection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "precise_case.h"
#include "support/support.h"

namespace coopseg::network {
namespace {

using test::PreciseCase;

SliceProjection golden_head(const PreciseCase& golden) {
  const core::Json& layers = golden.about()["layers"];
  SliceProjection head({golden.about()["pool"].get<int>(), {layers[1], layers[2], layers[3]}}, golden.number("p"));
  head.weights().to_device(test::device());
  if (golden.in_double()) head.weights().to_double();
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : head.weights().state())
    at::Tensor(tensor).copy_(golden.at(name.substr(name.find('/') + 1)));
  return head;
}

void check(const PreciseCase& golden) {
  const at::Tensor feature = golden.at("image") + golden.at("sdm"), keep = golden.flags("keep_mask");
  if (golden.has("feature")) golden.expect_tensor("feature", feature);
  const SliceProjection head = golden_head(golden);
  const int pool = golden.about()["pool"].get<int>();
  // The golden numbers of one class have no axis for it.
  const auto as_stored = [&](const at::Tensor& t) { return golden.has("feature") ? t : t.squeeze(1); };
  golden.expect_tensor("pooled_eval", as_stored(pooled_slices(feature, pool)));
  golden.expect_tensor("pooled_dropout",
                       as_stored(pooled_slices(alpha_dropout(feature, keep, golden.number("p")), pool)));
  golden.expect_tensor("out_eval", as_stored(head(feature, nullptr)));
  golden.expect_tensor("out_dropout", as_stored(head.with_mask(feature, keep)));
}

TEST(SliceProjection, OfOneClassAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/projection_head");
  test::for_each_case(folder, check);
}

TEST(SliceProjection, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/boundary_feature");
  test::for_each_case(folder, check);
}

TEST(SliceProjection, AnImageOfTwoDimensionsIsOneSlice) {
  SliceProjection head({4, {6, 5, 3}}, 0.1);
  head.weights().initialise(1);
  const at::Tensor feature = at::rand({2, 3, 7, 5});
  const at::Tensor flat = head(feature, nullptr);
  EXPECT_EQ(flat.sizes(), at::IntArrayRef({2, 3, 1, 3}));
  EXPECT_TRUE(at::equal(flat, head(feature.unsqueeze(4), nullptr)));
}

TEST(SliceProjection, TheOrderOfMemoryDoesNotMatter) {
  SliceProjection head({4, {6, 5, 3}}, 0.1);
  head.weights().initialise(1);
  head.weights().to_double();
  const at::Tensor feature = at::rand({2, 3, 7, 5, 4}, at::kDouble), keep = at::rand(feature.sizes()) < 0.9;
  const at::Tensor other = in_order(feature, MemoryOrder::channels_last);
  EXPECT_TRUE(at::allclose(head.with_mask(feature, keep), head.with_mask(other, keep)));
  EXPECT_TRUE(at::allclose(pooled_slices(feature.narrow(0, 1, 1), 4), pooled_slices(feature, 4).narrow(0, 1, 1)));
}

TEST(SliceProjection, DropsByTheStreamAloneAndEachClassByItself) {
  SliceProjection head({4, {6, 5, 3}}, 0.3);
  head.weights().initialise(1);
  const at::Tensor feature = at::rand({1, 1, 8, 8, 2}).expand({1, 2, 8, 8, 2}).contiguous();
  const auto drawn = [&](std::uint64_t seed) {
    Dropout draw{core::RandomStream(seed, {"test"})};
    return head(feature, &draw);
  };
  EXPECT_TRUE(at::equal(drawn(1), drawn(1)));
  EXPECT_FALSE(at::equal(drawn(1), drawn(2)));
  EXPECT_FALSE(at::equal(drawn(1).select(1, 0), drawn(1).select(1, 1)));
  EXPECT_FALSE(at::equal(drawn(1), head(feature, nullptr)));
}

TEST(SliceProjection, HasTheGradientOfItsDifferences) {
  SliceProjection head({4, {6, 5, 3}}, 0.2);
  head.weights().initialise(3);
  head.weights().to_double();
  core::RandomStream draw(4, {"test"});
  const at::Tensor keep = draw_keep_mask({1, 2, 5, 6, 2}, 0.2, draw);
  const at::Tensor feature = at::rand({1, 2, 5, 6, 2}, at::kDouble).set_requires_grad(true);
  const at::Tensor wanted = at::rand({1, 2, 2, 3}, at::kDouble);
  const auto loss = [&] { return (head.with_mask(feature, keep) * wanted).sum(); };
  loss().backward();
  std::vector<at::Tensor> leaves{feature};
  for (const auto& [name, tensor] : head.weights().parameters()) leaves.push_back(tensor);
  const at::NoGradGuard no_grad;
  for (const at::Tensor& leaf : leaves) {
    ASSERT_TRUE(leaf.grad().defined());
    const at::Tensor direction = at::rand(leaf.sizes(), at::kDouble) - 0.5;
    constexpr double kStep = 1e-6;
    at::Tensor(leaf).add_(direction, kStep);
    const double above = loss().item<double>();
    at::Tensor(leaf).sub_(direction, 2 * kStep);
    const double below = loss().item<double>();
    at::Tensor(leaf).add_(direction, kStep);
    EXPECT_NEAR((above - below) / (2 * kStep), (leaf.grad() * direction).sum().item<double>(), 1e-7);
  }
}

TEST(AlphaDropout, KeepsMeanAndVarianceOfNormalNumbers) {
  core::RandomStream draw(0, {"test"});
  const at::Tensor x = at::randn({400, 1000}, at::kDouble), keep = draw_keep_mask(x.sizes(), 0.1, draw);
  EXPECT_NEAR(keep.to(at::kDouble).mean().item<double>(), 0.9, 0.003);
  const at::Tensor y = alpha_dropout(x, keep, 0.1);
  EXPECT_NEAR(y.mean().item<double>(), 0, 0.01);
  EXPECT_NEAR(y.var().item<double>(), 1, 0.02);
  EXPECT_TRUE(draw_keep_mask({100}, 0, draw).all().item<bool>());
  // A probability that a byte cannot tell from 0, and one that it can tell exactly.
  EXPECT_NEAR(draw_keep_mask({1000000}, 0.001, draw).to(at::kDouble).mean().item<double>(), 0.999, 2e-4);
  EXPECT_NEAR(draw_keep_mask({1000000}, 0.25, draw).to(at::kDouble).mean().item<double>(), 0.75, 2e-3);
}

TEST(VoxelProjection, IsAPerceptronAtEachVoxel) {
  for (const int dimensions : {2, 3}) {
    VoxelProjection project("voxels", {5, 4, 3, dimensions});
    project.weights().initialise(2);
    project.weights().to_double();
    const std::vector<std::int64_t> sizes =
        dimensions == 2 ? std::vector<std::int64_t>{2, 5, 3, 4} : std::vector<std::int64_t>{2, 5, 3, 4, 2};
    const at::Tensor x = at::randn(sizes, at::kDouble);
    const auto linear = [&](const at::Tensor& of, const std::string& name) {
      const Weights& weights = project.weights();
      return at::linear(of, weights.at("voxels/mlp." + name + ".weight").flatten(1),
                        weights.at("voxels/mlp." + name + ".bias"));
    };
    const at::Tensor expected = linear(at::relu(linear(x.movedim(1, -1), "0")), "2").movedim(-1, 1);
    const at::Tensor found = project(x);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_LT((found - expected).abs().max().item<double>(), 1e-12);
    found.sum().backward();
    for (const auto& [name, tensor] : project.weights().parameters()) EXPECT_TRUE(tensor.grad().defined()) << name;
  }
}

TEST(PixelProjection, IsTwoLinearLayersAtEachVoxelAndOfAMeanCode) {
  const std::vector<std::vector<std::int64_t>> sizes{{5, 6, 1, 1}, {2, 6, 3, 4}, {5, 6, 1, 1, 1}, {2, 6, 3, 4, 2}};
  for (const auto& size : sizes) {
    PixelProjection project({6, 4, 3, static_cast<int>(size.size()) - 2});
    project.weights().initialise(2);
    project.weights().to_double();
    const at::Tensor x = at::randn(size, at::kDouble);
    const auto linear = [&](const at::Tensor& of, const std::string& name) {
      const at::Tensor weight = project.weights().at("pixel_projection/" + name + ".weight").flatten(1);
      return at::linear(of, weight, project.weights().at("pixel_projection/" + name + ".bias"));
    };
    const at::Tensor expected = linear(linear(x.movedim(1, -1), "head.0"), "head.1").movedim(-1, 1);
    const at::Tensor found = project(x);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_LT((found - expected).abs().max().item<double>(), 1e-12);
  }
}

TEST(Projections, RefuseWhatTheyCannotBe) {
  EXPECT_THROW(SliceProjection({0, {1, 1, 1}}, 0), core::UsageError);
  EXPECT_THROW(SliceProjection({1, {1, 0, 1}}, 0), core::UsageError);
  EXPECT_THROW(SliceProjection({1, {1, 1, 1}}, 1), core::UsageError);
  EXPECT_THROW(SliceProjection({1, {1, 1, 1}}, std::nan("")), core::UsageError);
  EXPECT_THROW(VoxelProjection("v", {0, 1, 1, 3}), core::UsageError);
  EXPECT_THROW(VoxelProjection("v", {1, 1, 1, 4}), core::UsageError);
  EXPECT_THROW(PixelProjection({0, 1, 1}), core::UsageError);
  EXPECT_THROW(PixelProjection({1, 1, 0}), core::UsageError);
  EXPECT_THROW(PixelProjection({1, 1, 1, 1}), core::UsageError);
}

}  // namespace
}  // namespace coopseg::network
