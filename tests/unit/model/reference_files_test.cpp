#include "coopseg/model/reference_files.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "coopseg/model/torch_file.h"
#include "pickles.h"
#include "small_model.h"
#include "support/support.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr auto kNo = core::Overwrite::no;

std::string refusal(const fs::path& source) {
  try {
    read_reference_model(source);
  } catch (const core::Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

void write_module(const fs::path& folder, const core::TensorFile& content, const std::string& module) {
  StateDict state;
  for (const auto& [name, tensor] : content.tensors) {
    if (name.rfind(module + "/", 0) == 0) state.emplace_back(name.substr(module.size() + 1), tensor);
  }
  core::write_file(folder / (module + ".pth"), state_dict_file(state, module), core::Overwrite::yes);
}

TEST(ReferenceFiles, ReadsTheReferencesOwnBitForBit) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const ReferenceModel model = read_reference_model(folder / "checkpoints");
  EXPECT_TRUE(model.slow_thinking);
  EXPECT_EQ(model.classes, 4);
  EXPECT_EQ(model.network, "");
  ASSERT_EQ(model.files.size(), 5u);
  EXPECT_EQ(model.files[0].name, "image_encoder.pth");
  EXPECT_EQ(model.files[0].sha256, core::sha256_of_file(folder / "checkpoints" / "image_encoder.pth"));
  test::expect_equal(model.content, core::read_tensor_file(folder / "weights.safetensors"));
}

TEST(ReferenceFiles, ComeBackAsTheyWereWritten) {
  for (const bool slow_thinking : {false, true}) {
    const test::ScratchFolder folder;
    const core::TensorFile content = test::formula_state(3, slow_thinking);
    const auto paths = write_reference_model(content, slow_thinking, 3, folder / "a", kNo);
    EXPECT_EQ(paths.size(), slow_thinking ? 5u : 3u);
    const ReferenceModel back = read_reference_model(folder / "a");
    EXPECT_EQ(back.slow_thinking, slow_thinking);
    EXPECT_EQ(back.classes, 3);
    test::expect_equal(content, back.content);
    for (const auto& path : write_reference_model(back.content, slow_thinking, 3, folder / "b", kNo)) {
      EXPECT_TRUE(core::read_file(path) == core::read_file(folder / "a" / path.filename().string())) << path;
    }
  }
}

TEST(ReferenceFiles, AreNeverMixedOrOverwritten) {
  const test::ScratchFolder folder;
  const core::TensorFile both = test::formula_state(2, true), ftn = test::formula_state(2, false);
  write_reference_model(both, true, 2, folder.path(), kNo);
  EXPECT_THROW(write_reference_model(both, true, 2, folder.path(), kNo), core::UsageError);
  for (const auto overwrite : {kNo, core::Overwrite::yes}) {
    EXPECT_THROW(write_reference_model(ftn, false, 2, folder.path(), overwrite), core::UsageError);
  }
  test::expect_equal(read_reference_model(folder.path()).content, both);
  write_reference_model(both, true, 2, folder.path(), core::Overwrite::yes);
  // All or none: the last one cannot be written.
  fs::remove_all(folder / "image_encoder.pth");
  fs::remove_all(folder / "shape_decoder.pth");
  fs::create_directories(folder / "shape_decoder.pth" / "in the way");
  EXPECT_THROW(write_reference_model(both, true, 2, folder.path(), kNo), core::Error);
  EXPECT_FALSE(fs::exists(folder / "image_encoder.pth"));
}

TEST(ReferenceFiles, RefusesFoldersThatAreNoModel) {
  const test::ScratchFolder folder;
  EXPECT_THAT(refusal(folder / "absent"), HasSubstr("No such file"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("no image_encoder.pth"));
  const core::TensorFile content = test::formula_state(2, true);
  write_module(folder.path(), content, "image_encoder");
  EXPECT_THAT(refusal(folder / "image_encoder.pth"), HasSubstr("one module"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("no segmentation_decoder.pth"));
  write_module(folder.path(), content, "segmentation_decoder");
  write_module(folder.path(), content, "image_decoder");
  EXPECT_EQ(refusal(folder.path()), "");
  write_module(folder.path(), content, "shape_decoder");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("not shape_encoder.pth"));
}

TEST(ReferenceFiles, RefusesWeightsOfOtherNetworks) {
  const test::ScratchFolder folder;
  const core::TensorFile good = test::formula_state(2, false);
  write_reference_model(good, false, 2, folder.path(), kNo);
  const auto refused = [&](const std::string& module, auto&& spoil) {
    core::TensorFile bad = good;
    spoil(bad.tensors);
    write_module(folder.path(), bad, module);
    std::string message = refusal(folder.path());
    write_module(folder.path(), good, module);
    return message;
  };
  EXPECT_THAT(refused("image_decoder", [](auto& t) { t.erase("image_decoder/final_conv.bias"); }),
              HasSubstr("no tensor 'image_decoder/final_conv.bias'"));
  EXPECT_THAT(refused("image_decoder", [](auto& t) { t["image_decoder/final_conv.bias"].shape = {1, 1}; }),
              HasSubstr("[1, 1], expected [1]"));
  EXPECT_THAT(refused("image_decoder", [](auto& t) { t["image_decoder/more.weight"] = {"F32", {1}, "0000"}; }),
              HasSubstr("does not have"));
  EXPECT_THAT(refused("segmentation_decoder",
                      [](auto& t) { t["segmentation_decoder/final_conv.weight"] = {"F32", {}, "0000"}; }),
              HasSubstr("2 to 256 classes"));
  EXPECT_EQ(refusal(folder.path()), "");
}

TEST(ReferenceFiles, ReadsASnapshot) {
  const test::ScratchFolder folder;
  const core::TensorFile content = test::formula_state(2, false);
  std::string modules = "}";
  std::vector<std::string> storages;
  for (const std::string& module : module_names(false)) {
    modules += test::text(module) + test::kOrderedDict + "(";
    for (const auto& [name, tensor] : content.tensors) {
      if (name.rfind(module + "/", 0) != 0) continue;
      std::vector<std::int64_t> strides(tensor.shape.size(), 1);
      for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
      const bool is_count = tensor.dtype == "I64";
      const auto elements = static_cast<std::int64_t>(tensor.bytes.size() / (is_count ? 8 : 4));
      modules += test::text(name.substr(module.size() + 1)) +
                 test::tensor(test::storage(std::to_string(storages.size()), elements,
                                            is_count ? "LongStorage" : "FloatStorage"),
                              {0, tensor.shape, strides});
      storages.push_back(tensor.bytes);
    }
    modules += "us";
  }
  const std::string pickle = test::kBegin + "}" + test::text("network_type") +
                             test::text("FCN_16_standard_share_code") + "s" + test::text("epoch") + "K\x09s" +
                             test::text("model_state") + modules + "s.";
  core::write_file(folder / "FCN_16_standard_share_code.pkl", test::pth(pickle, storages));
  for (const fs::path& source : {folder.path(), folder / "FCN_16_standard_share_code.pkl"}) {
    const ReferenceModel model = read_reference_model(source);
    EXPECT_EQ(model.network, "FCN_16_standard_share_code");
    EXPECT_EQ(model.epoch, 9);
    EXPECT_FALSE(model.slow_thinking);
    test::expect_equal(model.content, content);
  }
  core::write_file(folder / "other.pkl", "x");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("several snapshots"));
}

}  // namespace
}  // namespace coopseg::model
