#include "coopseg/model/model_file.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "coopseg/core/error.h"
#include "small_model.h"
#include "support/support.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;

const std::string kBias = "image_decoder/final_conv.bias";

ModelFile example(bool slow_thinking = false) {
  ModelFile model;
  model.name = "m.safetensors";
  model.content = test::formula_state(3, slow_thinking);
  model.description.classes = {{"LV", 1}, {"MYO", 2}};
  model.description.outputs = two_stage_outputs(slow_thinking);
  model.description.training = {{"epochs", 3}, {"seed", 0}};
  return model;
}

core::StoredTensor floats(const std::vector<float>& values) {
  core::StoredTensor tensor{"F32", {static_cast<std::int64_t>(values.size())}, std::string(values.size() * 4, '\0')};
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

core::StoredTensor halves(const std::string& dtype, std::initializer_list<std::uint16_t> bits) {
  core::StoredTensor tensor{dtype, {static_cast<std::int64_t>(bits.size())}, std::string(bits.size() * 2, '\0')};
  std::memcpy(tensor.bytes.data(), bits.begin(), tensor.bytes.size());
  return tensor;
}

TEST(ModelFile, IsReadWithItsDescription) {
  const test::ScratchFolder folder;
  ModelFile model = example();
  put_description(model.content, model.description);
  write_tensor_file(folder / "m.safetensors", model.content, core::Overwrite::no);
  const ModelFile back = read_model_file(folder / "m.safetensors");
  EXPECT_EQ(to_json(back.description), to_json(model.description));
  check_model(back);
  EXPECT_TRUE(difference(back, model).none());
  EXPECT_THROW(read_model_file(folder / "absent.safetensors"), core::IoError);
}

TEST(ModelFile, OfAUNetIsCheckedAndSummed) {
  for (const std::string& word : kUpsamplings.all()) {
    ModelFile model = example();
    model.description.network = kNetworkTypes.of(NetworkType::unet);
    model.description.size.filters = 2;
    model.description.size.upsampling = *kUpsamplings.find(word);
    model.description.outputs = one_stage_outputs(/*distance=*/false);
    model.content = test::formula_state(layout_unet(unet_shape(model.description)));
    EXPECT_NO_THROW(check_model(model)) << word;
    const auto modules = summarise(model);
    ASSERT_EQ(modules.size(), 1u) << word;
    EXPECT_EQ(modules[0].name, kUNetModule);
    EXPECT_EQ(modules[0].tensors, model.content.tensors.size());
    EXPECT_EQ(modules[0].layers.back().shape, (std::vector<std::int64_t>{3, 2, 1, 1}));
    model.content.tensors.erase(modules[0].name + "/" + modules[0].layers.front().name + ".weight");
    EXPECT_THROW(check_model(model), core::DataError) << word;

    model.description.input.crop = 0;
    model.description.input.normalisation = Normalisation::none;
    model.description.input.window = {32, 32};
    model.description.outputs = one_stage_outputs(/*distance=*/true);
    model.content = test::formula_state(layout_unet(unet_shape(model.description)));
    EXPECT_NO_THROW(check_model(model)) << word;
    EXPECT_EQ(model.content.tensors.at("unet/distance.weight").shape, (std::vector<std::int64_t>{2, 2, 1, 1}));
    model.content.tensors.erase("unet/distance.bias");
    EXPECT_THROW(check_model(model), core::DataError) << word;
  }
}

TEST(ModelFile, HasTheReferencesNumbersOfParameters) {
  ModelFile model = example(true);
  model.content = test::formula_state(4, true);
  model.description.classes.emplace_back("RV", 3);
  const auto modules = summarise(model);
  ASSERT_EQ(modules.size(), 5u);
  const std::vector<std::uint64_t> parameters = {1125888, 161732, 248961, 830640, 161732},
                                   buffers = {2253, 520, 520, 1739, 520}, tensors = {107, 66, 74, 93, 66};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(modules[i].parameters, parameters[i]) << modules[i].name;
    EXPECT_EQ(modules[i].buffers, buffers[i]) << modules[i].name;
    EXPECT_EQ(modules[i].tensors, tensors[i]) << modules[i].name;
  }
  EXPECT_EQ(modules[0].name, "image_encoder");
  const LayerSummary& first = modules[0].layers[0];
  EXPECT_EQ(first.name, "general_encoder.inc.0");
  EXPECT_EQ(first.kind, "convolution");
  EXPECT_EQ(first.shape, (std::vector<std::int64_t>{16, 1, 3, 3}));
  EXPECT_EQ(first.parameters, 160u);
  EXPECT_EQ(modules[0].layers[1].kind, "batch norm");
  EXPECT_EQ(modules[0].layers[1].buffers, 33u);
  EXPECT_EQ(modules[2].layers[0].kind, "transposed convolution");
}

TEST(ModelFile, SummaryShowsTensorsThatDoNotBelong) {
  ModelFile model = example();
  model.content.tensors["extra/head.weight"] = floats({1, 2});
  model.content.tensors["loose"] = floats({1});
  const auto modules = summarise(model);
  ASSERT_EQ(modules.size(), 5u);
  EXPECT_EQ(modules[3].name, "extra");
  EXPECT_EQ(modules[3].layers[0].kind, "unknown");
  EXPECT_EQ(modules[4].layers[0].name, "loose");
}

TEST(CheckModel, NamesTheFirstFault) {
  const auto fault = [](auto&& spoil) {
    ModelFile model = example();
    spoil(model.content.tensors);
    try {
      check_model(model);
    } catch (const core::DataError& error) {
      EXPECT_EQ(error.subject(), "m.safetensors");
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string variance = "image_decoder/up4.conv.4.running_var";
  const std::string count = "image_decoder/up4.conv.4.num_batches_tracked";
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(fault([](auto&) {}), "");
  EXPECT_THAT(fault([](auto& t) { t.erase(kBias); }), HasSubstr("no tensor '" + kBias));
  EXPECT_THAT(fault([](auto& t) { t[kBias] = floats({1, 2}); }), HasSubstr("[2], expected [1]"));
  EXPECT_THAT(fault([&](auto& t) { t[kBias] = floats({nan}); }), HasSubstr("NaN or infinite"));
  EXPECT_THAT(fault([&](auto& t) { t[kBias] = floats({-infinity}); }), HasSubstr("NaN or infinite"));
  EXPECT_THAT(fault([](auto& t) { t[kBias] = {"I32", {1}, "0000"}; }), HasSubstr("I32, expected F32"));
  EXPECT_THAT(fault([&](auto& t) { t[variance] = floats(std::vector<float>(16, -1.F)); }),
              HasSubstr("negative variance"));
  EXPECT_EQ(fault([&](auto& t) { t[variance] = floats(std::vector<float>(16, -0.F)); }), "");
  EXPECT_THAT(fault([&](auto& t) { t[count] = {"I64", {}, std::string(8, '\xff')}; }), HasSubstr("negative number"));
  EXPECT_THAT(fault([&](auto& t) { t[count] = {"F32", {}, "0000"}; }), HasSubstr("F32, expected I64"));
  EXPECT_THAT(fault([](auto& t) { t["image_decoder/up5.weight"] = floats({1}); }), HasSubstr("does not have"));
  EXPECT_THAT(fault([](auto& t) { t["shape_decoder/final_conv.bias"] = floats({1}); }), HasSubstr("does not tell of"));
  EXPECT_THAT(fault([](auto& t) { t = test::formula_state(4, false).tensors; }), HasSubstr("of 4 classes"));
  // The types of half width: 1, then infinity and NaN.
  EXPECT_EQ(fault([](auto& t) { t[kBias] = halves("F16", {0x3c00}); }), "");
  EXPECT_EQ(fault([](auto& t) { t[kBias] = halves("BF16", {0x3f80}); }), "");
  for (const std::uint16_t bits : {0x7c00, 0xfc00, 0x7e00}) {
    EXPECT_THAT(fault([&](auto& t) { t[kBias] = halves("F16", {bits}); }), HasSubstr("NaN"));
  }
  for (const std::uint16_t bits : {0x7f80, 0xff80, 0x7fc0}) {
    EXPECT_THAT(fault([&](auto& t) { t[kBias] = halves("BF16", {bits}); }), HasSubstr("NaN"));
  }
}

TEST(Difference, IsFoundInDescriptionsMemberByMember) {
  const ModelFile a = example();
  ModelFile b = example();
  EXPECT_TRUE(difference(a, b).none());
  b.description.training["epochs"] = 4;
  b.description.training.erase("seed");
  b.description.training["lr"] = 0.1;
  b.description.input.crop = 64;
  const auto found = difference(a, b).description;
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].path, "crop");
  EXPECT_EQ(found[1].path, "training/epochs");
  EXPECT_EQ(found[1].first, 3);
  EXPECT_EQ(found[1].second, 4);
  EXPECT_EQ(found[2].path, "training/seed");
  EXPECT_TRUE(found[2].second.is_null());
  EXPECT_EQ(found[3].path, "training/lr");
}

TensorDifference of(const core::StoredTensor& a, const core::StoredTensor& b) {
  ModelFile first = example(), second = example();
  first.content.tensors = {{"t", a}};
  second.content.tensors = {{"t", b}};
  const auto found = difference(first, second);
  EXPECT_EQ(found.tensors_compared, 1u);
  return found.tensors.empty() ? TensorDifference{} : found.tensors[0];
}

TEST(Difference, IsMeasuredInTensors) {
  const auto found = of(floats({1, 2, 3, -4}), floats({1, 2.5, 3, -2}));
  EXPECT_EQ(found.name, "t");
  EXPECT_EQ(found.elements, 4u);
  EXPECT_EQ(found.differing, 2u);
  EXPECT_DOUBLE_EQ(*found.absolute, 2);
  EXPECT_DOUBLE_EQ(*found.relative, 0.5);
  EXPECT_EQ(of(floats({1}), floats({1})).name, "");
  // Other bytes of the same value are told, too.
  EXPECT_EQ(of(floats({0.F}), floats({-0.F})).differing, 1u);
  EXPECT_DOUBLE_EQ(*of(floats({0.F}), floats({-0.F})).absolute, 0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(of(floats({nan}), floats({nan})).name, "");
  EXPECT_EQ(of(floats({nan, 1}), floats({1, 1})).differing, 1u);
  EXPECT_FALSE(of(floats({nan, 1}), floats({1, 1})).absolute.has_value());
  // 1 and 1.5, the smallest number above 0 and 0, in half precision; 1 and 2 in BF16.
  EXPECT_DOUBLE_EQ(*of(halves("F16", {0x3c00}), halves("F16", {0x3e00})).absolute, 0.5);
  EXPECT_DOUBLE_EQ(*of(halves("F16", {0x0001}), halves("F16", {0x0000})).absolute, std::ldexp(1, -24));
  EXPECT_DOUBLE_EQ(*of(halves("BF16", {0x3f80}), halves("BF16", {0x4000})).absolute, 1);
}

TEST(Difference, NamesTensorsThatCannotBeCompared) {
  core::StoredTensor column = floats({1, 2});
  column.shape = {2, 1};
  EXPECT_THAT(of(floats({1, 2}), column).problem, HasSubstr("[2] and [2, 1]"));
  EXPECT_THAT(of(floats({1}), {"I32", {1}, "0000"}).problem, HasSubstr("F32 and I32"));
  ModelFile a = example(), b = example();
  a.content.tensors = {{"a", floats({1})}};
  b.content.tensors = {{"b", floats({1})}};
  const auto found = difference(a, b);
  ASSERT_EQ(found.tensors.size(), 2u);
  EXPECT_EQ(found.tensors[0].problem, "is only in the first");
  EXPECT_EQ(found.tensors[1].problem, "is only in the second");
  EXPECT_EQ(found.tensors_compared, 2u);
}

}  // namespace
}  // namespace coopseg::model
