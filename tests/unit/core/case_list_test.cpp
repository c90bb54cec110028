#include "coopseg/core/case_list.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/subject.h"
#include "support/support.h"

using namespace coopseg::core;

namespace {
std::vector<Case> parse(const std::string& text, const fs::path& folder = "data") {
  return parse_cases(text, folder, "list");
}
const char kCase[] =
    R"({"id":"p1","frame":"ED","image":"p1/ED_img.nii.gz","label":"p1/ED_seg.nii.gz","site":"A","x":[1]})";
}  // namespace

TEST(CaseList, PathsAreRelativeToTheListsFolder) {
  const auto cases = parse(kCase);
  ASSERT_EQ(cases.size(), 1u);
  EXPECT_EQ(cases[0].image(), "data/p1/ED_img.nii.gz");
  EXPECT_EQ(*cases[0].label(), "data/p1/ED_seg.nii.gz");
  EXPECT_EQ(parse(R"({"id":"a","image":"/abs/x.nii"})")[0].image(), "/abs/x.nii");
}

TEST(CaseList, UnknownFieldsAndOrderAreKept) {
  EXPECT_EQ(case_to_line(parse(kCase)[0], "data"), kCase);
}

TEST(CaseList, PathsAreRewrittenForAnotherFolder) {
  const auto fields = parse_json(case_to_line(parse(kCase)[0], "out/predictions"), "test");
  EXPECT_EQ(fields["image"], "../../data/p1/ED_img.nii.gz");
  EXPECT_EQ(parse_json(case_to_line(parse(kCase)[0], ""), "test")["image"], "data/p1/ED_img.nii.gz");
  EXPECT_EQ(parse_json(case_to_line(parse(R"({"id":"a","image":"/abs/x.nii"})")[0], "out"), "test")["image"],
            "/abs/x.nii");
}

TEST(CaseList, NewPathsReplaceOldOnes) {
  Case c = parse(kCase)[0];
  c.set_path("image", "out/p1/ED_img.nii.gz");
  EXPECT_EQ(c.image(), "out/p1/ED_img.nii.gz");
  EXPECT_EQ(parse_json(case_to_line(c, "out"), "test")["image"], "p1/ED_img.nii.gz");
}

TEST(CaseList, PathsStayRelativeForFoldersThatAreStillToBeMade) {
  const auto fields = parse_json(case_to_line(parse(kCase, "not/there")[0], "nor/this/one"), "test");
  EXPECT_EQ(fields["image"], "../../../not/there/p1/ED_img.nii.gz");
}

TEST(CaseList, AnErasedPathIsGone) {
  Case c = parse(kCase)[0];
  c.set_path("label", "x.nii");
  c.erase("label");
  EXPECT_FALSE(c.label());
  EXPECT_FALSE(parse_json(case_to_line(c, "out"), "test").contains("label"));
}

TEST(CaseList, BadLinesAreNamedByNumber) {
  const auto message = [](const std::string& text) {
    try {
      parse(text);
    } catch (const UsageError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  using testing::HasSubstr;
  EXPECT_THAT(message("\n{\"id\":\"a\"}"), HasSubstr("list: line 2: has no \"image\""));
  EXPECT_THAT(message("{"), HasSubstr("line 1: not valid JSON"));
  EXPECT_THAT(message("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(message(R"({"id":7,"image":"x"})"), HasSubstr("\"id\" has the wrong type"));
  EXPECT_THAT(message(R"({"id":"../a","image":"x"})"), HasSubstr("cannot be part of a file name"));
  EXPECT_THAT(message(R"({"id":"a","image":"x","labels":{"LV":0}})"), HasSubstr("expected 1 to 65535"));
  EXPECT_THAT(message("\n \n"), HasSubstr("holds no case"));
  EXPECT_THAT(message(std::string(kCase) + "\n" + kCase), HasSubstr("line 2: case p1 ED stands in the list twice"));
  EXPECT_THAT(message(std::string(100000, '[')), HasSubstr("nested deeper"));
}

TEST(CaseList, OutputPathsFollowTheToolkitsLayout) {
  Case c = parse(kCase)[0];
  EXPECT_EQ(c.output_path("img"), "p1/ED_img.nii.gz");
  c.set("repeat", 2);
  EXPECT_EQ(c.output_path("img"), "p1/ED_r2_img.nii.gz");
  c.set("artefact", "spike");
  c.set("severity", 3);
  EXPECT_EQ(c.output_path("pred"), "p1/ED_spike_s3_r2_pred.nii.gz");
  EXPECT_EQ(Case("p2", "x.nii").output_path("seg"), "p2/seg.nii.gz");
}

TEST(CaseList, FieldsThatBecomeFileNamesCannotLeaveTheFolder) {
  EXPECT_THROW(parse(R"({"id":"a","image":"x","repeat":"/../../evil"})"), UsageError);
  EXPECT_THROW(parse(R"({"id":"a","image":"x","severity":-1})"), UsageError);
  EXPECT_THROW(parse(R"({"id":"a","image":"x","artefact":"../a"})"), UsageError);
  EXPECT_EQ(parse(R"({"id":"a","image":"x","repeat":2})")[0].output_path("img"), "a/r2_img.nii.gz");
}

TEST(CaseList, TwoCasesOfOneOutputAreSeen) {
  const auto twins = parse(R"({"id":"a","image":"x","dataset":"one"})"
                           "\n"
                           R"({"id":"a","image":"y","dataset":"two"})");
  EXPECT_THROW(refuse_shared_outputs(twins, "list"), UsageError);
  EXPECT_NO_THROW(refuse_shared_outputs(parse(kCase), "list"));
}

TEST(CaseList, ListsInLinkedFoldersAreReadBack) {
  const coopseg::test::ScratchFolder scratch;
  fs::create_directories(scratch / "far/away/real");
  fs::create_directories(scratch / "data");
  write_file(scratch / "data/x.nii", "voxels");
  fs::create_directory_symlink(scratch / "far/away/real", scratch / "link");
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  write_file("link/cases.jsonl", case_to_line(Case("a", "data/x.nii"), "link") + "\n");
  EXPECT_TRUE(fs::exists(read_cases("link/cases.jsonl")[0].image()));
  fs::current_path(before);
}

TEST(Shard, PartsAreConsecutiveAndCoverTheList) {
  for (const std::size_t cases : {0u, 1u, 7u, 100u}) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      const auto [first, last] = Shard{i, 7}.range(cases);
      EXPECT_EQ(first, next);
      next = last;
    }
    EXPECT_EQ(next, cases);
  }
}

TEST(Subject, IsWhatTheCaseSaysOrItsIdInItsDataSet) {
  EXPECT_EQ(subject_of(parse(kCase)[0]), "p1") << "whichever the frame";
  const auto cases = parse(R"({"id":"h1","image":"x","subject":"p1","dataset":"msd"})"
                           "\n"
                           R"({"id":"h2","image":"x","subject":7,"dataset":"msd"})"
                           "\n"
                           R"({"id":"h3","image":"x","subject":"","dataset":"msd"})");
  EXPECT_EQ(subject_of(cases[0]), "msd/p1");
  EXPECT_EQ(subject_of(cases[1]), "msd/7");
  EXPECT_EQ(subject_of(cases[2]), "msd/h3");
}

TEST(Shard, IsReadFromTextAndFromSlurm) {
  EXPECT_EQ(Shard::parse("2/8").index, 2u);
  for (const char* bad : {"", "1", "8/8", "-1/8", "1/0", "1/8x", "a/b", "/"})
    EXPECT_THROW(Shard::parse(bad), UsageError);
  unsetenv("SLURM_ARRAY_TASK_ID");
  unsetenv("SLURM_ARRAY_TASK_MIN");
  EXPECT_THROW(Shard::parse("slurm"), UsageError);
  setenv("SLURM_ARRAY_TASK_ID", "5", 1);
  setenv("SLURM_ARRAY_TASK_MIN", "3", 1);
  setenv("SLURM_ARRAY_TASK_COUNT", "4", 1);
  EXPECT_EQ(Shard::parse("slurm").index, 2u);
  EXPECT_EQ(Shard::parse("slurm").count, 4u);
  setenv("SLURM_ARRAY_TASK_ID", "9", 1);
  EXPECT_THROW(Shard::parse("slurm"), UsageError);
}

TEST(CaseList, WhatWasNotDrawnIsNoClass) {
  const LabelNames names{{"LV", 1}, {"ignore", 9}};
  EXPECT_EQ(ignored_value(names), 9);
  EXPECT_EQ(without_ignored(names), (LabelNames{{"LV", 1}}));
  EXPECT_EQ(ignored_value({{"LV", 1}}), std::nullopt);
}

TEST(CaseList, DrawnSlicesAreWholeNumbersEachOnce) {
  const auto slices_of = [](const std::string& list) {
    return parse(R"({"id":"a","image":"a.nii","labelled_slices":)" + list + "}")[0].labelled_slices();
  };
  EXPECT_EQ(slices_of("[7,0,3]"), (std::vector<std::size_t>{0, 3, 7}));
  EXPECT_EQ(parse(kCase)[0].labelled_slices(), std::nullopt);
  for (const char* wrong : {"[]", "3", "[-1]", "[1.5]", "[\"0\"]", "[99999999999]", "null", "[4,4]"})
    EXPECT_THROW(slices_of(wrong), UsageError) << wrong;
}
