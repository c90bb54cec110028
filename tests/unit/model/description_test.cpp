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
  description.input.crop = 64;
  description.input.normalisation = Normalisation::none;
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

TEST(ModelDescription, RecordsHowTheTrainingImagesLay) {
  ModelDescription description = example();
  EXPECT_FALSE(to_json(description).contains("orientation"));  // of a model that is older
  description.orientation.emplace();
  description.orientation->nominal = 7;
  EXPECT_FALSE(model_description_from_json(to_json(description), "m").orientation->axes);
  description.orientation->axes = {0, 1, 0, 0, 0, -1, 1, 0, 0};
  description.orientation->images = 20;
  const core::Json json = to_json(description);
  EXPECT_EQ(
      json["orientation"].dump(),
      R"({"axes":[[0.0,0.0,1.0],[1.0,0.0,0.0],[0.0,-1.0,0.0]],"code":"SLA","slice_axis":2,)"
      R"("images":20,"otherwise":0,"nominal":7})");
  const auto back = model_description_from_json(json, "m").orientation;
  EXPECT_EQ(back->axes, description.orientation->axes);
  EXPECT_EQ(back->images, 20u);
  for (const char* bad :
       {"[1,2,3]", "[[1,0,0],[0,1,0]]", "[[1,0,0],[0,1,0],[0,0,5]]", "[[1,0,0],[0,1,0],[0,0,\"1\"]]", "7"}) {
    core::Json broken = json;
    broken["orientation"]["axes"] = core::Json::parse(bad);
    EXPECT_THAT(refusal(broken), HasSubstr("'orientation' whose axes")) << bad;
  }
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
  EXPECT_EQ(back.input.crop, 64u);
  EXPECT_FALSE(back.input.minmax());
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
  EXPECT_THAT(refusal({{"format", 3}, {"network", 7}}), HasSubstr("newer version"));
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
  description.input.crop = 50;
  EXPECT_THROW(put_description(content, description), core::DataError);
  EXPECT_TRUE(content.metadata.empty());
}

// What format 1 has no word for.
ModelDescription volumes() {
  ModelDescription description = example();
  description.network = "W-Net";
  description.input.dimensions = 3;
  description.input.channels = 2;
  description.input.spacing_mm = {1, 1.25, 0.1};
  description.input.crop = 0;
  description.input.window = {112, 96, 80};
  description.outputs = {"segmentation", "mean", "distance"};
  return description;
}

TEST(ModelDescriptionFormat2, ComesBack) {
  const core::Json json = to_json(volumes());
  const ModelDescription back = model_description_from_json(core::parse_json(core::to_line(json), "m"), "m");
  EXPECT_EQ(to_json(back), json);
  EXPECT_EQ(back.network, "W-Net");
  EXPECT_EQ(back.input.dimensions, 3);
  EXPECT_EQ(back.input.channels, 2);
  EXPECT_EQ(back.input.spacing_mm, (std::vector<double>{1, 1.25, 0.1}));
  EXPECT_EQ(back.input.normalisation, Normalisation::none);
  EXPECT_EQ(back.input.crop, 0u);
  EXPECT_EQ(back.input.window, (std::vector<std::size_t>{112, 96, 80}));
  EXPECT_EQ(back.outputs, volumes().outputs);
  EXPECT_TRUE(back.has_output("mean"));
  EXPECT_FALSE(back.has_output(kSlowOutput));
  EXPECT_EQ(back.classes, example().classes);
  EXPECT_EQ(back.training, example().training);
}

// Programs of format 1 read the number of the format first, and say "newer" of any above theirs.
TEST(ModelDescriptionFormat2, IsWrittenForWhatFormat1CannotSayOnly) {
  const auto format = [](auto&& change) {
    ModelDescription description = example();
    change(description);
    const core::Json json = to_json(description);
    EXPECT_EQ(json["format"], format_of(description));
    EXPECT_EQ(json.begin().key(), "format");
    EXPECT_EQ(json.contains("input"), format_of(description) == 2);
    EXPECT_EQ(to_json(model_description_from_json(json, "m")), json);
    return format_of(description);
  };
  EXPECT_EQ(format([](ModelDescription&) {}), 1);
  EXPECT_EQ(format([](ModelDescription& d) { d.outputs = {"ftn", "stn"}; }), 1);
  EXPECT_EQ(format([](ModelDescription& d) { d.network = kNetworkTypes.of(NetworkType::fcn_16_unfiltered); }), 1);
  EXPECT_EQ(format([](ModelDescription& d) { d.network = "W-Net"; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.input.dimensions = 3; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.input.channels = 2; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.input.spacing_mm = {1, 1}; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.input.crop = 50; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.outputs = {"stn"}; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) { d.outputs = {"segmentation"}; }), 2);
  EXPECT_EQ(format([](ModelDescription& d) {
              d.input.window = {64, 32};
              d.input.crop = 0;
            }),
            2);
}

TEST(ModelDescriptionFormat2, OfANetworkThatIsNotHereCanBeReadButNotRun) {
  const test::ScratchFolder folder;
  core::TensorFile content;
  put_description(content, volumes());
  content.tensors["x"] = {"U8", {1}, "x"};
  write_tensor_file(folder / "m.safetensors", content, core::Overwrite::no);
  EXPECT_EQ(to_json(model_description(content, "m")), to_json(volumes()));
  try {
    read_model_description(folder / "m.safetensors");
    FAIL() << "a W-Net is here";
  } catch (const core::DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is a model of the network 'W-Net', which this version does not have"));
  }
  ModelDescription wide = example();
  wide.input.channels = 2;
  EXPECT_THROW(check_can_run(wide, "m"), core::DataError);
  EXPECT_THROW(put_description(content, wide), core::DataError);
  EXPECT_NO_THROW(check_can_run(example(), "m"));
}

ModelDescription vnet() {
  ModelDescription description = example();
  description.network = kNetworkTypes.of(NetworkType::vnet);
  description.size = {8, Norm::instance};
  description.input.dimensions = 3;
  description.input.normalisation = Normalisation::none;
  description.input.crop = 0;
  description.input.window = {32, 48, 32};
  description.input.stride = {8, 8, 8};
  description.input.padding = Padding::minimum;
  description.outputs = one_stage_outputs(/*distance=*/true);
  return description;
}

TEST(ModelDescriptionFormat2, AVNetComesBackAndRuns) {
  const core::Json json = to_json(vnet());
  const ModelDescription back = model_description_from_json(core::parse_json(core::to_line(json), "m"), "m");
  EXPECT_EQ(to_json(back), json);
  EXPECT_EQ(back.size.filters, 8);
  EXPECT_EQ(back.size.norm, Norm::instance);
  EXPECT_EQ(back.input.stride, (std::vector<std::size_t>{8, 8, 8}));
  EXPECT_EQ(back.input.padding, Padding::minimum);
  EXPECT_NO_THROW(check_can_run(back, "m"));
  const VNetShape shape = vnet_shape(back);
  const int classes = static_cast<int>(back.classes.size());
  EXPECT_EQ(shape.logits, classes + 1);
  EXPECT_EQ(shape.distances, classes);
  ModelDescription one = vnet();
  one.classes = {{"left atrium", 1}};
  one.outputs = one_stage_outputs(false);
  EXPECT_EQ(vnet_shape(one).logits, 1);
  EXPECT_EQ(vnet_shape(one).distances, 0);
}

TEST(ModelDescriptionFormat2, AVNetThatCannotRunIsRefused) {
  const auto refused = [](const auto& change) {
    ModelDescription description = vnet();
    change(description);
    try {
      check_can_run(description, "m");
    } catch (const core::DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused([](ModelDescription& d) {
                d.input.window = {32, 40, 32};
              }),
              HasSubstr("32 x 40 x 32, not multiples of 16"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.dimensions = 2; }), HasSubstr("of 2 dimensions"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.channels = 2; }), HasSubstr("of 2 channels"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.normalisation = Normalisation::minmax; }),
              HasSubstr("normalised one by one"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.outputs = {"ftn"}; }), HasSubstr("other outputs"));
  const auto from = [](const char* pointer, core::Json value) {
    core::Json json = to_json(vnet());
    json[core::Json::json_pointer(pointer)] = std::move(value);
    return [json] { model_description_from_json(json, "m"); };
  };
  EXPECT_THROW(from("/size", 3)(), core::DataError);
  EXPECT_THROW(from("/size/filters", 0)(), core::DataError);
  EXPECT_THROW(from("/size/filters", 100000)(), core::DataError);
  EXPECT_THROW(from("/size/norm", "layer")(), core::DataError);
  EXPECT_THROW(from("/input/stride", core::Json{64, 8, 8})(), core::DataError);
  EXPECT_THROW(from("/input/stride", core::Json{8, 8})(), core::DataError);
  EXPECT_THROW(from("/input/padding", "mirror")(), core::DataError);
}

ModelDescription unet() {
  ModelDescription description = example();
  description.network = kNetworkTypes.of(NetworkType::unet);
  description.size.filters = 8;
  description.size.upsampling = Upsampling::transposed;
  description.outputs = one_stage_outputs(/*distance=*/false);
  return description;
}

ModelDescription unet_of_windows() {
  ModelDescription description = unet();
  description.input.crop = 0;
  description.input.normalisation = Normalisation::none;
  description.input.window = {64, 48};
  description.input.stride = {32, 48};
  return description;
}

TEST(ModelDescriptionFormat2, AUNetComesBackAndRuns) {
  const core::Json json = to_json(unet());
  EXPECT_EQ(json["size"], (core::Json{{"filters", 8}, {"upsampling", "transposed"}}));
  const ModelDescription back = model_description_from_json(core::parse_json(core::to_line(json), "m"), "m");
  EXPECT_EQ(to_json(back), json);
  EXPECT_EQ(format_of(back), 2);
  EXPECT_FALSE(has_two_stages(back));
  EXPECT_NO_THROW(check_can_run(back, "m"));
  const UNetShape shape = unet_shape(back);
  EXPECT_EQ(shape.channels, 1);
  EXPECT_EQ(shape.filters, 8);
  EXPECT_EQ(shape.logits, static_cast<int>(back.classes.size()) + 1);
  EXPECT_EQ(shape.upsampling, Upsampling::transposed);
  ModelDescription one = unet();
  one.classes = {{"nucleus", 1}};
  EXPECT_EQ(unet_shape(one).logits, 1);
  EXPECT_EQ(unet_shape(one).distances, 0);
}

TEST(ModelDescriptionFormat2, AUNetOfWindowsComesBackAndRuns) {
  for (const bool distance : {false, true}) {
    ModelDescription description = unet_of_windows();
    description.outputs = one_stage_outputs(distance);
    const core::Json json = to_json(description);
    EXPECT_EQ(json["input"]["dimensions"], 2);
    EXPECT_EQ(json["input"]["window"], (core::Json{64, 48}));
    EXPECT_EQ(json["input"]["stride"], (core::Json{32, 48}));
    const ModelDescription back = model_description_from_json(core::parse_json(core::to_line(json), "m"), "m");
    EXPECT_EQ(to_json(back), json);
    EXPECT_EQ(format_of(back), 2);
    EXPECT_NO_THROW(check_can_run(back, "m"));
    EXPECT_EQ(unet_shape(back).distances, distance ? static_cast<int>(back.classes.size()) : 0);
  }
}

TEST(ModelDescriptionFormat2, AUNetThatCannotRunIsRefused) {
  const auto refused = [](const auto& change) {
    ModelDescription description = unet();
    change(description);
    try {
      check_can_run(description, "m");
    } catch (const core::DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.dimensions = 3; }), HasSubstr("of 3 dimensions"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.channels = 3; }), HasSubstr("of 3 channels"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.input.crop = 40; }), HasSubstr("crop of 40 pixels"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.outputs = {"ftn"}; }), HasSubstr("other outputs"));
  EXPECT_THAT(refused([](ModelDescription& d) { d.outputs = one_stage_outputs(true); }),
              HasSubstr("distances of a crop"));
  EXPECT_THAT(refused([](ModelDescription& d) {
                (d = unet_of_windows()).input.window = {64, 40};
              }),
              HasSubstr("64 x 40, not multiples of 16"));
  EXPECT_THAT(refused([](ModelDescription& d) { (d = unet_of_windows()).input.normalisation = Normalisation::minmax; }),
              HasSubstr("one by one"));
  EXPECT_THAT(refused([](ModelDescription& d) { (d = unet_of_windows()).outputs = {"ftn"}; }),
              HasSubstr("other outputs"));
  const auto with = [](const char* pointer, core::Json value) {
    core::Json json = to_json(unet());
    json[core::Json::json_pointer(pointer)] = std::move(value);
    return refusal(json);
  };
  EXPECT_THAT(with("/size", nullptr), HasSubstr("'size'"));
  EXPECT_THAT(with("/size/filters", 0), HasSubstr("0 filters"));
  EXPECT_THAT(with("/size/upsampling", "nearest"), HasSubstr("unknown upsampling 'nearest'"));
  EXPECT_THAT(with("/size/upsampling", 2), HasSubstr("'upsampling'"));
}

TEST(ModelDescription, Format1HasTheNetworksOfTwoStagesAlone) {
  core::Json json = to_json(example());
  for (const std::string& word : kNetworkTypes.all()) {
    json["network"] = word;
    EXPECT_EQ(refusal(json).empty(), kTwoStageTypes.find(word).has_value()) << word;
  }
}

TEST(ModelDescriptionFormat2, RefusesEachWrongMember) {
  using core::Json;
  const auto with = [](const char* pointer, Json value) {
    Json json = to_json(volumes());
    json[Json::json_pointer(pointer)] = std::move(value);
    return refusal(json);
  };
  EXPECT_EQ(with("/network", "anything at all"), "");
  EXPECT_EQ(with("/outputs", {"never-heard-of"}), "");
  EXPECT_EQ(with("/input/spacing_mm", nullptr), "");
  EXPECT_EQ(with("/input/unknown", 3), "");
  EXPECT_THAT(with("/network", ""), HasSubstr("network"));
  EXPECT_THAT(with("/network", {"W-Net"}), HasSubstr("network"));
  EXPECT_THAT(with("/input", 3), HasSubstr("'input'"));
  EXPECT_THAT(with("/input", Json::array()), HasSubstr("'input'"));
  for (const Json& bad : {Json(0), Json(1), Json(4), Json(-3), Json(3.5), Json("3"), Json(std::uint64_t{1} << 40)}) {
    EXPECT_THAT(with("/input/dimensions", bad), HasSubstr("dimensions")) << bad;
  }
  for (const Json& bad : {Json(0), Json(-1), Json(1e9), Json(4294967297), Json(nullptr)}) {
    EXPECT_THAT(with("/input/channels", bad), HasSubstr("channels")) << bad;
  }
  for (const Json& bad : {Json(1.5), Json({1, 1}), Json({1, 1, 1, 1}), Json({0, 1, 1}), Json({-1, 1, 1}),
                          Json({1e300, 1, 1}), Json({"1", "1", "1"}), Json::object()}) {
    EXPECT_THAT(with("/input/spacing_mm", bad), HasSubstr("spacing_mm")) << bad;
  }
  for (const Json& bad : {Json("zscore"), Json(1), Json(nullptr), Json(true)}) {
    EXPECT_THAT(with("/input/normalisation", bad), HasSubstr("normalisation")) << bad;
  }
  for (const Json& bad :
       {Json(96), Json({96, 96}), Json({96, 96, 0}), Json({96, 96, -96}), Json({96, 96, 9.5}), Json({16385, 1, 1}),
        Json({16384, 16384, 16384}), Json({96, 96, std::uint64_t(-1)}), Json({"96", "96", "96"}), Json::array()}) {
    EXPECT_THAT(with("/input/window", bad), HasSubstr("window")) << bad;
  }
  EXPECT_THAT(with("/input/window", nullptr), HasSubstr("either a 'crop' or a 'window'"));
  EXPECT_THAT(with("/input/crop", 96), HasSubstr("either a 'crop' or a 'window'"));
  for (const Json& bad : {Json::array(), Json("mean"), Json({1}), Json({""}), Json({"a", "a"}), Json({"a/b"}),
                          Json({"a b"}), Json({"a\n"}), Json({std::string(65, 'a')}), Json(std::vector<int>(1000))}) {
    EXPECT_THAT(with("/outputs", bad), HasSubstr("outputs")) << bad;
  }
  EXPECT_NE(with("/classes", Json::object()), "");
  for (const char* key : {"/network", "/input", "/outputs", "/classes", "/training_images"}) {
    Json json = to_json(volumes());
    json.erase(key + 1);
    EXPECT_THAT(refusal(json), HasSubstr("lacks '")) << key;
  }
  for (const char* key : {"dimensions", "channels", "normalisation"}) {
    Json json = to_json(volumes());
    json["input"].erase(key);
    EXPECT_THAT(refusal(json), HasSubstr(std::string("lacks '") + key)) << key;
  }
}

}  // namespace
}  // namespace coopseg::model
