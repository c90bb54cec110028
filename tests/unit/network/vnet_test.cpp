// The V-Net against numbers made with the public code of SASSNet and by plain loops: golden/semi/vnet.
#include "coopseg/network/vnet.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "golden_case.h"
#include "golden_weights.h"
#include "support/support.h"

namespace coopseg::network {
namespace {

namespace fs = std::filesystem;
using core::Json;
using test::GoldenCase;

model::VNetShape shape_of(const Json& about) {
  const int classes = about["n_classes"].get<int>();
  return {about["in_channels"].get<int>(), about["n_filters"].get<int>(), classes, classes, model::Norm::batch};
}

void fill(VNet& net, const GoldenCase& golden) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : net.weights().state()) {
    if (tensor.scalar_type() == at::kLong) continue;
    const std::string plain = name.substr(std::string(model::kVNetModule).size() + 1);
    if (golden.has(plain)) {
      at::Tensor(tensor).copy_(golden.at(plain));
    } else {
      test::fill_by_name(golden.about["tag"].get<std::string>(), plain, tensor);
    }
  }
}

void check(const fs::path& file, bool in_double) {
  const GoldenCase golden(file);
  VNet net(shape_of(golden.about));
  fill(net, golden);
  for (const auto& [name, tolerance] : golden.about["tolerance"].items()) {
    // Those of running statistics were written down after the training pass.
    if (name.rfind("probe/", 0) != 0 || name.find("running_") != std::string::npos) continue;
    const at::Tensor weight = net.weights().at("vnet/" + name.substr(6)).contiguous().flatten();
    const at::Tensor expected = golden.at(name).flatten();
    EXPECT_TRUE(at::equal(weight.narrow(0, 0, expected.numel()), test::on_host(expected))) << name;
  }
  net.weights().to_device(test::device());
  if (in_double) net.weights().to_double();
  const at::Tensor x = in_double ? golden.at("x").to(at::kDouble) : golden.at("x");
  // float32 has the whole tolerance; in double nothing but the stored rounding is left.
  const double share = in_double ? 0.1 : 1;
  const Output folded = net.predict(x);
  golden.expect_near("eval_sdm", folded.distance, share);
  golden.expect_near("eval_logit", folded.logits, share);
  const Output eval = net.forward(x, Mode::eval);
  golden.expect_near("eval_sdm", eval.distance, share);
  golden.expect_near("eval_logit", eval.logits, share);
  golden.expect_near("eval_bottleneck", eval.code, share);
  const Output train = net.forward(x, Mode::train);
  golden.expect_near("train_sdm", train.distance, share);
  golden.expect_near("train_logit", train.logits, share);
  golden.expect_near("train_bottleneck", train.code, share);
  for (const auto& [name, tolerance] : golden.about["tolerance"].items()) {
    if (name.rfind("after/", 0) == 0) golden.expect_near(name, net.weights().at("vnet/" + name.substr(6)), share);
  }
}

TEST(VNet, ComputesWhatThePublicCodeDoes) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/vnet");
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    for (const bool in_double : {false, true}) {
      SCOPED_TRACE(entry.path().filename().string() + (in_double ? " in double" : ""));
      check(entry.path(), in_double);
    }
    ++cases;
  }
  EXPECT_GT(cases, 0);
}

TEST(VNet, HasThePublishedNumberOfParameters) {
  const auto count = [](const model::VNetShape& shape) {
    std::int64_t numbers = 0;
    for (const auto& [name, tensor] : VNet(shape).weights().parameters()) numbers += tensor.numel();
    return numbers;
  };
  EXPECT_EQ(count({1, 16, 1, 1, model::Norm::batch}), 9448866);
  EXPECT_EQ(count({1, 16, 2, 0, model::Norm::batch}), 9448866);  // UA-MT's: one head of two channels
  EXPECT_LT(count({1, 16, 2, 0, model::Norm::instance}), 9448866);
}

TEST(VNet, HeadsHaveTheChannelsOfTheirClasses) {
  VNet net({1, 2, 4, 3, model::Norm::batch});
  net.weights().initialise(0);
  const Output out = net.predict(at::rand({2, 1, 16, 32, 16}));
  EXPECT_EQ(out.logits.sizes(), at::IntArrayRef({2, 4, 16, 32, 16}));
  EXPECT_EQ(out.distance.sizes(), at::IntArrayRef({2, 3, 16, 32, 16}));
  EXPECT_EQ(net.classes(), 4);
  VNet one({1, 2, 1, 0, model::Norm::batch});
  one.weights().initialise(0);
  const Output single = one.predict(at::rand({1, 1, 16, 16, 16}));
  EXPECT_FALSE(single.distance.defined());
  EXPECT_EQ(one.classes(), 2);
  const at::Tensor p = at::softmax(softmax_logits(single.logits), 1);
  EXPECT_LT((p.narrow(1, 1, 1) - at::sigmoid(single.logits)).abs().max().item<float>(), 1e-6f);
}

TEST(VNet, InstanceNormSeesEachImageByItself) {
  VNet net({1, 2, 1, 0, model::Norm::instance});
  net.weights().initialise(3);
  net.weights().to_double();
  const at::Tensor x = at::rand({2, 1, 32, 16, 16}, at::kDouble);
  const at::Tensor together = net.forward(x, Mode::train).logits;
  const at::Tensor alone = net.forward(x.narrow(0, 1, 1), Mode::eval).logits;
  EXPECT_LT((together.narrow(0, 1, 1) - alone).abs().max().item<double>(), 1e-9);
}

TEST(VNet, DropoutIsAFunctionOfItsDraws) {
  VNet net({1, 2, 1, 0, model::Norm::batch});
  net.weights().initialise(3);
  const at::Tensor x = at::rand({2, 1, 16, 16, 16});
  const auto logits = [&](std::uint64_t seed) {
    Dropout draws{core::RandomStream(seed, {"dropout"})};
    return net.forward(x, Mode::frozen, &draws).logits;
  };
  EXPECT_TRUE(at::equal(logits(1), logits(1)));
  EXPECT_FALSE(at::equal(logits(1), logits(2)));
  EXPECT_FALSE(at::equal(logits(1), net.forward(x, Mode::frozen).logits));
}

TEST(VNet, DropsChannelsWithTheProbabilityThatItIsTold) {
  VNet net({1, 2, 1, 0, model::Norm::batch});
  net.weights().initialise(3);
  const at::Tensor x = at::rand({2, 1, 16, 16, 16});
  const auto logits = [&] {
    Dropout draws{core::RandomStream(1, {"dropout"})};
    return net.forward(x, Mode::frozen, &draws).logits;
  };
  const at::Tensor half = logits();
  net.set_dropout(0.5);
  EXPECT_TRUE(at::equal(logits(), half));
  net.set_dropout(0.1);
  EXPECT_FALSE(at::equal(logits(), half));
  net.set_dropout(0);
  EXPECT_TRUE(at::equal(logits(), net.forward(x, Mode::frozen).logits));
  for (const double wrong : {-0.1, 1.0, std::nan("")}) EXPECT_THROW(net.set_dropout(wrong), core::UsageError);
}

// The logits are linear in what dropout leaves of the last stage's one channel; the bottleneck has no say.
TEST(VNet, KeepsTheMeanOfWhatItDrops) {
  VNet net({1, 1, 1, 0, model::Norm::instance});
  net.weights().initialise(3);
  net.set_dropout(0.2);
  at::Tensor(net.weights().at("vnet/block_five_up.conv.0.weight")).variable_data().zero_();
  const float bias = net.weights().at("vnet/out_conv.bias").item<float>();
  const at::Tensor x = at::rand({1, 1, 16, 16, 16});
  const at::Tensor whole = net.forward(x, Mode::eval).logits - bias;
  int dropped = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Dropout draws{core::RandomStream(seed, {"dropout"})};
    core::RandomStream again(seed, {"dropout"});
    for (int i = 0; i < 16; ++i) again.uniform();  // the bottleneck's channels
    const bool drops = again.chance(0.2);
    dropped += drops;
    const at::Tensor logits = net.forward(x, Mode::eval, &draws).logits - bias;
    EXPECT_TRUE(at::allclose(logits, whole * (drops ? 0 : 1.25), 1e-4, 1e-5)) << seed;
  }
  EXPECT_GT(dropped, 0);
  EXPECT_LT(dropped, 20);
}

TEST(VNet, GivesTheStageOfTheEncoderThatItIsAskedFor) {
  VNet net({1, 2, 3, 0, model::Norm::batch});
  net.weights().initialise(0);
  const at::Tensor x = at::rand({2, 1, 32, 16, 16});
  const Output plain = net.forward(x, Mode::frozen);
  EXPECT_FALSE(plain.stage.defined());
  for (std::size_t stage = 1; stage <= 5; ++stage) {
    net.give_stage(stage);
    const std::int64_t reduction = net.reduction_of_stage(stage);
    EXPECT_EQ(reduction, 1 << (stage - 1));
    Dropout draws{core::RandomStream(1, {"dropout"})};
    const Output out = net.forward(x, Mode::frozen, &draws);
    EXPECT_EQ(out.stage.sizes(),
              at::IntArrayRef({2, net.channels_of_stage(stage), 32 / reduction, 16 / reduction, 16 / reduction}));
    EXPECT_TRUE(at::equal(out.stage, net.forward(x, Mode::frozen).stage)) << "before any dropout";
    EXPECT_EQ(out.stage.sizes() == out.code.sizes() && at::equal(out.stage, out.code), stage == 5);
    EXPECT_FALSE(net.predict(x).stage.defined());
    out.stage.sum().backward();
  }
  net.use_precision(Precision::bf16);
  EXPECT_EQ(net.forward(x, Mode::frozen).stage.scalar_type(), at::kFloat);
  net.give_stage(0);
  EXPECT_FALSE(net.forward(x, Mode::frozen).stage.defined());
  EXPECT_THROW(net.give_stage(6), std::invalid_argument);
  EXPECT_THROW(net.reduction_of_stage(0), std::invalid_argument);
}

// What is kept from one prediction to the next must be forgotten with every way in which weights change.
TEST(VNet, PredictsByTheWeightsThatItHasNow) {
  const model::VNetShape shape{1, 8, 2, 0, model::Norm::batch};
  VNet net(shape);
  net.weights().initialise(3);
  at::manual_seed(4);
  const at::Tensor x = at::randn({1, 1, 16, 16, 32});
  at::Tensor before = at::zeros({1});
  const auto expect_current = [&](const char* change) {
    VNet fresh(shape);
    core::TensorFile content;
    net.weights().save(content);
    fresh.weights().load(content, "weights");
    fresh.use_precision(net.precision());
    const at::Tensor now = net.predict(x).logits;
    EXPECT_TRUE(at::equal(now, fresh.predict(x).logits)) << change;
    EXPECT_TRUE(at::equal(now, net.predict(x).logits)) << change << ", once more";
    EXPECT_FALSE(at::equal(now, before)) << change;
    before = now;
  };
  expect_current("nothing");

  net.forward(x, Mode::train).logits.square().sum().backward();
  expect_current("a pass that moves the statistics");
  {  // as torch::optim::SGD does it, past the version counters
    const at::NoGradGuard without_gradients;
    for (const auto& [name, weight] : net.weights().parameters())
      if (weight.grad().defined()) weight.variable_data().add_(weight.grad(), -1e-4);
  }
  expect_current("a step");
  {
    const c10::InferenceMode inference;
    EXPECT_TRUE(at::equal(before, net.predict(x).logits));
  }
  EXPECT_TRUE(at::equal(before, net.predict(x).logits)) << "what was made in inference mode is of use outside";
  VNet other(shape);
  other.weights().initialise(5);
  net.weights().follow(other.weights(), 0.9);
  expect_current("a step towards others");
  core::TensorFile content;
  other.weights().save(content);
  net.weights().load(content, "weights");
  expect_current("loading");

  const at::Tensor exact = before;
  net.use_precision(Precision::bf16);
  expect_current("bfloat16");
  net.use_precision(Precision::fp32);
  EXPECT_TRUE(at::equal(exact, net.predict(x).logits));
  net.weights().to_order(MemoryOrder::contiguous);
  EXPECT_TRUE(at::allclose(exact, net.predict(x).logits, 1e-4, 1e-4));
  net.weights().to_double();
  EXPECT_EQ(net.predict(x.to(at::kDouble)).logits.scalar_type(), at::kDouble);
}

TEST(VNet, RefusesWhatItCannotBe) {
  EXPECT_THROW(VNet({1, 0, 1, 0, model::Norm::batch}), core::UsageError);
  EXPECT_THROW(VNet({1, 16, 0, 0, model::Norm::batch}), core::UsageError);
  VNet net({1, 2, 1, 0, model::Norm::batch});
  EXPECT_THROW(net.predict(at::rand({1, 1, 16, 24, 16})), std::invalid_argument);
  EXPECT_THROW(net.predict(at::rand({1, 2, 16, 16, 16})), std::invalid_argument);
  EXPECT_THROW(net.predict(at::rand({1, 1, 16, 16})), std::invalid_argument);
}

}  // namespace
}  // namespace coopseg::network
