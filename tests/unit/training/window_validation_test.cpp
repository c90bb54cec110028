// Validation of volumes by sliding windows: what is counted, and what selects.
#include "coopseg/training/window_validation.h"

#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/device_windows.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

// Says class 1 where a voxel is above 1/2 and class 2 where it is above 1; nothing is learned.
class Thresholds : public network::Network {
 public:
  network::Output forward(const at::Tensor& x, network::Mode, network::Dropout*) override { return predict(x); }
  network::Output predict(const at::Tensor& x) override {
    ++windows;
    shape = x.sizes().vec();
    const at::Tensor one = (x > 0.5).to(at::kFloat), two = (x > 1).to(at::kFloat);
    network::Output out;
    out.logits = at::cat({0.5 * at::ones_like(x), one, 2 * two}, 1);
    return out;
  }
  int classes() const override { return 3; }
  network::Weights& weights() override { return weights_; }
  const network::Weights& weights() const override { return weights_; }
  void use_precision(network::Precision) override {}
  network::Precision precision() const override { return network::Precision::fp32; }
  int windows = 0;
  std::vector<std::int64_t> shape;  // of the last one

 private:
  network::Weights weights_{{}};
};

dataset::TrainingVolume volume(std::uint32_t seed) {
  dataset::TrainingVolume made;
  made.case_name = "case" + std::to_string(seed);
  made.grid.size = {20, 9, 11};
  for (std::uint32_t v = 0; v < made.grid.voxels(); ++v) {
    const double value = 1.5 * test::formula_uniform(seed, v);
    made.voxels.push_back(static_cast<float>(value));
    made.labels.push_back(value > 1 ? 2 : value > 0.5 ? 1 : 0);
  }
  return made;
}

TEST(WindowValidation, GivesTheDiceOfWholeVolumes) {
  dataset::VolumeSet set;
  set.volumes = {volume(1), volume(2)};
  for (std::size_t v = 0; v < 300; ++v) set.volumes[1].labels[v] = 0;  // what the network then says too much
  for (auto& label : set.volumes[1].labels) label = label == 2 ? 0 : label;
  Thresholds network;
  inference::WindowPlan plan{{16, 16, 16}, {8, 8, 8}};
  WindowValidation validation(&set, plan, {{"a", 1}, {"b", 2}}, "cpu");
  int pauses = 0;
  const core::Json scores = validation.scores(network, 0, [&] { ++pauses; });
  EXPECT_EQ(pauses, network.windows);
  ASSERT_EQ(scores["cases"].size(), 2u);
  EXPECT_EQ(scores["cases"][0]["case"], "case1");
  EXPECT_EQ(scores["cases"][0]["dice"]["a"], 1.0);
  EXPECT_EQ(scores["cases"][0]["dice"]["b"], 1.0);
  const double second_a = scores["cases"][1]["dice"]["a"];
  EXPECT_LT(second_a, 1);
  EXPECT_GT(second_a, 0.5);
  EXPECT_EQ(scores["cases"][1]["dice"]["b"], 0.0);
  EXPECT_DOUBLE_EQ(scores["dice"]["a"].get<double>(), (1 + second_a) / 2);
  EXPECT_DOUBLE_EQ(scores["dice"]["b"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(*validation.selection(scores), ((1 + second_a) / 2 + 0.5) / 2);
  EXPECT_EQ(validation.selected_by(), "Dice");
}

TEST(WindowValidation, DoesNotCountWhatWasNotDrawn) {
  dataset::VolumeSet set;
  set.volumes = {volume(1)};
  for (std::size_t v = 0; v < 300; ++v) set.volumes[0].labels[v] = v < 150 ? dataset::kIgnoredLabel : 0;
  Thresholds network;
  WindowValidation validation(&set, {{16, 16, 16}, {8, 8, 8}}, {{"a", 1}, {"b", 2}}, "cpu");
  const core::Json partly = validation.scores(network, 0, [] {});
  for (std::size_t v = 0; v < 150; ++v) set.volumes[0].voxels[v] = 0, set.volumes[0].labels[v] = 0;
  EXPECT_EQ(validation.scores(network, 0, [] {}), partly);
  EXPECT_LT(partly["mean_dice"], 1);
}

TEST(WindowValidation, OfOnePlaneGoesSliceBySlice) {
  dataset::VolumeSet set;
  set.volumes = {volume(1), volume(2)};
  set.volumes[1].grid.size = {20, 9 * 11, 1};
  set.volumes[1].grid.two_dimensional = true;
  Thresholds network;
  inference::WindowPlan plan{{16, 32, 1}, {8, 32, 1}};
  plan.batch_size = 4;
  WindowValidation validation(&set, plan, {{"a", 1}, {"b", 2}}, "cpu");
  EXPECT_EQ(*validation.selection(validation.scores(network, 0, [] {})), 1.0);
  EXPECT_EQ(network.windows, 6 + 2);  // of 2 x 11 windows of the volume, and of 2 x 4 of the slice
  EXPECT_EQ(network.shape, (std::vector<std::int64_t>{4, 1, 32, 16}));
}

// What it says of a voxel depends on the window that it is seen in, so that means matter.
class Waves : public Thresholds {
 public:
  network::Output predict(const at::Tensor& x) override {
    const at::Tensor mean = x.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true);
    network::Output out;
    out.logits = at::cat({x, (3 * x).sin() + mean, 1.5 * (0.1 * x.cumsum(2)).cos()}, 1);
    return out;
  }
};

TEST(WindowValidation, OnTheDeviceCountsTheSame) {
  for (const bool flat : {false, true}) {
    for (const model::Padding padding : {model::Padding::zero, model::Padding::minimum}) {
      dataset::VolumeSet set;
      set.volumes = {volume(1), volume(2)};
      for (std::size_t v = 0; v < 300; ++v) set.volumes[1].labels[v] = dataset::kIgnoredLabel;
      const std::size_t depth = flat ? 1 : 16;
      inference::WindowPlan plan{{16, 16, depth}, {8, 4, flat ? depth : depth / 2}};
      plan.padding = padding;
      plan.batch_size = 3;
      Waves network;
      const core::LabelNames names{{"a", 1}, {"b", 2}};
      const core::Json scores = WindowValidation(&set, plan, names, "cpu").scores(network, 0, [] {});
      for (std::size_t i = 0; i < set.volumes.size(); ++i) {
        std::uint64_t pauses = 0;
        Confusion confusion(3);
        confusion.add(count_windows_on_device(network, set.volumes[i], plan, 3, "cpu", [&] { ++pauses; }));
        EXPECT_EQ(per_class(confusion, names, false, &Confusion::dice), scores["cases"][i]["dice"]) << flat << i;
        EXPECT_EQ(pauses, (inference::count_windows(set.volumes[i].grid.size, plan) + 2) / 3);
        EXPECT_EQ(confusion.pixels(), 20 * 9 * 11 - (i == 1 ? 300 : 0));
      }
    }
  }
}

TEST(WindowValidation, OnTheDeviceRefusesWhatIsNotFinite) {
  class Broken : public Thresholds {
   public:
    network::Output predict(const at::Tensor& x) override {
      network::Output out = Thresholds::predict(x);
      out.logits = out.logits / 0.0;
      return out;
    }
  };
  Broken network;
  EXPECT_THROW(count_windows_on_device(network, volume(1), {{16, 16, 16}, {8, 8, 8}}, 3, "cpu", [] {}),
               core::DataError);
}

TEST(WindowValidation, AClassThatIsNowhereSaysNothing) {
  dataset::VolumeSet set;
  set.volumes = {volume(1)};
  for (float& voxel : set.volumes[0].voxels) voxel = voxel > 1 ? 0.75f : voxel;
  for (auto& label : set.volumes[0].labels) label = label == 2 ? 1 : label;
  Thresholds network;
  WindowValidation validation(&set, {{16, 16, 16}, {16, 16, 16}}, {{"a", 1}, {"b", 2}}, "cpu");
  const core::Json scores = validation.scores(network, 0, [] {});
  EXPECT_TRUE(scores["dice"]["b"].is_null());
  EXPECT_EQ(*validation.selection(scores), 1.0);
  EXPECT_GE(validation.seconds(network), 0);
  EXPECT_TRUE(WindowValidation(nullptr, {}, {}, "cpu").empty());
}

}  // namespace
}  // namespace coopseg::training
