// NT-Xent and supervised local contrast against golden/semi/nt_xent and supervised_local_contrast, against the masked
// form that all contrastive losses have in common, and how much memory the latter takes.
#include "coopseg/training/losses/local_contrast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "coopseg/dataset/class_index.h"
#include "coopseg/training/losses/contrast.h"
#include "loss_checks.h"
#include "tensor_memory.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::formula_tensor;
using test::PreciseCase;

TEST(NtXent, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/nt_xent");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor first = golden.leaf("z_i"), second = golden.leaf("z_j");
    const at::Tensor loss = nt_xent(first, second, golden.number("tau"));
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_z_i", first.grad());
    golden.expect_tensor("grad_z_j", second.grad());
  });
}

TEST(NtXent, HasTheGradientOfItsDifferences) {
  const at::Tensor first = formula_leaf({4, 3}, 1), second = formula_leaf({4, 3}, 2);
  expect_gradients_of_differences([&] { return nt_xent(first, second, 0.4); }, {first, second});
}

TEST(NtXent, OfASingleImageIsZeroAndOfEqualVectorsThatOfChance) {
  const at::Tensor one = formula_leaf({1, 5}, 1);
  EXPECT_NEAR(nt_xent(one, formula_tensor({1, 5}, 2).to(at::kDouble), 0.5).item<double>(), 0, 1e-12);
  const at::Tensor equal = at::ones({4, 3}, at::kDouble);
  EXPECT_NEAR(nt_xent(equal, equal, 0.5).item<double>(), std::log(7), 1e-12);
}

TEST(NtXent, OfBfloat16IsComputedInSinglePrecision) {
  const at::Tensor first = formula_tensor({6, 8}, 1).to(at::kBFloat16), second = formula_tensor({6, 8}, 2);
  const at::Tensor loss = nt_xent(first, second.to(at::kBFloat16), 0.5);
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  EXPECT_EQ(loss.item<float>(),
            nt_xent(first.to(at::kFloat), second.to(at::kBFloat16).to(at::kFloat), 0.5).item<float>());
}

TEST(LocalContrast, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/supervised_local_contrast");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor features = golden.leaf("features");
    const at::Tensor labels = golden.whole_numbers("label").flatten(0, 1);
    const auto whole = [&](const char* name) { return golden.about()[name].get<std::size_t>(); };
    const double tau = golden.number("tau");
    const auto check = [&](const std::string& kind, const LocalContrast& how) {
      features.mutable_grad().reset();
      const LocalContrastLoss found = supervised_local_contrast(features.flatten(0, 1), labels, how);
      EXPECT_TRUE(found.has_anchors);
      golden.expect_number("loss_" + kind, found.loss);
      found.loss.backward();
      golden.expect_tensor("grad_" + kind, features.grad());
    };
    check("all", {tau});
    check("stride", {tau, whole("stride")});
    check("block", {tau, 1, whole("block")});
  });
}

// Classes 0 to 2 in patches, here and there an ignored position, and a class 3 that has one position alone.
at::Tensor patchy_labels(at::IntArrayRef shape) {
  at::Tensor labels = (formula_tensor(shape, 7) * 3).floor().to(at::kLong);
  labels.masked_fill_(formula_tensor(shape, 8) < 0.1, dataset::kIgnoredLabel);
  labels.view(-1)[labels.numel() / 2].fill_(3);
  return labels;
}

// By the matrix of all similarities of each tile.
at::Tensor plainly(const at::Tensor& features, const at::Tensor& labels, const LocalContrast& how) {
  const at::Tensor f = strided(features, 2, how.stride), l = strided(labels, 1, how.stride);
  const auto block = [&](std::int64_t side) { return how.block == 0 ? side : static_cast<std::int64_t>(how.block); };
  std::vector<at::Tensor> tiles{l};
  std::vector<at::Tensor> of_tiles{f};
  for (std::int64_t axis = 1; axis < l.dim(); ++axis) {
    std::vector<at::Tensor> parts, of_parts;
    for (const at::Tensor& t : tiles)
      for (const at::Tensor& part : t.split(block(l.size(axis)), axis)) parts.push_back(part);
    for (const at::Tensor& t : of_tiles)
      for (const at::Tensor& part : t.split(block(l.size(axis)), axis + 1)) of_parts.push_back(part);
    tiles = parts;
    of_tiles = of_parts;
  }
  std::vector<at::Tensor> losses;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const at::Tensor every = tiles[i].reshape(-1), counts = every != dataset::kIgnoredLabel;
    const at::Tensor label = at::masked_select(every, counts);
    const at::Tensor vectors = normalised(at::index(of_tiles[i].movedim(1, -1).reshape({-1, f.size(1)}), {counts}), 1);
    const at::Tensor others = at::eye(label.size(0), at::kBool).logical_not();
    const at::Tensor positive =
        (label.view({-1, 1}) == label.view({1, -1})).logical_and(others).logical_and(label.view({-1, 1}) != 0);
    if (positive.any().item<bool>()) losses.push_back(masked_info_nce(vectors, vectors, positive, others, how.tau));
  }
  return at::stack(losses).mean();
}

void expect_as_plainly(const at::Tensor& features, const at::Tensor& labels, const LocalContrast& how) {
  SCOPED_TRACE(testing::Message() << "stride " << how.stride << ", block " << how.block);
  features.mutable_grad().reset();
  const at::Tensor expected = plainly(features, labels, how);
  expected.backward();
  const at::Tensor gradient = features.grad().clone();
  features.mutable_grad().reset();
  const LocalContrastLoss found = supervised_local_contrast(features, labels, how);
  ASSERT_TRUE(found.has_anchors);
  EXPECT_NEAR(found.loss.item<double>(), expected.item<double>(), 1e-10 * expected.item<double>());
  found.loss.backward();
  EXPECT_TRUE(at::allclose(features.grad(), gradient, 1e-9, 1e-13));
}

TEST(LocalContrast, IsTheMaskedFormInTilesOfEverySizeInTwoAndThreeDimensions) {
  const at::Tensor flat = formula_leaf({3, 4, 13, 10}, 1), volumes = formula_leaf({2, 4, 7, 6, 5}, 2);
  for (const std::size_t stride : {1, 2, 3}) {
    for (const std::size_t block : {0, 2, 4, 5}) {
      expect_as_plainly(flat, patchy_labels({3, 13, 10}), {0.2, stride, block});
      expect_as_plainly(volumes, patchy_labels({2, 7, 6, 5}), {0.2, stride, block});
    }
  }
}

// More similarities than are held at once, and temperatures at which a sum of exponentials would overflow.
TEST(LocalContrast, OfManyPositionsIsTheMaskedForm) {
  const at::Tensor features = formula_leaf({2, 3, 24, 20}, 1), labels = patchy_labels({2, 24, 20});
  for (const double tau : {0.5, 1e-3}) expect_as_plainly(features, labels, {tau});
}

TEST(LocalContrast, HasTheGradientOfItsDifferences) {
  const at::Tensor features = formula_leaf({2, 3, 4, 5}, 1), labels = patchy_labels({2, 4, 5});
  for (const LocalContrast& how : {LocalContrast{0.3}, LocalContrast{0.3, 2}, LocalContrast{0.3, 1, 3}})
    expect_gradients_of_differences([&] { return supervised_local_contrast(features, labels, how).loss; }, {features});
}

TEST(LocalContrast, ATileAsLargeAsTheImageIsNoTiling) {
  const at::Tensor features = formula_tensor({2, 3, 8, 6}, 1), labels = patchy_labels({2, 8, 6});
  const auto loss = [&](std::size_t stride, std::size_t block) {
    return supervised_local_contrast(features, labels, {0.1, stride, block}).loss.item<float>();
  };
  for (const std::size_t stride : {1, 2}) {
    EXPECT_EQ(loss(stride, 0), loss(stride, 8 / stride));
    EXPECT_EQ(loss(stride, 0), loss(stride, 1000));
  }
  EXPECT_NE(loss(1, 0), loss(1, 4));
}

TEST(LocalContrast, WithoutAnchorsIsZeroWithAGraph) {
  const at::Tensor features = formula_leaf({1, 3, 4, 4}, 1);
  at::Tensor alone = at::zeros({1, 4, 4}, at::kLong);
  alone[0][1][2].fill_(1);
  for (const at::Tensor& labels :
       {at::zeros({1, 4, 4}, at::kLong), at::full({1, 4, 4}, std::int64_t{dataset::kIgnoredLabel}, at::kLong), alone}) {
    features.mutable_grad().reset();
    const LocalContrastLoss found = supervised_local_contrast(features, labels, {});
    EXPECT_FALSE(found.has_anchors);
    EXPECT_EQ(found.loss.item<double>(), 0);
    found.loss.backward();
    EXPECT_EQ(features.grad().abs().max().item<double>(), 0);
  }
}

TEST(LocalContrast, IgnoredPositionsMightAsWellNotBeThere) {
  const at::Tensor features = formula_tensor({1, 3, 4, 6}, 1), labels = patchy_labels({1, 4, 6});
  at::Tensor more = at::full({1, 4, 9}, std::int64_t{dataset::kIgnoredLabel}, at::kLong);
  more.narrow(2, 0, 6).copy_(labels);
  const at::Tensor wider = at::cat({features, formula_tensor({1, 3, 4, 3}, 2)}, 3);
  EXPECT_EQ(supervised_local_contrast(features, labels, {}).loss.item<float>(),
            supervised_local_contrast(wider, more, {}).loss.item<float>());
}

TEST(LocalContrast, OfBfloat16IsComputedInSinglePrecision) {
  const at::Tensor features = formula_tensor({2, 8, 6, 6}, 1, -1, 1).to(at::kBFloat16).set_requires_grad(true);
  const at::Tensor labels = patchy_labels({2, 6, 6});
  const at::Tensor loss = supervised_local_contrast(features, labels, {0.1}).loss;
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  EXPECT_EQ(loss.item<float>(), supervised_local_contrast(features.to(at::kFloat), labels, {0.1}).loss.item<float>());
  loss.backward();
  EXPECT_EQ(features.grad().scalar_type(), at::kBFloat16);
}

// Of the loss and its gradient.
std::int64_t peak_bytes(std::int64_t side, const LocalContrast& how) {
  const at::Tensor features = formula_tensor({2, 16, side, side}, 1, -1, 1).set_requires_grad(true);
  const at::Tensor labels = patchy_labels({2, side, side});
  const test::TensorMemory memory;
  supervised_local_contrast(features, labels, how).loss.backward();
  return memory.peak();
}

TEST(LocalContrast, MemoryOfTilesGrowsWithTheFeaturesAlone) {
  const std::int64_t small = peak_bytes(32, {0.1, 1, 8}), large = peak_bytes(64, {0.1, 1, 8});
  const std::int64_t features = 2 * 16 * 64 * 64 * std::int64_t{sizeof(float)};
  EXPECT_GT(small, features / 4);  // of the smaller ones: it is the features that are counted
  EXPECT_LT(large, 5 * small);
  EXPECT_LT(large, 12 * features);
}

TEST(LocalContrast, NeverHoldsAllSimilarities) {
  const std::int64_t side = 48, positions = 2 * side * side, all = positions * positions * std::int64_t{sizeof(float)};
  EXPECT_LT(peak_bytes(side, {0.1}), all / 8);
}

}  // namespace
}  // namespace coopseg::training
