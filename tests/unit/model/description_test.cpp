#include "coopseg/model/description.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;

ModelDescription example() {
  ModelDescription description;
  description.classes = {{"LV", 1}, {"MYO", 2}};
  description.crop = 64;
  description.minmax_slices = false;
  description.preprocessing = {{"spacing_mm", {1.25, 1.25}}};
  description.training = {{"epochs", 3}};
  description.training_images = {std::string(64, 'a')};
  description.provenance = {{"program", "cs-train-ftn"}};
  return description;
}

std::string refusal(const core::Json& json) {
  try {
    model_description_from_json(json, "m.safetensors");
  } catch (const core::DataError& error) {
    EXPECT_EQ(error.subject(), "m.safetensors");
    return error.what();
  }
  return "";
}

TEST(ModelDescription, ComesBackFromAFile) {
  const test::ScratchFolder folder;
  core::TensorFile content;
  put_description(content, example());
  content.tensors["x"] = {"U8", {1}, "x"};
  write_tensor_file(folder / "m.safetensors", content, core::Overwrite::no);
  const ModelDescription back = read_model_description(folder / "m.safetensors");
  EXPECT_EQ(to_json(back), to_json(example()));
  EXPECT_EQ(back.classes, example().classes);
  EXPECT_EQ(back.class_count(), 3);
  EXPECT_EQ(back.crop, 64u);
  EXPECT_FALSE(back.minmax_slices);
  EXPECT_EQ(back.training_images, example().training_images);
  EXPECT_EQ(to_json(model_description(content, "m")), to_json(example()));
}

TEST(ModelDescription, MayLeaveOriginsOut) {
  core::Json json = to_json(example());
  json.erase("preprocessing");
  json["training"] = nullptr;
  const ModelDescription description = model_description_from_json(json, "m");
  EXPECT_TRUE(description.preprocessing.is_null());
  EXPECT_TRUE(description.training.is_null());
}

TEST(ModelDescription, RefusesAForeignFile) {
  const test::ScratchFolder folder;
  core::TensorFile content;
  content.tensors["x"] = {"U8", {1}, "x"};
  write_tensor_file(folder / "m.safetensors", content, core::Overwrite::no);
  EXPECT_THROW(read_model_description(folder / "m.safetensors"), core::DataError);
  content.metadata["coopseg"] = "{broken";
  write_tensor_file(folder / "n.safetensors", content, core::Overwrite::no);
  EXPECT_THROW(read_model_description(folder / "n.safetensors"), core::DataError);
}

TEST(ModelDescription, RefusesANewerFormatBeforeAnythingElse) {
  EXPECT_THAT(refusal({{"format", 2}, {"network", 7}}), HasSubstr("newer version"));
}

TEST(ModelDescription, RefusesEachWrongMember) {
  const auto with = [](const char* key, core::Json value) {
    core::Json json = to_json(example());
    json[key] = std::move(value);
    return refusal(json);
  };
  EXPECT_EQ(with("crop", 64), "");
  EXPECT_THAT(with("format", 0), HasSubstr("format 0"));
  EXPECT_THAT(with("format", 1.5), HasSubstr("format"));
  EXPECT_THAT(with("format", -1), HasSubstr("format"));
  EXPECT_THAT(with("network", "UNet"), HasSubstr("UNet"));
  EXPECT_THAT(with("network", 3), HasSubstr("network"));
  EXPECT_THAT(with("slow_thinking", 1), HasSubstr("slow_thinking"));
  EXPECT_THAT(with("classes", core::Json::object()), HasSubstr("no class"));
  EXPECT_THAT(with("classes", core::Json::array({"LV"})), HasSubstr("classes"));
  EXPECT_NE(with("classes", {{"LV", 0}}), "");
  EXPECT_NE(with("classes", {{"LV", 1}, {"MYO", 1}}), "");
  EXPECT_NE(with("classes", {{"LV", "one"}}), "");
  EXPECT_THAT(with("crop", 60), HasSubstr("60"));
  EXPECT_THAT(with("crop", 0), HasSubstr("multiple of 16"));
  EXPECT_THAT(with("crop", -16), HasSubstr("crop"));
  EXPECT_THAT(with("crop", 1 << 20), HasSubstr("16384"));
  EXPECT_THAT(with("minmax_slices", "yes"), HasSubstr("minmax_slices"));
  EXPECT_THAT(with("preprocessing", 1), HasSubstr("preprocessing"));
  EXPECT_THAT(with("training_images", {"abc"}), HasSubstr("SHA-256"));
  EXPECT_THAT(with("training_images", 1), HasSubstr("training_images"));
  for (const char* key :
       {"format", "network", "slow_thinking", "classes", "crop", "minmax_slices", "training_images"}) {
    core::Json json = to_json(example());
    json.erase(key);
    EXPECT_THAT(refusal(json), HasSubstr(std::string("lacks '") + key)) << key;
  }
}

TEST(ModelDescription, WritesNothingThatItWouldNotRead) {
  core::TensorFile content;
  ModelDescription description = example();
  description.crop = 50;
  EXPECT_THROW(put_description(content, description), core::DataError);
  EXPECT_TRUE(content.metadata.empty());
}

}  // namespace
}  // namespace coopseg::model
