// What the files say, read back through the ONNX library. That they compute what cs-predict computes is for
// tests/cli/cs-model/onnx_runtime.sh.
#include "coopseg/model/onnx_file.h"

#include <gtest/gtest.h>

#include <map>

#include "coopseg/core/error.h"
#include "coopseg/model/network_layout.h"
#include "coopseg/onnx/library.h"
#include "small_model.h"

namespace coopseg::model {
namespace {

using core::Json;

ModelFile model_of(ModelDescription description) {
  if (description.classes.empty()) description.classes = {{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  ModelFile model{"model.safetensors", test::formula_state(layout_of(description)), std::move(description)};
  return model;
}

ModelFile two_stages() {
  ModelDescription description;
  description.outputs = two_stage_outputs(true);
  description.input.crop = 32;
  description.preprocessing = {{"percentiles", {2, 98}}, {"spacing_mm", {1.5, 1.5}}};
  description.provenance = {{"program", "cs-train-coop"}};
  description.training_images = {std::string(64, 'a')};
  return model_of(description);
}

ModelDescription windows(NetworkType network, std::vector<std::size_t> window) {
  ModelDescription description;
  description.network = kNetworkTypes.of(network);
  description.size.filters = 2;
  description.input.dimensions = static_cast<int>(window.size());
  description.input.normalisation = Normalisation::none;
  description.input.crop = 0;
  description.input.window = window;
  description.input.stride = window;
  description.outputs = one_stage_outputs(false);
  return description;
}

::onnx::ModelProto parsed(const OnnxFile& file) {
  ::onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(file.bytes));
  return proto;
}

std::vector<std::int64_t> sides_of(const ::onnx::ValueInfoProto& value) {
  std::vector<std::int64_t> sides;
  const auto& shape = value.type().tensor_type().shape();
  for (int d = 1; d < shape.dim_size(); ++d) sides.push_back(shape.dim(d).dim_value());
  return sides;
}

// The shapes of the outputs as the library infers them from the operators, and not as the file states them.
void expect_outputs(const OnnxFile& file, const std::map<std::string, std::vector<std::int64_t>>& wanted) {
  ::onnx::ModelProto proto = parsed(file);
  for (auto& output : *proto.mutable_graph()->mutable_output()) {
    ASSERT_EQ(output.type().tensor_type().shape().dim(0).dim_param(), "batch");
    EXPECT_EQ(sides_of(output), wanted.at(output.name()));
    output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
  ::onnx::shape_inference::InferShapes(proto);
  ASSERT_EQ(static_cast<std::size_t>(proto.graph().output_size()), wanted.size());
  for (const auto& output : proto.graph().output()) EXPECT_EQ(sides_of(output), wanted.at(output.name()));
}

int count_of(const ::onnx::ModelProto& proto, const std::string& kind) {
  int count = 0;
  for (const auto& node : proto.graph().node()) count += node.op_type() == kind ? 1 : 0;
  return count;
}

std::map<std::string, Json> metadata_of(const ::onnx::ModelProto& proto) {
  std::map<std::string, Json> metadata;
  for (const auto& property : proto.metadata_props()) metadata[property.key()] = Json::parse(property.value());
  return metadata;
}

TEST(OnnxFile, GivesTheProbabilitiesOfTheStageThatIsAskedFor) {
  const ModelFile model = two_stages();
  const OnnxFile fast = to_onnx(model, {false, {}}), slow = to_onnx(model, {true, {}});
  expect_outputs(fast, {{"probabilities", {4, 32, 32}}});
  expect_outputs(slow, {{"probabilities", {4, 32, 32}}, {"probabilities_ftn", {4, 32, 32}}});
  ASSERT_EQ(slow.inputs.size(), 1U);
  EXPECT_EQ(slow.inputs[0].sides, (std::vector<std::int64_t>{1, 32, 32}));
  EXPECT_EQ(metadata_of(parsed(fast)).at("stage"), "ftn");
  EXPECT_EQ(metadata_of(parsed(slow)).at("stage"), "stn");
  // The image decoder makes no probabilities.
  const ::onnx::ModelProto proto = parsed(slow);
  for (const auto& weight : proto.graph().initializer())
    EXPECT_EQ(weight.name().find("image_decoder"), std::string::npos) << weight.name();
}

TEST(OnnxFile, HoldsEachWeightAsTheModelDoes) {
  const ModelFile model = two_stages();
  std::size_t found = 0;
  const ::onnx::ModelProto proto = parsed(to_onnx(model, {true, {}}));
  for (const auto& weight : proto.graph().initializer()) {
    const auto tensor = model.content.tensors.find(weight.name());
    if (tensor == model.content.tensors.end()) continue;
    ++found;
    EXPECT_TRUE(weight.raw_data() == tensor->second.bytes) << weight.name();
    EXPECT_EQ(std::vector<std::int64_t>(weight.dims().begin(), weight.dims().end()), tensor->second.shape);
  }
  std::size_t wanted = 0;
  for (const auto& tensor : layout_of(model.description))
    wanted += tensor.module != "image_decoder" && tensor.role != TensorRole::batches_tracked ? 1 : 0;
  EXPECT_EQ(found, wanted);
}

TEST(OnnxFile, ScalesSlicesInsideTheGraphWhereTheModelDoes) {
  ModelFile model = two_stages();
  EXPECT_EQ(count_of(parsed(to_onnx(model, {false, {}})), "ReduceMin"), 1);
  model.description.input.normalisation = Normalisation::none;
  const ::onnx::ModelProto plain = parsed(to_onnx(model, {false, {}}));
  EXPECT_EQ(count_of(plain, "ReduceMin"), 0);
  EXPECT_EQ(metadata_of(plain).at("normalisation"), "none");
}

TEST(OnnxFile, SaysAllThatTheModelSaysOfItself) {
  const ModelFile model = two_stages();
  const OnnxFile file = to_onnx(model, {true, {{"program", "cs-model"}}});
  auto metadata = metadata_of(parsed(file));
  const Json described = to_json(model.description);
  for (const auto& [name, value] : described.items()) EXPECT_EQ(metadata.at(name), value) << name;
  EXPECT_EQ(metadata.at("channels"), (Json{"background", "LV", "MYO", "RV"}));
  EXPECT_EQ(metadata.at("spacing_mm"), (Json{1.5, 1.5}));
  EXPECT_EQ(metadata.at("normalisation"), "minmax");
  EXPECT_EQ(metadata.at("export"), (Json{{"program", "cs-model"}}));
}

TEST(OnnxFile, IsOfOperatorsThatRuntimesOf2021Know) {
  const OnnxFile file = to_onnx(two_stages(), {true, {}});
  const ::onnx::ModelProto proto = parsed(file);
  ASSERT_EQ(proto.opset_import_size(), 1);
  EXPECT_EQ(proto.opset_import(0).version(), 13);
  EXPECT_EQ(file.opset, 13);
  EXPECT_LE(proto.ir_version(), 7);
}

TEST(OnnxFile, IsTheSameEachTime) {
  const ModelFile model = two_stages();
  EXPECT_TRUE(to_onnx(model, {true, {}}).bytes == to_onnx(model, {true, {}}).bytes);
}

TEST(OnnxFile, LeavesTheCodeDecouplerOutWhereTheNetworkDoes) {
  ModelFile model = two_stages();
  const int filtered = count_of(parsed(to_onnx(model, {false, {}})), "Conv");
  model.description.network = kNetworkTypes.of(NetworkType::fcn_16_unfiltered);
  EXPECT_EQ(count_of(parsed(to_onnx(model, {false, {}})), "Conv"), filtered - 2);
}

TEST(OnnxFile, TakesVolumesInTheOrderOfTheirAxes) {
  for (const Norm norm : {Norm::batch, Norm::instance}) {
    ModelDescription description = windows(NetworkType::vnet, {16, 32, 48});
    description.size.norm = norm;
    description.classes = {{"atrium", 1}};
    description.outputs = one_stage_outputs(true);
    const OnnxFile file = to_onnx(model_of(description), {false, {}});
    EXPECT_EQ(file.inputs[0].sides, (std::vector<std::int64_t>{1, 16, 32, 48}));
    // One class is told from the background by a sigmoid, and has two channels nevertheless.
    expect_outputs(file, {{"probabilities", {2, 16, 32, 48}}, {"distances", {1, 16, 32, 48}}});
    const ::onnx::ModelProto proto = parsed(file);
    EXPECT_EQ(count_of(proto, "InstanceNormalization") > 0, norm == Norm::instance);
    EXPECT_EQ(count_of(proto, "BatchNormalization") > 0, norm == Norm::batch);
    EXPECT_EQ(metadata_of(proto).count("stage"), 0U);
  }
}

TEST(OnnxFile, TakesSlicesByRows) {
  for (const Upsampling upsampling : {Upsampling::bilinear, Upsampling::transposed}) {
    ModelDescription description = windows(NetworkType::unet, {32, 16});
    description.size.upsampling = upsampling;
    const OnnxFile file = to_onnx(model_of(description), {false, {}});
    EXPECT_EQ(file.inputs[0].sides, (std::vector<std::int64_t>{1, 16, 32}));
    expect_outputs(file, {{"probabilities", {4, 16, 32}}});
    EXPECT_EQ(count_of(parsed(file), "Resize"), upsampling == Upsampling::bilinear ? 4 : 0);
  }
}

TEST(OnnxFile, ConvertsWeightsOfOtherTypes) {
  ModelFile model = two_stages();
  const std::string name = "segmentation_decoder/final_conv.bias";
  // 1, -2, 0.5, 0
  model.content.tensors[name] = {"F16", {4}, std::string("\x00\x3c\x00\xc0\x00\x38\x00\x00", 8)};
  const ::onnx::ModelProto proto = parsed(to_onnx(model, {false, {}}));
  for (const auto& weight : proto.graph().initializer()) {
    if (weight.name() != name) continue;
    ASSERT_EQ(weight.raw_data().size(), 16U);
    float numbers[4];
    std::memcpy(numbers, weight.raw_data().data(), sizeof numbers);
    EXPECT_THAT(numbers, testing::ElementsAre(1, -2, 0.5, 0));
  }
}

TEST(OnnxFile, RefusesWhatCannotSegment) {
  ModelFile model = two_stages();
  model.description.outputs = two_stage_outputs(false);
  for (auto it = model.content.tensors.begin(); it != model.content.tensors.end();)
    it = it->first.find("shape_") == 0 ? model.content.tensors.erase(it) : std::next(it);
  EXPECT_NO_THROW(to_onnx(model, {false, {}}));
  EXPECT_THROW(to_onnx(model, {true, {}}), core::UsageError);

  model.content.tensors.erase("segmentation_decoder/final_conv.bias");
  EXPECT_THROW(to_onnx(model, {false, {}}), core::DataError);

  ModelDescription pretrained = windows(NetworkType::unet, {32, 32});
  pretrained.outputs = {"code"};
  try {
    to_onnx(model_of(pretrained), {false, {}});
    FAIL();
  } catch (const core::DataError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("pre-trained part"));
  }

  ModelDescription unknown = windows(NetworkType::unet, {32, 32});
  unknown.network = "W-Net";
  EXPECT_THROW(to_onnx(model_of(unknown), {false, {}}), core::DataError);
}

}  // namespace
}  // namespace coopseg::model
