#include "coopseg/core/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"

namespace coopseg::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const char* const kFrames =
    R"({"id":"b1","image":"b1.nii.gz","label":"l.nii","frame_index":0,"channels":{"FLAIR":{"file":"b1.nii.gz",)"
    R"("frame_index":0},"T1w":{"file":"b1.nii.gz","frame_index":1}}})";
const char* const kFiles =
    R"({"id":"p1","image":"i/p1_0000.nii","channels":{"T2":"i/p1_0000.nii","ADC":{"file":"/abs/p1_0001.nii"}}})";

std::vector<Case> list(const std::string& text) { return parse_cases(text, "data", "list.jsonl"); }

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Channels, StandInTheListWithPathsRelativeToItsFolder) {
  const Case c = list(kFiles).front();
  const std::vector<Channel> channels = c.channels();
  ASSERT_EQ(channels.size(), 2u);
  EXPECT_EQ(channels[0].name, "T2");
  EXPECT_EQ(channels[0].file, "data/i/p1_0000.nii");
  EXPECT_FALSE(channels[0].frame_index);
  EXPECT_EQ(channels[1].file, "/abs/p1_0001.nii");
  EXPECT_EQ(case_to_line(c, "data/deep"),
            R"({"id":"p1","image":"../i/p1_0000.nii","channels":{"T2":"../i/p1_0000.nii","ADC":"/abs/p1_0001.nii"}})");
  EXPECT_EQ(list(kFrames).front().channels()[1].frame_index, 1);
  EXPECT_TRUE(list(R"({"id":"a","image":"b","channels":null})").front().channels().empty());
}

TEST(Channels, ThatAreSetAreRelativeToTheCurrentFolder) {
  Case c = list(R"({"id":"a","image":"b.nii"})").front();
  c.set_channels({{"T1w", "here/t1.nii", {}}, {"T2w", "here/all.nii", 3}});
  EXPECT_EQ(c.channels()[0].file, "here/t1.nii");
  EXPECT_EQ(case_to_line(c, {}), R"({"id":"a","image":"data/b.nii","channels":{"T1w":"here/t1.nii","T2w":)"
                                 R"({"file":"here/all.nii","frame_index":3}}})");
}

TEST(Channels, OneIsChosenByItsName) {
  const Case flair = with_channel(list(kFrames), "FLAIR", "list").front();
  const Case t1 = with_channel(list(kFrames), "T1w", "list").front();
  EXPECT_EQ(t1.integer("frame_index"), 1);
  EXPECT_EQ(case_to_line(t1, "data/deep"),
            R"({"id":"b1","image":"../b1.nii.gz","label":"../l.nii","frame_index":1,"channel":"T1w"})");
  EXPECT_EQ(t1.name(), "b1 T1w");
  EXPECT_EQ(t1.output_path("img"), "b1/T1w_img.nii.gz");
  EXPECT_NE(t1.output_path("img"), flair.output_path("img"));
  const Case adc = with_channel(list(kFiles), "ADC", "list").front();
  EXPECT_EQ(adc.image(), "/abs/p1_0001.nii");
  EXPECT_TRUE(adc.channels().empty());
}

TEST(Channels, MustBeNamedWhereThereAreSeveralAndBeThere) {
  EXPECT_THAT(message_of([] { with_channel(list(kFrames), "", "l.jsonl"); }),
              HasSubstr("l.jsonl: b1 has several channels: FLAIR, T1w"));
  EXPECT_THAT(message_of([] { with_channel(list(kFrames), "T2w", "l.jsonl"); }),
              HasSubstr("b1 of l.jsonl has no channel 'T2w'; it has FLAIR, T1w"));
  const char* const plain = R"({"id":"a","image":"b.nii"})";
  EXPECT_THAT(message_of([&] { with_channel(list(plain), "T1w", "l.jsonl"); }), HasSubstr("no case of l.jsonl"));
  EXPECT_EQ(with_channel(list(plain), "", "l.jsonl").size(), 1u);
  const char* const chosen = R"({"id":"a","image":"b.nii","channel":"T1w"})";
  EXPECT_EQ(with_channel(list(chosen), "T1w", "l.jsonl").size(), 1u);
  EXPECT_THAT(message_of([&] { with_channel(list(chosen), "T2w", "l.jsonl"); }), HasSubstr("is another"));
  const char* const single = R"({"id":"a","image":"b.nii","channels":{"CT":"c.nii"}})";
  EXPECT_EQ(with_channel(list(single), "", "l.jsonl").front().image(), "data/c.nii");
}

TEST(Channels, AreCasesOfTheirOwnWhereEachIsRead) {
  std::vector<std::string> names;
  for (const Case& c : with_each_channel(list(std::string(kFrames) + "\n" + R"({"id":"a","image":"b"})")))
    names.push_back(c.name());
  EXPECT_THAT(names, ElementsAre("b1 FLAIR", "b1 T1w", "a"));
}

TEST(Channels, ThatAreNoneAreRefusedByLine) {
  for (const char* channels : {"[]", "{}", "7", R"({"":"f"})", R"({"a/b":"f"})", R"({"a":7})", R"({"a":""})",
                               R"({"a":{}})", R"({"a":{"file":7}})", R"({"a":{"file":"f","frame_index":-1}})",
                               R"({"a":{"file":"f","frame_index":1.5}})", R"({"a":{"file":"f","frame_index":1e99}})",
                               R"({"a":{"file":"f","frame_index":18446744073709551615}})"}) {
    const std::string line = std::string(R"({"id":"a","image":"b","channels":)") + channels + "}";
    EXPECT_THAT(message_of([&] { list(line); }), HasSubstr("list.jsonl: line 1: ")) << channels;
    EXPECT_THAT(message_of([&] { list(line); }), HasSubstr("channel")) << channels;
  }
}

}  // namespace
}  // namespace coopseg::core
