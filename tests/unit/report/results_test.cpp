#include "coopseg/report/results.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"

namespace coopseg::report {
namespace {

using testing::HasSubstr;

std::vector<ResultList> parsed(const std::string& text) { return parse_results(text, "folder", "results.jsonl"); }

std::string refusal(const std::string& text) {
  try {
    refuse_duplicates(parsed(text));
  } catch (const core::UsageError& e) {
    return e.what();
  }
  return "";
}

TEST(Results, NameListsRelativeToTheirFolder) {
  const auto lists = parsed(
      "{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s/1.jsonl\"}\n\n"
      "{\"method\":\"m\",\"set\":\"A\",\"stage\":\"stn\",\"seed\":3,\"fold\":\"x\",\"scores\":\"/2.jsonl\","
      "\"run\":\"run/m\",\"note\":[1]}\n");
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(lists[0].scores, "folder/s/1.jsonl");
  EXPECT_TRUE(lists[0].run.empty());
  EXPECT_EQ(lists[0].stage, "");
  EXPECT_EQ(lists[0].name(), "m, A");
  EXPECT_EQ(lists[1].scores, "/2.jsonl");
  EXPECT_EQ(lists[1].run, "folder/run/m");
  EXPECT_EQ(lists[1].stage, "stn");
  EXPECT_EQ(lists[1].name(), "m, seed 3, fold x, FTN+STN, A");
}

TEST(Results, AreRefusedWithTheirLine) {
  EXPECT_THAT(refusal(""), HasSubstr("names no list"));
  EXPECT_THAT(refusal("\n{\"method\":"), HasSubstr("results.jsonl: line 2: not valid JSON"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(refusal("{\"set\":\"A\",\"scores\":\"s\"}"), HasSubstr("has no \"method\""));
  EXPECT_THAT(refusal("{\"method\":\"\",\"set\":\"A\",\"scores\":\"s\"}"), HasSubstr("\"method\" is \"\""));
  EXPECT_THAT(refusal("{\"method\":\"m\",\"set\":2,\"scores\":\"s\"}"), HasSubstr("\"set\" is 2, expected a text"));
  EXPECT_THAT(refusal("{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"stage\":\"FTN\"}"),
              HasSubstr("expected ftn or stn"));
  EXPECT_THAT(refusal("{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"seed\":1.5}"), HasSubstr("\"seed\" is 1.5"));
  for (const char* labelled : {"-1", "2.0", "\"5\"", "true", "1e30", "1000000001", "18446744073709551616"})
    EXPECT_THAT(refusal("{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"labelled\":" + std::string(labelled) + "}"),
                HasSubstr("expected a whole number from 0 to 1000000000"))
        << labelled;
}

TEST(Results, SayHowManyLabelledCasesWereLearnedFrom) {
  const auto lists = parsed(
      "{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"labelled\":5,\"seed\":1}\n"
      "{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"labelled\":0}\n"
      "{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\",\"labelled\":null}\n");
  EXPECT_EQ(lists[0].name(), "m, 5 labelled, seed 1, A");
  EXPECT_EQ(lists[1].labelled, 0u);
  EXPECT_FALSE(lists[2].labelled);
  EXPECT_EQ(with_labelled("A", lists[0].labelled), "A, 5 labelled");
  EXPECT_EQ(with_labelled("A", {}), "A");
}

TEST(Results, AreRefusedTwice) {
  const auto line = [](const std::string& more) {
    return "{\"method\":\"m\",\"set\":\"A\",\"scores\":\"s\"" + more + "}\n";
  };
  EXPECT_EQ(refusal(line("") + line(",\"seed\":0") + line(",\"seed\":0,\"fold\":1") + line(",\"stage\":\"stn\"")), "");
  EXPECT_THAT(refusal(line(",\"seed\":0") + line(",\"seed\":0")), HasSubstr("line 2: is m, seed 0, A, as"));
  EXPECT_THAT(refusal(line("") + line(",\"stage\":\"ftn\"")), HasSubstr("line 2")) << "no stage is the FTN's";
  EXPECT_EQ(refusal(line(",\"labelled\":5") + line(",\"labelled\":10") + line("")), "");
  EXPECT_THAT(refusal(line(",\"labelled\":5") + line(",\"labelled\":5")), HasSubstr("line 2: is m, 5 labelled, A, as"));
}

TEST(Scores, TakeTheirSetBehindTheLastColon) {
  const ResultList list = parse_scores("nnU-Net:v2:clean=a=b.jsonl");
  EXPECT_EQ(list.method, "nnU-Net:v2");
  EXPECT_EQ(list.set, "clean");
  EXPECT_EQ(list.scores, "a=b.jsonl");
  for (const char* text : {"", "m", "m=s.jsonl", "m:A", "m:=s", ":A=s", "m:A=", "m\n:A=s"})
    EXPECT_THROW(parse_scores(text), core::UsageError) << text;
}

}  // namespace
}  // namespace coopseg::report
