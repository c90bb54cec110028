#include "coopseg/network/model.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/training/losses/segmentation.h"
#include "formula_network.h"

namespace coopseg::network {
namespace {

using ::testing::HasSubstr;

const Architecture kFtn{model::NetworkType::fcn_16, 4, false};
const Architecture kBoth{model::NetworkType::fcn_16, 4, true};

std::map<std::string, at::Tensor> by_name(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  return {tensors.begin(), tensors.end()};
}

std::map<std::string, at::Tensor> copied_state(const Model& model) {
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : model.state()) copies[name] = tensor.detach().clone();
  return copies;
}

// Names of state tensors that differ between two copies.
std::set<std::string> changed(const std::map<std::string, at::Tensor>& a, const std::map<std::string, at::Tensor>& b) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : a) {
    if (!at::equal(tensor, b.at(name))) names.insert(name);
  }
  return names;
}

TEST(Architecture, IsChecked) {
  EXPECT_NO_THROW(Model({model::NetworkType::fcn_16, 2, false}));
  EXPECT_THROW(Model({model::NetworkType::fcn_16, 1, false}), core::UsageError);
  EXPECT_THROW(Model({model::NetworkType::fcn_16, -3, false}), core::UsageError);
}

// Numbers of parameters, buffer elements and entries of the reference implementation's modules.
TEST(Model, HasTheReferencesSize) {
  const std::map<std::string, std::array<std::int64_t, 3>> expected = {{"image_encoder", {1125888, 2253, 107}},
                                                                       {"segmentation_decoder", {161732, 520, 66}},
                                                                       {"image_decoder", {248961, 520, 74}},
                                                                       {"shape_encoder", {830640, 1739, 93}},
                                                                       {"shape_decoder", {161732, 520, 66}}};
  const Model model(kBoth);
  std::map<std::string, std::array<std::int64_t, 3>> found;
  std::set<std::string> parameters;
  for (const auto& [name, tensor] : model.parameters()) {
    parameters.insert(name);
    found[name.substr(0, name.find('/'))][0] += tensor.numel();
    EXPECT_TRUE(tensor.requires_grad()) << name;
    EXPECT_TRUE(tensor.is_leaf()) << name;
  }
  for (const auto& [name, tensor] : model.state()) {
    ++found[name.substr(0, name.find('/'))][2];
    if (parameters.count(name)) continue;
    found[name.substr(0, name.find('/'))][1] += tensor.numel();
    EXPECT_FALSE(tensor.requires_grad()) << name;
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(model.modules().size(), 5u);
}

TEST(Model, FtnHasNoStn) {
  Model model(kFtn);
  EXPECT_EQ(model.modules(), (std::vector<std::string>{"image_encoder", "segmentation_decoder", "image_decoder"}));
  EXPECT_EQ(model.state().size(), 107u + 66u + 74u);
  EXPECT_THROW(model.predict(at::rand({1, 1, 16, 16}), 1), std::logic_error);
}

TEST(Model, FirstEntriesStandInTheReferencesOrder) {
  const auto state = Model(kBoth).state();
  const std::vector<std::string> first = {
      "image_encoder/general_encoder.inc.0.weight",        "image_encoder/general_encoder.inc.0.bias",
      "image_encoder/general_encoder.inc.1.weight",        "image_encoder/general_encoder.inc.1.bias",
      "image_encoder/general_encoder.inc.1.running_mean",  "image_encoder/general_encoder.inc.1.running_var",
      "image_encoder/general_encoder.inc.1.num_batches_tracked"};
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(state[i].first, first[i]);
  EXPECT_EQ(state[107].first, "segmentation_decoder/up1.conv.0.weight");
  EXPECT_EQ(state[173].first, "image_decoder/up1.up.weight");
  EXPECT_EQ(state[247].first, "shape_encoder/inc.0.weight");
  EXPECT_EQ(state.back().first, "shape_decoder/final_conv.bias");
}

TEST(Model, InitialisesAsTheReferenceDoes) {
  Model model(kBoth);
  model.initialise(3);
  const auto state = by_name(model.state());
  const auto deviation = [&](const std::string& name) { return state.at(name).std().item<double>(); };
  const auto largest = [&](const std::string& name) { return state.at(name).abs().max().item<double>(); };
  // 128 * 128 * 9 normal numbers: the standard error of their deviation is 0.2 %.
  EXPECT_NEAR(deviation("image_encoder/code_decoupler.0.weight"), std::sqrt(2.0 / (128 * 9)), 5e-4);
  EXPECT_NEAR(deviation("segmentation_decoder/up1.conv_input.weight"), std::sqrt(2.0 / 128), 5e-3);
  EXPECT_GT(largest("image_encoder/code_decoupler.0.weight"), 4 * std::sqrt(2.0 / (128 * 9)));
  const double bound = 1 / std::sqrt(128.0 * 9);
  EXPECT_LE(largest("image_encoder/code_decoupler.0.bias"), bound);
  EXPECT_GT(largest("image_encoder/code_decoupler.0.bias"), 0.9 * bound);
  const double transposed = 1 / std::sqrt(4.0 * 128);
  EXPECT_LE(largest("image_decoder/up1.up.weight"), transposed);
  EXPECT_GT(largest("image_decoder/up1.up.weight"), 0.99 * transposed);
  EXPECT_LE(largest("image_decoder/up1.up.bias"), transposed);
  EXPECT_NEAR(state.at("image_encoder/code_decoupler.1.weight").mean().item<double>(), 1, 0.01);
  EXPECT_NEAR(deviation("image_encoder/code_decoupler.1.weight"), 0.02, 0.006);
  for (const char* module : {"segmentation_decoder", "image_decoder", "shape_decoder"}) {
    EXPECT_EQ(largest(std::string(module) + "/final_conv.bias"), 0);
  }
  EXPECT_GT(largest("shape_encoder/final_conv.0.bias"), 0);
  for (const auto& [name, tensor] : state) {
    if (test::ends_with(name, "running_var")) {
      EXPECT_TRUE(tensor.eq(1).all().item<bool>()) << name;
    }
    if (test::ends_with(name, "running_mean") || test::ends_with(name, "tracked")) {
      EXPECT_TRUE(tensor.eq(0).all().item<bool>()) << name;
    }
  }
}

TEST(Model, InitialisationDependsOnSeedAndNameAlone) {
  Model one(kFtn), same(kBoth), other(kFtn);
  one.initialise(1);
  same.use_order(MemoryOrder::contiguous);
  same.initialise(1);
  other.initialise(2);
  const auto with_stn = copied_state(same);
  for (const auto& [name, tensor] : one.state()) EXPECT_TRUE(at::equal(tensor, with_stn.at(name))) << name;
  EXPECT_FALSE(changed(copied_state(one), copied_state(other)).empty());
}

TEST(Model, OutputShapesFollowTheInput) {
  Model model({model::NetworkType::fcn_16, 3, true});
  model.initialise(0);
  const FtnOutput out = model.run_ftn(at::rand({2, 1, 32, 48}), Mode::train, true);
  EXPECT_EQ(out.image_code.sizes(), at::IntArrayRef({2, 128, 2, 3}));
  EXPECT_EQ(out.logits.sizes(), at::IntArrayRef({2, 3, 32, 48}));
  EXPECT_EQ(out.reconstruction.sizes(), at::IntArrayRef({2, 1, 32, 48}));
  EXPECT_GE(out.image_code.min().item<float>(), 0);
  EXPECT_THROW(model.run_ftn(at::rand({2, 1, 40, 48}), Mode::eval, true), std::invalid_argument);
  EXPECT_THROW(model.run_ftn(at::rand({2, 2, 32, 48}), Mode::eval, true), std::invalid_argument);
  EXPECT_THROW(model.correct_shape(at::rand({2, 4, 32, 48}), Mode::eval), std::invalid_argument);
}

TEST(Model, ModesChangeWhatTheyShould) {
  Model model(kFtn);
  model.initialise(0);
  const at::Tensor x = test::formula_image();
  const auto before = copied_state(model);
  model.run_ftn(x, Mode::eval, true);
  model.run_ftn(x, Mode::frozen, true);
  model.predict(x, 0);
  EXPECT_EQ(changed(before, copied_state(model)), std::set<std::string>{});
  model.run_ftn(x, Mode::train, true);
  const auto moved = changed(before, copied_state(model));
  EXPECT_EQ(moved.size(), 3u * (13 + 8 + 8));
  const std::string norm = "image_encoder/general_encoder.inc.1.";
  EXPECT_TRUE(moved.count(norm + "running_mean") && moved.count(norm + "running_var"));
  EXPECT_EQ(by_name(model.state()).at(norm + "num_batches_tracked").item<std::int64_t>(), 1);
}

TEST(Model, FrozenPassIsTheTrainingPassWithConstantNorms) {
  Model model(kFtn);
  model.initialise(5);
  const at::Tensor labels = test::formula_labels(4);
  const auto pass = [&](Mode mode, at::Tensor& input_gradient) {
    at::Tensor x = test::formula_image().clone().set_requires_grad(true);
    for (auto& [name, tensor] : model.parameters()) tensor.mutable_grad().reset();
    const at::Tensor logits = model.run_ftn(x, mode, false).logits;
    training::cross_entropy(logits, labels).backward();
    input_gradient = x.grad();
    std::map<std::string, at::Tensor> gradients;
    for (auto& [name, tensor] : model.parameters()) {
      if (tensor.grad().defined()) gradients[name] = tensor.grad().clone();
    }
    return std::make_pair(logits.detach(), gradients);
  };
  at::Tensor frozen_input, train_input;
  const auto [frozen_logits, frozen] = pass(Mode::frozen, frozen_input);
  const auto [train_logits, train] = pass(Mode::train, train_input);
  EXPECT_TRUE(at::allclose(frozen_logits, train_logits, 0, 1e-5));
  EXPECT_TRUE(at::allclose(frozen_input, train_input, 1e-3, 1e-6));
  std::size_t norms = 0;
  for (const auto& [name, gradient] : train) {
    const auto variance = name.substr(0, name.rfind('.')) + ".running_var";
    const bool is_norm = by_name(model.state()).count(variance) > 0;
    norms += is_norm;
    EXPECT_EQ(frozen.count(name), is_norm ? 0u : 1u) << name;
  }
  EXPECT_EQ(norms, 2u * (13 + 8));
}

TEST(Model, UnusedDecouplerMovesItsStatisticsButGetsNoGradient) {
  Model model({model::NetworkType::fcn_16_unfiltered, 4, false});
  model.initialise(0);
  const FtnOutput out = model.run_ftn(test::formula_image(), Mode::train, true);
  EXPECT_TRUE(at::equal(out.image_code, out.shape_code));
  training::cross_entropy(out.logits, test::formula_labels(4)).backward();
  const auto state = by_name(model.state());
  EXPECT_EQ(state.at("image_encoder/code_decoupler.4.num_batches_tracked").item<std::int64_t>(), 1);
  EXPECT_FALSE(state.at("image_encoder/code_decoupler.0.weight").grad().defined());
  EXPECT_TRUE(state.at("image_encoder/general_encoder.inc.0.weight").grad().defined());
}

TEST(Model, StateComesBackBitForBit) {
  Model model(kBoth), copy(kBoth);
  model.initialise(7);
  model.run_ftn(test::formula_image(), Mode::train, true);
  core::TensorFile file;
  model.save_state(file);
  copy.use_order(MemoryOrder::contiguous);
  copy.load_state(file, "m");
  EXPECT_EQ(changed(copied_state(model), copied_state(copy)), std::set<std::string>{});
  core::TensorFile again;
  copy.save_state(again);
  for (const auto& [name, tensor] : file.tensors) EXPECT_EQ(again.tensors.at(name).bytes, tensor.bytes) << name;
  EXPECT_EQ(file.tensors.at("image_encoder/general_encoder.inc.1.num_batches_tracked").dtype, "I64");
}

TEST(Model, FtnIsTakenOutOfAWholeModelAndNotTheOtherWay) {
  Model both(kBoth), ftn(kFtn);
  both.initialise(7);
  core::TensorFile whole, part;
  both.save_state(whole);
  ftn.load_state(whole, "m");
  EXPECT_TRUE(at::equal(ftn.predict(test::formula_image(), 0), both.predict(test::formula_image(), 0)));
  ftn.save_state(part);
  EXPECT_THROW(both.load_state(part, "m"), core::DataError);
}

TEST(Model, RefusesStatesThatDoNotFit) {
  Model model(kFtn);
  model.initialise(1);
  const auto before = copied_state(model);
  core::TensorFile good;
  Model source(kFtn);
  source.initialise(2);
  source.save_state(good);
  const std::string last = "image_decoder/final_conv.bias";
  const auto refusal = [&](const std::function<void(core::TensorFile&)>& spoil) {
    core::TensorFile bad = good;
    spoil(bad);
    std::string message;
    try {
      model.load_state(bad, "bad.safetensors");
    } catch (const core::DataError& error) {
      EXPECT_EQ(error.subject(), "bad.safetensors");
      message = error.what();
    }
    EXPECT_EQ(changed(before, copied_state(model)), std::set<std::string>{});
    return message;
  };
  EXPECT_THAT(refusal([&](auto& f) { f.tensors.erase(last); }), HasSubstr(last));
  EXPECT_THAT(refusal([&](auto& f) { f.tensors[last] = to_stored(at::zeros({2})); }), HasSubstr("[2], expected [1]"));
  EXPECT_THAT(refusal([&](auto& f) { f.tensors[last] = to_stored(at::zeros({1}, at::kLong)); }), HasSubstr("I64"));
  EXPECT_THAT(refusal([&](auto& f) {
                f.tensors[last] = to_stored(at::full({1}, std::numeric_limits<float>::quiet_NaN()));
              }),
              HasSubstr("NaN"));
  EXPECT_THAT(refusal([&](auto& f) {
                f.tensors["image_decoder/up4.conv.4.running_var"] = to_stored(at::full({16}, -1.0F));
              }),
              HasSubstr("negative variance"));
  EXPECT_THAT(refusal([&](auto& f) {
                f.tensors["image_decoder/up4.conv.4.num_batches_tracked"] = to_stored(at::zeros({}));
              }),
              HasSubstr("F32"));
  EXPECT_THAT(refusal([&](auto& f) { f.tensors["image_decoder/up5.weight"] = to_stored(at::zeros({1})); }),
              HasSubstr("does not have"));
  EXPECT_THAT(refusal([&](auto& f) {
                Model three({model::NetworkType::fcn_16, 3, false});
                three.save_state(f);
              }),
              HasSubstr("3 classes"));
}

TEST(Model, TakesOtherFloatingTypes) {
  Model model(kFtn), copy(kFtn);
  model.initialise(1);
  core::TensorFile file;
  model.save_state(file);
  for (auto& [name, stored] : file.tensors) {
    if (stored.dtype == "F32") stored = to_stored(from_stored(stored).to(at::kDouble));
  }
  copy.load_state(file, "m");
  EXPECT_EQ(changed(copied_state(model), copied_state(copy)), std::set<std::string>{});
}

TEST(Model, HandlesStayTheModelsOwn) {
  Model model(kFtn);
  const auto handles = by_name(model.state());
  model.to_double();
  model.use_order(MemoryOrder::contiguous);
  model.initialise(4);
  model.to_device("cpu");
  for (const auto& [name, tensor] : model.state()) EXPECT_TRUE(handles.at(name).is_same(tensor)) << name;
  EXPECT_EQ(handles.begin()->second.scalar_type(), at::kDouble);
  training::cross_entropy(model.run_ftn(test::formula_image().to(at::kDouble), Mode::train, false).logits,
                test::formula_labels(4))
      .backward();
  EXPECT_EQ(handles.at("image_encoder/general_encoder.inc.0.weight").grad().scalar_type(), at::kDouble);
}

TEST(StoredTensors, KeepTypeShapeAndValues) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort,
                                    at::kChar, at::kByte, at::kBool}) {
    const at::Tensor tensor = at::arange(24).view({2, 3, 4}).to(type);
    const at::Tensor back = from_stored(to_stored(tensor.transpose(0, 2)));
    EXPECT_EQ(back.scalar_type(), type);
    EXPECT_TRUE(at::equal(back, tensor.transpose(0, 2))) << type;
  }
  EXPECT_EQ(from_stored(to_stored(at::scalar_tensor(7, at::kLong))).item<std::int64_t>(), 7);
  EXPECT_EQ(from_stored(to_stored(at::zeros({0, 3}))).numel(), 0);
}

}  // namespace
}  // namespace coopseg::network
