#include "coopseg/model/torch_file.h"

#include <gmock/gmock.h>

#include <cstring>

#include "coopseg/core/error.h"
#include "pickles.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;
using namespace test;

std::string floats(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

const std::string kSixNumbers = floats({0, 1, 2, 3, 4, 5});

// A file whose one tensor is this view of the storage of six numbers.
std::string viewing(const View& view, std::int64_t elements = 6) {
  return pth(state_dict(tensor(storage("0", elements), view)), {kSixNumbers});
}

std::string refusal(const std::string& bytes) {
  try {
    read_state_dict(bytes, "x.pth");
  } catch (const core::DataError& error) {
    EXPECT_EQ(error.subject(), "x.pth");
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

std::string bytes_of(const View& view) {
  const StateDict state = read_state_dict(viewing(view), "x.pth");
  EXPECT_EQ(state.size(), 1u);
  EXPECT_EQ(state[0].first, "w");
  EXPECT_EQ(state[0].second.shape, view.shape);
  return state[0].second.bytes;
}

TEST(TorchFile, TensorsComeOutRowMajor) {
  EXPECT_EQ(bytes_of({0, {2, 3}, {3, 1}}), kSixNumbers);
  EXPECT_EQ(bytes_of({0, {3, 2}, {1, 3}}), floats({0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(bytes_of({2, {2, 2}, {2, 1}}), floats({2, 3, 4, 5}));
  EXPECT_EQ(bytes_of({1, {3}, {2}}), floats({1, 3, 5}));
  EXPECT_EQ(bytes_of({5, {}, {}}), floats({5}));
  EXPECT_EQ(bytes_of({0, {0, 3}, {3, 1}}), "");
  EXPECT_EQ(bytes_of({6, {0}, {1}}), "");
  // A side of 1 may have any stride: no step of it is ever taken.
  EXPECT_EQ(bytes_of({0, {1, 6}, {INT64_MAX, 1}}), kSixNumbers);
}

TEST(TorchFile, RefusesViewsOutsideTheirStorage) {
  const auto refused = [](const View& view) { return refusal(viewing(view)); };
  EXPECT_THAT(refused({1, {2, 3}, {3, 1}}), HasSubstr("'w' reaches outside its storage of 6 numbers"));
  EXPECT_THAT(refused({0, {2, 3}, {4, 1}}), HasSubstr("outside"));
  EXPECT_THAT(refused({7, {0}, {1}}), HasSubstr("outside"));
  EXPECT_THAT(refused({-1, {2}, {1}}), HasSubstr("outside"));
  EXPECT_THAT(refused({INT64_MAX, {2}, {1}}), HasSubstr("outside"));
  EXPECT_THAT(refused({0, {2}, {INT64_MAX}}), HasSubstr("outside"));
  EXPECT_THAT(refused({0, {3, 3}, {INT64_MAX, INT64_MAX}}), HasSubstr("outside"));
  EXPECT_THAT(refused({0, {-2}, {1}}), HasSubstr("negative"));
  EXPECT_THAT(refused({5, {2}, {-1}}), HasSubstr("negative"));
  EXPECT_THAT(refused({0, {INT64_MAX, INT64_MAX, 4}, {0, 0, 0}}), HasSubstr("outside"));
  // One number repeated a million million times.
  EXPECT_THAT(refused({0, {1000000, 1000000}, {0, 0}}), HasSubstr("outside"));
}

TEST(TorchFile, RefusesStoragesThatAreNotWhatTheyClaim) {
  EXPECT_THAT(refusal(viewing({0, {6}, {1}}, 7)), HasSubstr("24 bytes, expected 7 numbers of 4"));
  EXPECT_THAT(refusal(viewing({0, {6}, {1}}, 5)), HasSubstr("24 bytes"));
  EXPECT_THAT(refusal(viewing({0, {6}, {1}}, INT64_MAX)), HasSubstr("24 bytes"));
  EXPECT_THAT(refusal(pth(state_dict(tensor(storage("1", 6), {0, {6}, {1}})), {kSixNumbers})),
              HasSubstr("no entry 'm/data/1'"));
  EXPECT_THAT(refusal(pth(state_dict(tensor(storage("../version", 6), {0, {6}, {1}})), {kSixNumbers})),
              HasSubstr("no entry"));
}

TEST(TorchFile, RefusesTensorsThatCopyOneStorageAgainAndAgain) {
  // Made once, the tensor is taken from the memo: a dozen bytes of pickle for as many numbers as the file has.
  std::string pickle = kBegin + kOrderedDict + text("w") + tensor(storage("0", 100000), {0, {100000}, {1}}) + "q\1s(";
  for (int i = 0; i < 3000; ++i) pickle += text(std::to_string(i)) + "h\1";
  EXPECT_THAT(refusal(pth(pickle + "u.", {std::string(400000, '\1')})), HasSubstr("more bytes than it has"));
}

TEST(TorchFile, RefusesUnknownModulesBeforeTheyAreRead) {
  // Many names for one dict, each of which would be a copy of it.
  const auto snapshot = [](const std::string& module) {
    const std::string dict = kOrderedDict + "(" + text("w") + tensor(storage("0", 6), {0, {6}, {1}}) + "u";
    return pth(kBegin + "}(" + text("network_type") + text("FCN_16_standard") + text("model_state") + "}(" +
                   text(module) + dict + "uu" + kEnd,
               {kSixNumbers});
  };
  EXPECT_EQ(read_snapshot(snapshot("image_encoder"), "x.pkl").modules.size(), 1u);
  EXPECT_THROW(read_snapshot(snapshot("image_encoder_2"), "x.pkl"), core::DataError);
}

TEST(TorchFile, RefusesOtherContent) {
  const std::string good = state_dict(tensor(storage("0", 6), {0, {6}, {1}}));
  EXPECT_EQ(refusal(pth(good, {kSixNumbers})), "");
  EXPECT_THAT(refusal(pth(kBegin + "K\x01.")), HasSubstr("no dict"));
  EXPECT_THAT(refusal(pth(kBegin + "}K\x01K\x02s.")), HasSubstr("no text"));
  EXPECT_THAT(refusal(pth(kBegin + "}" + text("epoch") + "K\x02s.")),
              HasSubstr("'epoch' in its state_dict is no tensor"));
  EXPECT_THAT(refusal(pth(kBegin + "}(" + text("w") + "h")), HasSubstr("too early"));
  const std::string twice = tensor(storage("0", 6), {0, {1}, {1}});
  EXPECT_THAT(refusal(pth(kBegin + "}(" + text("w") + twice + text("w") + twice + "u.", {kSixNumbers})),
              HasSubstr("'w' stands twice"));
  EXPECT_THAT(refusal(pth(good, {kSixNumbers}, {{"other/data.pkl", good}})), HasSubstr("two pickles"));
  EXPECT_THAT(refusal(stored_zip({{"m/pickle", good}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(refusal(pth(good, {kSixNumbers}, {{"m/byteorder", "big"}})), HasSubstr("big-endian"));
  EXPECT_THAT(refusal("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19" + std::string(100, 'x')),
              HasSubstr("before 1.6"));
}

TEST(TorchFile, TakesWhatNewerPyTorchAdds) {
  const std::string good = state_dict(tensor(storage("0", 6), {0, {6}, {1}}));
  EXPECT_EQ(refusal(pth(good, {kSixNumbers},
                        {{"m/byteorder", "little"}, {"m/.data/serialization_id", "0123"}, {"m/.format_version", "1"}})),
            "");
  // The versions of the layers, as an attribute.
  EXPECT_EQ(refusal(pth(good.substr(0, good.size() - 1) + "}" + text("_metadata") + kOrderedDict + text("") + "}" +
                            text("version") + "K\x01sssb.",
                        {kSixNumbers})),
            "");
}

TEST(TorchFile, ComesBackAsItWasWritten) {
  StateDict state;
  for (const auto& [dtype, width] : std::vector<std::pair<std::string, std::size_t>>{
           {"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
           {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}}) {
    state.emplace_back(dtype + ".matrix", core::StoredTensor{dtype, {2, 300, 1}, std::string(600 * width, '\1')});
    state.emplace_back(dtype + ".number", core::StoredTensor{dtype, {}, std::string(width, '\2')});
    state.emplace_back(dtype + ".nothing", core::StoredTensor{dtype, {3, 0, 2}, ""});
  }
  state.emplace_back("long", core::StoredTensor{"U8", {70000}, std::string(70000, 'x')});
  const std::string bytes = state_dict_file(state, "stem");
  EXPECT_EQ(bytes, state_dict_file(state, "stem"));
  const StateDict back = read_state_dict(bytes, "x.pth");
  ASSERT_EQ(back.size(), state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(back[i].first, state[i].first);
    EXPECT_EQ(back[i].second.dtype, state[i].second.dtype);
    EXPECT_EQ(back[i].second.shape, state[i].second.shape);
    EXPECT_EQ(back[i].second.bytes, state[i].second.bytes);
  }
}

std::string snapshot(const std::string& members) { return kBegin + "}" + members + kEnd; }

TEST(Snapshot, IsReadWithoutItsOptimiser) {
  const std::string one = tensor(storage("0", 6), {0, {6}, {1}});
  const std::string groups = "](}" + text("lr") + std::string("G\x3f\x1a\x36\xe2\xeb\x1c\x43\x2d", 9) + "s" + "e";
  const std::string bytes = pth(
      snapshot(text("network_type") + text("FCN_16_standard") + "s" + text("epoch") + "K\x07s" + text("model_state") +
               "}" + text("image_encoder") + kOrderedDict + text("w") + one + "ss" + "s" + text("optimizer_state") +
               "}" + text("image_encoder") + "}" + text("param_groups") + groups + "sss"),
      {kSixNumbers});
  const Snapshot found = read_snapshot(bytes, "x.pkl");
  EXPECT_EQ(found.network, "FCN_16_standard");
  EXPECT_EQ(found.epoch, 7);
  ASSERT_EQ(found.modules.size(), 1u);
  EXPECT_EQ(found.modules.at("image_encoder").at(0).second.bytes, kSixNumbers);
}

TEST(Snapshot, MustHoldNetworkAndModules) {
  for (const std::string& members :
       {std::string(), text("network_type") + text("a") + "s", text("model_state") + "}s",
        text("network_type") + "K\x01s" + text("model_state") + "}s",
        text("network_type") + text("a") + "s" + text("model_state") + "]s",
        text("network_type") + text("a") + "s" + text("model_state") + "}" + text("image_encoder") + "Nss"}) {
    EXPECT_THROW(read_snapshot(pth(snapshot(members)), "x.pkl"), core::DataError) << members;
  }
}

}  // namespace
}  // namespace coopseg::model
