// The two stages of contrastive pre-training on small networks: what they learn, what they leave alone, and that they
// go on from their states.
#include "coopseg/training/methods/contrast_stages.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/model/network_layout.h"
#include "coopseg/model/pretraining.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/iteration.h"
#include "coopseg/training/losses/contrast.h"
#include "small_network.h"

namespace coopseg::training {
namespace {

struct Stage {
  std::string name, network;
  bool local;
};

const std::vector<Stage>& stages() {
  static const std::vector<Stage> kStages{
      {"global_bilinear", "bilinear", false}, {"global_transposed", "transposed", false},
      {"global_vnet", "vnet", false},         {"global_ftn", "ftn", false},
      {"local_bilinear", "bilinear", true},   {"local_transposed", "transposed", true},
      {"local_vnet", "vnet", true},           {"local_ftn", "ftn", true}};
  return kStages;
}

std::unique_ptr<network::Network> made_network(const std::string& kind) {
  std::unique_ptr<network::Network> net;
  if (kind == "vnet") {
    net = std::make_unique<network::VNet>(model::VNetShape{1, 2, 3, 0, model::Norm::batch});
  } else if (kind == "ftn") {
    net = std::make_unique<network::Model>(network::Architecture{model::NetworkType::fcn_16, 3, false});
  } else {
    net = std::make_unique<network::UNet>(model::UNetShape{1, 4, 3, *model::kUpsamplings.find(kind)});
  }
  net->weights().initialise(5);
  return net;
}

ContrastParts parts_of(const std::string& kind, double weight_decay = 0) {
  ContrastParts parts;
  parts.network = made_network(kind);
  parts.how.learning_rate = 0.005;
  parts.how.weight_decay = weight_decay;
  parts.hidden = 12;
  parts.out = 8;
  parts.seed = 5;
  return parts;
}

std::unique_ptr<Method> made(const Stage& stage, double weight_decay = 0) {
  ContrastParts parts = parts_of(stage.network, weight_decay);
  if (!stage.local) return std::make_unique<GlobalContrast>(std::move(parts));
  return std::make_unique<LocalContrastMethod>(std::move(parts), LocalContrast{0.1, /*stride=*/2, /*block=*/8});
}

// Two views of three images, all first ones before all second ones, with classes by their brightness, or of one class
// alone.
dataset::Batch two_views(const Stage& stage, std::uint32_t stream, std::int64_t only_class = -1) {
  const std::int64_t images = 3, planes = stage.network == "vnet" ? 16 : 1, rows = 32, columns = 16;
  const at::Tensor plain = at::upsample_bilinear2d(test::formula_tensor({images, 1, 4, 2}, stream), {rows, columns},
                                                   /*align_corners=*/true)
                               .expand({images, planes, rows, columns});
  const auto noise = [&](std::uint32_t view) { return test::formula_tensor(plain.sizes(), stream + view, -0.1, 0.1); };
  const at::Tensor views = at::cat({plain + noise(1), 0.8 * plain + noise(2)});
  at::Tensor labels = plain.gt(0.4).to(at::kLong) + plain.gt(0.6).to(at::kLong);
  if (only_class >= 0) labels.fill_(only_class);
  labels = labels.repeat({2, 1, 1, 1});
  dataset::Batch batch;
  batch.size = {16, 32, static_cast<std::size_t>(planes)};
  batch.count = 6;
  batch.images.assign(views.data_ptr<float>(), views.data_ptr<float>() + views.numel());
  if (!stage.local) return batch;
  batch.labelled = 6;
  batch.labels.assign(labels.data_ptr<std::int64_t>(), labels.data_ptr<std::int64_t>() + labels.numel());
  return batch;
}

// A method with its optimiser, by the training's own iterations.
struct Training {
  explicit Training(const Stage& stage, double weight_decay = 0)
      : method(made(stage, weight_decay)), iteration(*method, "cpu", /*seed=*/5) {}
  Training(const Training&) = delete;

  double step(const dataset::Batch& batch, std::size_t index) {
    double loss = 0;
    iteration.run(batch, 0, index, [&](const Losses& losses) {
      EXPECT_EQ(losses.terms.size(), 1u);
      EXPECT_EQ(losses.terms.at(0).first, method->terms().at(0));
      loss = losses.total.item<double>();
    });
    return loss;
  }
  core::TensorFile saved() const {
    core::TensorFile content;
    iteration.save(content);
    return content;
  }

  std::unique_ptr<Method> method;
  Iteration iteration;
};

class EveryStage : public testing::TestWithParam<std::size_t> {
 protected:
  const Stage& stage_ = stages()[GetParam()];
};

TEST_P(EveryStage, LearnsToTellItsViewsApart) {
  Training training(stage_);
  const dataset::Batch batch = two_views(stage_, 1);
  const double first = training.step(batch, 0);
  double last = first;
  for (std::size_t i = 1; i < 15; ++i) last = training.step(batch, i);
  EXPECT_LT(last, 0.95 * first);
}

TEST_P(EveryStage, MovesWhatItClaimsToTrainAndNothingElse) {
  Training training(stage_, /*weight_decay=*/0.1);
  const network::Network& net = training.method->deployed();
  std::set<std::string> trained, of_network;
  for (const Player& player : training.method->players())
    for (const auto& [name, tensor] : player.parameters) trained.insert(name);
  EXPECT_EQ(trained.count("pixel_projection/head.1.weight"), 1u);
  std::vector<at::Tensor> before;
  for (const auto& [name, tensor] : net.weights().state()) before.push_back(tensor.detach().clone());
  for (std::size_t i = 0; i < 2; ++i) training.step(two_views(stage_, 1), i);
  std::size_t i = 0;
  for (const auto& [name, tensor] : net.weights().state()) {
    const bool moved = !at::equal(tensor, before[i++]), learns = tensor.requires_grad();
    const bool of_trained = trained.count(learns ? name : name.substr(0, name.rfind('.')) + ".weight") == 1;
    EXPECT_EQ(moved, of_trained) << name;
    if (learns && of_trained) of_network.insert(name);
  }
  EXPECT_LT(of_network.size(), net.weights().parameters().size());
  EXPECT_EQ(trained.size(), of_network.size() + 4);
  core::TensorFile deployed;
  net.weights().save(deployed);
  for (const auto& [name, tensor] : deployed.tensors) EXPECT_NE(name.rfind("pixel_projection/", 0), 0u);
}

TEST_P(EveryStage, GoesOnFromItsStateAsIfItHadNotStopped) {
  Training whole(stage_), resumed(stage_);
  for (std::size_t i = 0; i < 2; ++i) whole.step(two_views(stage_, static_cast<std::uint32_t>(10 * i)), i);
  const core::TensorFile state = whole.saved();
  EXPECT_EQ(state.tensors.count("pixel_projection/head.0.weight"), 1u);
  resumed.iteration.load(state, "state");
  EXPECT_EQ(whole.step(two_views(stage_, 50), 2), resumed.step(two_views(stage_, 50), 2));
  const core::TensorFile a = whole.saved(), b = resumed.saved();
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) EXPECT_EQ(tensor.bytes, b.tensors.at(name).bytes) << name;
  core::TensorFile without_head = state;
  without_head.tensors.erase("pixel_projection/head.0.weight");
  EXPECT_THROW(Training(stage_).iteration.load(without_head, "state"), core::DataError);
}

// What model files hold is known without LibTorch.
TEST_P(EveryStage, TrainsWhatItsModelFilesHold) {
  model::ModelDescription description;
  description.network = stage_.network == "vnet" ? "V-Net" : stage_.network == "ftn" ? "FCN_16_standard" : "U-Net";
  if (const auto upsampling = model::kUpsamplings.find(stage_.network)) description.size.upsampling = *upsampling;
  description.size.filters = 4;
  const auto stage = stage_.local ? model::PretrainingStage::local : model::PretrainingStage::global;
  std::set<std::string> in_files, trained;
  for (const auto& tensor : model::trained_part(model::layout_of_network(description), description, stage))
    if (tensor.role == model::TensorRole::parameter) in_files.insert(tensor.full_name());
  const std::unique_ptr<Method> method = made(stage_);
  for (const Player& player : method->players())
    for (const auto& [name, tensor] : player.parameters)
      if (name.rfind("pixel_projection/", 0) != 0) trained.insert(name);
  EXPECT_EQ(trained, in_files);
}

INSTANTIATE_TEST_SUITE_P(Contrast, EveryStage, testing::Range<std::size_t>(0, 8),
                         [](const auto& of) { return stages()[of.param].name; });

network::PixelProjection made_head(std::int64_t channels) {
  network::PixelProjection head({static_cast<int>(channels), 12, 8});
  head.weights().initialise(5);
  return head;
}

TEST(GlobalContrastStage, ComparesTheMeanCodesOfTheTwoViewsOfAnImage) {
  const at::Tensor views = test::formula_tensor({6, 1, 32, 16}, 1);
  auto net = made_network("transposed");
  const at::Tensor code = net->encode(views, network::Mode::train).mean({2, 3}, /*keepdim=*/true);
  const at::Tensor z = made_head(net->code_channels())(code).flatten(1);
  GlobalContrast method(parts_of("transposed"));
  TensorBatch batch;
  batch.clean = views;
  EXPECT_EQ(method.step(batch).total.item<float>(),
            nt_xent(z.narrow(0, 0, 3), z.narrow(0, 3, 3), /*tau=*/0.5).item<float>());
}

TEST(LocalContrastStage, ComparesWhatTheHeadMakesOfTheLastFeatures) {
  const LocalContrast how{0.2, /*stride=*/3, /*block=*/4};
  TensorBatch batch;
  batch.clean = test::formula_tensor({4, 1, 32, 16}, 1);
  batch.labels = (test::formula_tensor({4, 32, 16}, 2) * 3).floor().to(at::kLong);
  auto net = made_network("transposed");
  net->give_features(true);
  const at::Tensor features = net->forward(batch.clean, network::Mode::train).features.back();
  const double expected =
      supervised_local_contrast(made_head(net->feature_channels())(features), batch.labels, how).loss.item<double>();
  LocalContrastMethod method(parts_of("transposed"), how);
  EXPECT_NEAR(method.step(batch).total.item<double>(), expected, 1e-5 * expected);
}

TEST(LocalContrastStage, NobodyMovesWhereThereIsNothingToCompare) {
  const Stage& stage = stages().back();
  Training training(stage, /*weight_decay=*/0.1);
  training.step(two_views(stage, 1), 0);
  const auto players = [&] {
    core::TensorFile content;
    for (const Player& player : training.method->players())
      for (const auto& [name, tensor] : player.parameters) content.tensors[name] = network::to_stored(tensor);
    for (const auto& [name, tensor] : training.saved().tensors)
      if (name.rfind("optimiser/", 0) == 0) content.tensors[name] = tensor;
    return content;
  };
  const core::TensorFile before = players();
  for (const std::int64_t only : {std::int64_t{0}, std::int64_t{dataset::kIgnoredLabel}})
    EXPECT_EQ(training.step(two_views(stage, 2, only), 1), 0);
  const core::TensorFile after = players();
  ASSERT_EQ(before.tensors.size(), after.tensors.size());
  for (const auto& [name, tensor] : before.tensors) EXPECT_EQ(tensor.bytes, after.tensors.at(name).bytes) << name;
}

}  // namespace
}  // namespace coopseg::training
