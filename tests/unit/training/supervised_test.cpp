// The losses of segmentation with few labels, against golden/semi/supervised and golden/semi/several_classes, and the
// method that trains by them.
#include "coopseg/training/methods/supervised.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "coopseg/core/json.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/iteration.h"
#include "coopseg/training/losses/segmentation.h"
#include "support/support.h"
#include "unit/network/test_device.h"

namespace coopseg::training {
namespace {

namespace fs = std::filesystem;
using core::Json;

struct GoldenLosses {
  Json about;
  core::TensorFile tensors;

  explicit GoldenLosses(const fs::path& file)
      : about(core::read_json(file)),
        tensors(core::read_tensor_file(file.parent_path() / about["tensor_files"][0].get<std::string>())) {}
  at::Tensor at(const std::string& name) const {
    return test::on_device(network::from_stored(tensors.at(name, "golden")).to(at::kDouble));
  }
  void expect(const std::string& name, const at::Tensor& loss) const {
    EXPECT_NEAR(loss.item<double>(), about[name].get<double>(), about["tolerance"][name].get<double>()) << name;
  }
  void expect_gradient(const std::string& name, const at::Tensor& found) const {
    EXPECT_LE((found - at(name)).abs().max().item<double>(), about["tolerance"][name].get<double>()) << name;
  }
};

at::Tensor leaf(const at::Tensor& values) { return values.clone().set_requires_grad(true); }

TEST(SupervisedLosses, OfOneClassAgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/supervised");
  const GoldenLosses golden(folder / "case.json");
  const at::Tensor label = golden.at("label").to(at::kLong), logit = leaf(golden.at("logit"));
  golden.expect("bce", cross_entropy(logit, label));
  golden.expect("dice_batch", dice_loss(logit, label));
  const at::Tensor distance = leaf(golden.at("sdm_pred")), truth = golden.at("sdm_true");
  golden.expect("mse_sdm", reconstruction_loss(distance, truth));
  const at::Tensor total = 0.5 * (cross_entropy(logit, label) + dice_loss(logit, label)) +
                           golden.about["alpha"].get<double>() * reconstruction_loss(distance, truth);
  golden.expect("total_sigmoid", total);
  total.backward();
  golden.expect_gradient("grad_logit", logit.grad());
  golden.expect_gradient("grad_sdm", distance.grad());

  const at::Tensor both = leaf(golden.at("logit2"));
  golden.expect("ce_softmax", cross_entropy(both, label));
  golden.expect("dice_softmax_class1", dice_loss(both, label));
  const at::Tensor softmax_total = 0.5 * (cross_entropy(both, label) + dice_loss(both, label));
  golden.expect("total_softmax", softmax_total);
  softmax_total.backward();
  golden.expect_gradient("grad_logit2", both.grad());
}

TEST(SupervisedLosses, OfSeveralClassesAgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/supervised");
  for (const char* name : {"case.json", "absent.json"}) {
    SCOPED_TRACE(name);
    const GoldenLosses golden(folder / name);
    const at::Tensor label = golden.at("label").to(at::kLong), logit = leaf(golden.at("logit"));
    const at::Tensor distance = leaf(golden.at("sdm_pred"));
    golden.expect("ce", cross_entropy(logit, label));
    golden.expect("dice", dice_loss(logit, label));
    golden.expect("mse_sdm", reconstruction_loss(distance, golden.at("sdm_true")));
    const at::Tensor total = 0.5 * (cross_entropy(logit, label) + dice_loss(logit, label)) +
                             golden.about["alpha"].get<double>() * reconstruction_loss(distance, golden.at("sdm_true"));
    golden.expect("total", total);
    total.backward();
    golden.expect_gradient("grad_logit", logit.grad());
    golden.expect_gradient("grad_sdm", distance.grad());
  }
}

TEST(SupervisedLosses, OfOneChannelAreThoseOfTwo) {
  const at::Tensor logit = at::randn({2, 1, 4, 5, 6}, at::kDouble), label = at::randint(2, {2, 4, 5, 6}, at::kLong);
  const at::Tensor two = at::cat({at::zeros_like(logit), logit}, 1);
  EXPECT_NEAR(dice_loss(logit, label).item<double>(), dice_loss(two, label).item<double>(), 1e-12);
  EXPECT_NEAR(cross_entropy(logit, label).item<double>(),
              at::binary_cross_entropy_with_logits(logit, label.to(at::kDouble).unsqueeze(1)).item<double>(), 1e-12);
}

// A bright block in each of four volumes of 16 x 32 x 16 voxels, of which two have labels.
dataset::Batch blocks() {
  dataset::Batch batch;
  batch.size = {16, 32, 16};
  batch.count = 4;
  batch.labelled = 2;
  for (std::uint32_t n = 0; n < batch.count; ++n) {
    for (std::uint32_t v = 0; v < batch.voxels(); ++v) {
      const std::uint32_t x = v % 16, y = v / 16 % 32, z = v / 512;
      const bool inside = x > 3 && x < 10 && y > 5 + n && y < 20 + n && z > 4 && z < 12;
      batch.images.push_back(static_cast<float>((inside ? 1.5 : -0.3) + 0.3 * test::formula_uniform(n, v)));
      if (n < batch.labelled) batch.labels.push_back(inside ? 1 : 0);
    }
  }
  return batch;
}

Supervised small_method(bool dropout, double rate = 0.05) {
  auto net = std::make_unique<network::VNet>(model::VNetShape{1, 2, 1, 0, model::Norm::batch});
  net->weights().initialise(4);
  OptimiserSettings how;
  how.kind = OptimiserSettings::Kind::sgd;
  how.learning_rate = rate;
  how.momentum = 0.9;
  return Supervised({std::move(net), dropout, how});
}

TEST(Supervised, LearnsWhatTheLabelledImagesShow) {
  Supervised method = small_method(/*dropout=*/false);
  Iteration iteration(method, "cpu", 1);
  double first = 0, last = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    iteration.run(blocks(), 0, i, [&](const Losses& losses) {
      last = losses.total.item<double>();
      if (i == 0) first = last;
      ASSERT_EQ(losses.terms.size(), method.terms().size());
      EXPECT_EQ(losses.counts.sum().item<std::int64_t>(), 2 * 16 * 32 * 16);  // of the labelled part alone
    });
  }
  EXPECT_LT(last, 0.5 * first);
}

TEST(Supervised, StepsDependOnTheirPlaceAlone) {
  const auto after = [](std::size_t from) {
    Supervised method = small_method(/*dropout=*/true);
    Iteration iteration(method, "cpu", 1);
    iteration.run(blocks(), 0, from, [](const Losses&) {});
    return method.deployed().weights().at("vnet/block_five.conv.0.weight").clone();
  };
  EXPECT_TRUE(at::equal(after(3), after(3)));
  EXPECT_FALSE(at::equal(after(3), after(4)));  // other channels are dropped
}

TEST(Supervised, UnlabelledImagesMoveTheNormsAndNoLoss) {
  const auto gradient = [](bool change) {
    Supervised method = small_method(/*dropout=*/false, 1e-9);
    Iteration iteration(method, "cpu", 1);
    dataset::Batch batch = blocks();
    if (change) {
      for (std::size_t v = 2 * batch.voxels(); v < batch.images.size(); ++v) batch.images[v] *= -3;
    }
    iteration.run(batch, 0, 0, [](const Losses&) {});
    return method.deployed().weights().at("vnet/block_one.conv.1.running_mean").clone();
  };
  EXPECT_FALSE(at::equal(gradient(false), gradient(true)));
}

}  // namespace
}  // namespace coopseg::training
