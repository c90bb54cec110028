#include "coopseg/model/pretraining.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/model/model_file.h"
#include "coopseg/model/network_layout.h"
#include "small_model.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

ModelDescription described(NetworkType network, PretrainingStage stage, Upsampling upsampling = Upsampling::transposed) {
  ModelDescription description;
  description.network = kNetworkTypes.of(network);
  description.outputs = outputs_of(stage);
  description.size.filters = 2;
  description.size.upsampling = upsampling;
  if (kTwoStageTypes.find(description.network)) {
    description.input.crop = 32;
    return description;
  }
  description.input.dimensions = network == NetworkType::vnet ? 3 : 2;
  description.input.normalisation = Normalisation::none;
  description.input.crop = 0;
  description.input.window.assign(static_cast<std::size_t>(description.input.dimensions), 16);
  description.input.stride = description.input.window;
  return description;
}

std::vector<std::string> names(const std::vector<TensorLayout>& layout) {
  std::vector<std::string> found;
  for (const TensorLayout& tensor : layout) found.push_back(tensor.full_name());
  return found;
}

const std::vector<ModelDescription>& all_kinds(PretrainingStage stage) {
  static const auto make = [](PretrainingStage s) {
    return std::vector<ModelDescription>{described(NetworkType::unet, s),
                                         described(NetworkType::unet, s, Upsampling::bilinear),
                                         described(NetworkType::vnet, s), described(NetworkType::fcn_16, s)};
  };
  static const auto kGlobal = make(PretrainingStage::global), kLocal = make(PretrainingStage::local);
  return stage == PretrainingStage::global ? kGlobal : kLocal;
}

TEST(Pretraining, KeepsTheEncoderThenAllButTheHeads) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto global = names(layout_of(all_kinds(PretrainingStage::global)[i]));
    const auto local = names(layout_of(all_kinds(PretrainingStage::local)[i]));
    const auto whole = names(layout_of_network(all_kinds(PretrainingStage::local)[i]));
    EXPECT_LT(global.size(), local.size());
    EXPECT_LT(local.size(), whole.size());
    EXPECT_THAT(local, IsSupersetOf(global));
    EXPECT_THAT(whole, IsSupersetOf(local));
    for (const std::string& name : whole) {
      const bool head = name.find("head.") != std::string::npos || name.find("out_conv") != std::string::npos ||
                        name.find("unet/final") != std::string::npos || name.find("image_decoder") != std::string::npos ||
                        name.find("segmentation_decoder/final_conv") != std::string::npos;
      EXPECT_EQ(std::count(local.begin(), local.end(), name), head ? 0 : 1) << name;
    }
  }
  const auto encoder = names(layout_of(described(NetworkType::unet, PretrainingStage::global)));
  EXPECT_THAT(encoder, IsSupersetOf({"unet/encoder.contr_4_2.0.weight", "unet/encoder.center.4.bias"}));
  EXPECT_THAT(names(layout_of(described(NetworkType::vnet, PretrainingStage::global))),
              ::testing::Not(::testing::Contains("vnet/block_five_up.conv.0.weight")));
}

TEST(Pretraining, ComesBackFromAFileAndSegmentsNothing) {
  const test::ScratchFolder folder;
  const auto file = folder / "code.safetensors";
  for (const PretrainingStage stage : {PretrainingStage::global, PretrainingStage::local}) {
    for (const ModelDescription& description : all_kinds(stage)) {
      core::TensorFile content = test::formula_state(layout_of_network(description));
      keep_trained_part(content, description);
      put_description(content, description);
      write_tensor_file(file, content, core::Overwrite::yes);
      const ModelFile model = read_model_file(file);
      check_model(model);
      EXPECT_EQ(pretraining_stage(model.description), stage);
      EXPECT_EQ(to_json(read_initial_description(file)), to_json(description));
      EXPECT_THAT([&] { read_model_description(file); },
                  ::testing::ThrowsMessage<core::DataError>(HasSubstr("segments nothing yet")));
    }
  }
}

TEST(Pretraining, MustHoldWhatItTrained) {
  const ModelDescription description = described(NetworkType::vnet, PretrainingStage::global);
  ModelFile model{"m.safetensors", test::formula_state(layout_of(description)), description};
  check_model(model);
  const auto taken = model.content.tensors.extract("vnet/block_five.conv.0.weight");
  EXPECT_THROW(check_model(model), core::DataError);
  model.content.tensors.emplace("vnet/block_five.conv.0.weight", taken.mapped());
  model.content.tensors.emplace("vnet/out_conv.weight", taken.mapped());
  EXPECT_THROW(check_model(model), core::DataError);
}

TEST(Pretraining, AloneMayNameNoClass) {
  ModelDescription description = described(NetworkType::vnet, PretrainingStage::global);
  core::Json json = to_json(description);
  EXPECT_NO_THROW(model_description_from_json(json, "m"));
  json["outputs"] = one_stage_outputs(false);
  EXPECT_THAT([&] { model_description_from_json(json, "m"); },
              ::testing::ThrowsMessage<core::DataError>(HasSubstr("names no class")));
}

}  // namespace
}  // namespace coopseg::model
