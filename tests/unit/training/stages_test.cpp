// The two stages in use: batch norms of the slow-thinking network measured for what it is given, and the scores of
// both.
#include <gtest/gtest.h>

#include <stdexcept>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/calibration.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/methods/cooperative.h"
#include "coopseg/training/stage_validation.h"
#include "coopseg/training/tensors.h"
#include "support/thread_group.h"
#include "unit/training/tiny_set.h"

namespace coopseg::training {
namespace {

using core::Json;
using request::Selection;

void no_pause() {}

class Stages : public testing::Test {
 protected:
  Stages() : maker_(set_, policy_, options()), model_({model::NetworkType::fcn_16, 3, /*slow_thinking=*/true}) {
    at::set_num_threads(1);
    model_.initialise(7);
    // Statistics as a training leaves them, of the wrong inputs.
    for (at::Tensor& statistic : network::running_statistics(model_.state())) statistic.add_(0.1);
  }

  static dataset::BatchOptions options() {
    dataset::BatchOptions options;
    options.batch_size = 4;
    options.seed = 5;
    options.keep_empty_slices = true;
    return options;
  }
  StageValidation validation(Selection select) const {
    return {dataset::ValidationSource(&set_, policy_, options()), set_.classes, "cpu", select};
  }

  const dataset::TrainingSet set_ = test::tiny_set(600);
  const dataset::AugmentationPolicy policy_ =
      dataset::AugmentationPolicy::named("affine-elastic-intensity", test::kCrop);
  dataset::SliceBatches maker_;
  network::Model model_;
};

TEST_F(Stages, NormsAreMeasuredOnPredictions) {
  const at::NoGradGuard without_gradients;
  constexpr std::size_t kBatches = 5;  // beyond the end of an epoch of three
  Calibration calibration(model_, "cpu", maker_, kBatches);
  const network::Model& found = calibration.of(model_, no_pause);

  // The first norm's input is a convolution of the predictions, whatever stands behind it.
  at::Tensor means = at::zeros({16}), variances = at::zeros({16});
  for (std::size_t i = 0; i < kBatches; ++i) {
    const at::Tensor x = to_tensors(maker_.make(i / 3, i % 3), "cpu").clean;
    const at::Tensor p = at::softmax(model_.predict(x, 0) / 2, 1);
    const network::Weights& weights = model_.weights();
    const at::Tensor y = at::conv2d(p, weights.at("shape_encoder/inc.0.weight"), weights.at("shape_encoder/inc.0.bias"),
                                    /*stride=*/1, /*padding=*/1);
    means += y.mean({0, 2, 3}) / static_cast<double>(kBatches);
    variances += y.transpose(0, 1).flatten(1).var(1, /*unbiased=*/true) / static_cast<double>(kBatches);
  }
  const auto differ = [](const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); };
  EXPECT_LT(differ(found.weights().at("shape_encoder/inc.1.running_mean"), means), 1e-5);
  EXPECT_LT(differ(found.weights().at("shape_encoder/inc.1.running_var"), variances), 1e-5);
}

TEST_F(Stages, WhatIsTrainedStaysAndAllElseIsCopied) {
  core::TensorFile before, after;
  model_.save_state(before);
  Calibration calibration(model_, "cpu", maker_, 2);
  core::TensorFile found;
  calibration.of(model_, no_pause).save_state(found);
  model_.save_state(after);
  std::size_t changed = 0;
  for (const auto& [name, tensor] : before.tensors) {
    EXPECT_EQ(tensor.bytes, after.tensors.at(name).bytes) << name;
    const bool measured = name.rfind("shape_", 0) == 0 && name.find(".running_") != std::string::npos;
    EXPECT_EQ(tensor.bytes != found.tensors.at(name).bytes, measured) << name;
    changed += measured;
  }
  EXPECT_EQ(changed, 2u * (11 + 8));
  EXPECT_THROW(Calibration(model_, "cpu", maker_, 0), std::invalid_argument);
}

TEST_F(Stages, SeveralProcessesMeasureTheSame) {
  core::TensorFile alone;
  Calibration calibration(model_, "cpu", maker_, 3);
  calibration.of(model_, no_pause).save_state(alone);
  for (const bool shares_statistics : {true, false}) {
    test::ThreadGroup(2, shares_statistics).run([&](network::Group& own) {
      const network::GroupScope scope(&own);
      network::Model copy(model_.architecture());
      copy.weights().copy(model_.weights());
      Calibration divided(copy, "cpu", maker_, 3);
      core::TensorFile found;
      divided.of(copy, no_pause).save_state(found);
      for (const auto& [name, tensor] : alone.tensors) {
        const at::Tensor a = network::from_stored(tensor), b = network::from_stored(found.tensors.at(name));
        EXPECT_LE((a - b).abs().max().item<double>(), 1e-6 * a.abs().max().item<double>()) << name;
      }
    });
  }
}

TEST_F(Stages, AMethodUsesTheMeasuredNetwork) {
  network::Model model(model_.architecture());
  model.weights().copy(model_.weights());
  auto calibration = std::make_unique<Calibration>(model, "cpu", maker_, 1);
  ObjectiveOptions objective;
  objective.slow_thinking = true;
  Cooperative method(std::move(model), objective, nullptr, {}, std::move(calibration));
  EXPECT_NE(&method.in_use(no_pause), &method.deployed());
  const auto stop = [] { throw std::runtime_error("stopped"); };
  EXPECT_THROW(method.in_use(stop), std::runtime_error);
}

TEST_F(Stages, BothAreScored) {
  const Json scores = validation(Selection::stn).scores(model_, 0, no_pause);
  Confusion ftn(3), stn(3), labels(3);
  dataset::ValidationSource source(&set_, policy_, options());
  for (const dataset::Batch& batch : source.batches(0)) {
    const at::NoGradGuard without_gradients;
    const TensorBatch tensors = to_tensors(batch, "cpu");
    ftn.add(confusion_counts(model_.predict(tensors.clean, 0), tensors.labels));
    stn.add(confusion_counts(model_.predict(tensors.clean, 1), tensors.labels));
    const at::Tensor truth = one_hot(tensors.labels, 3, tensors.clean);
    labels.add(confusion_counts(model_.correct_shape(truth, network::Mode::eval), tensors.labels));
  }
  EXPECT_EQ(scores["stages"]["ftn"], overlap(ftn, set_.classes));
  EXPECT_EQ(scores["stages"]["stn"], overlap(stn, set_.classes));
  EXPECT_EQ(scores["stn_of_labels"], overlap(labels, set_.classes));
  EXPECT_NE(scores["stages"]["ftn"], scores["stages"]["stn"]);
  EXPECT_EQ(scores["mean_iou"], scores["stages"]["stn"]["mean_iou"]);
  EXPECT_TRUE(scores["class_accuracy"].is_number());
}

TEST_F(Stages, OneOfThemSelects) {
  const auto of = [&](Selection select) { return validation(select).scores(model_, 0, no_pause); };
  const Json stn = of(Selection::stn), ftn = of(Selection::ftn), best = of(Selection::best);
  EXPECT_EQ(stn["stage"], "stn");
  EXPECT_EQ(ftn["stage"], "ftn");
  EXPECT_EQ(ftn["dice"], ftn["stages"]["ftn"]["dice"]);
  EXPECT_EQ(*validation(Selection::ftn).selection(ftn), ftn["stages"]["ftn"]["mean_iou"].get<double>());
  const double a = stn["mean_iou"], b = ftn["mean_iou"];
  EXPECT_NE(a, b);
  EXPECT_EQ(best["stage"], a > b ? "stn" : "ftn");
  EXPECT_EQ(best["mean_iou"].get<double>(), std::max(a, b));
}

TEST_F(Stages, ACorrectionThatHurtsIsTold) {
  const auto remark = [&](const Json& ftn, const Json& stn) {
    return validation(Selection::stn)
        .remark({{"stages", {{"ftn", {{"mean_iou", ftn}}}, {"stn", {{"mean_iou", stn}}}}}});
  };
  EXPECT_EQ(remark(0.8, 0.75),
            "the slow-thinking network's correction lowers the IoU of the validation cases from 0.800 to 0.750; "
            "cs-predict --stage auto leaves it out");
  EXPECT_EQ(remark(0.8, 0.8), "");
  EXPECT_EQ(remark(0.7, 0.75), "");
  EXPECT_EQ(remark(nullptr, nullptr), "");
  EXPECT_EQ(validation(Selection::stn).remark({{"mean_iou", 0.5}}), "");  // of a run begun by an earlier version
}

}  // namespace
}  // namespace coopseg::training
