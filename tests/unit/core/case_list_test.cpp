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

TEST(CaseList, UnknownFieldsAndOrderAreKept) { EXPECT_EQ(case_to_line(parse(kCase)[0], "data"), kCase); }

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
  EXPECT_THAT(message(R"({"id":[7],"image":"x"})"), HasSubstr("\"id\" has the wrong type"));
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

TEST(Shard, IsReadFromText) {
  EXPECT_EQ(Shard::parse("2/8").index, 2u);
  EXPECT_EQ(Shard::parse("2/8").count, 8u);
  for (const char* bad : {"", "1", "8/8", "-1/8", "1/0", "1/8x", "a/b", "/", "+1/8", " 1/8", "1/99999999999999999999"})
    EXPECT_THROW(Shard::parse(bad), UsageError) << bad;
}

// The variables of a task of sbatch --array=...
class SlurmArray {
 public:
  SlurmArray(int id, int first, int last, int count) {
    set("SLURM_ARRAY_TASK_ID", id);
    set("SLURM_ARRAY_TASK_MIN", first);
    set("SLURM_ARRAY_TASK_MAX", last);
    set("SLURM_ARRAY_TASK_COUNT", count);
  }
  ~SlurmArray() {
    for (const char* variable : {"ID", "MIN", "MAX", "COUNT"})
      unsetenv((std::string("SLURM_ARRAY_TASK_") + variable).c_str());
  }

 private:
  static void set(const char* variable, int value) { setenv(variable, std::to_string(value).c_str(), 1); }
};

TEST(Shard, IsATaskOfAWholeArray) {
  EXPECT_THROW(Shard::parse("slurm"), UsageError) << "no array";
  const SlurmArray array(2, 0, 3, 4);  // --array=0-3
  EXPECT_EQ(Shard::parse("slurm").index, 2u);
  EXPECT_EQ(Shard::parse("slurm").count, 4u);
}

// Failed tasks of 0-9 submitted again once did the whole list, or parts of another division.
TEST(Shard, OfAnArrayThatMayNotBeWholeNeedsTheTotal) {
  struct Submitted {
    int id, first, last, count;
  };
  for (const auto& [id, first, last, count] :
       {Submitted{2, 2, 2, 1} /* --array=2 */, Submitted{3, 3, 17, 2} /* 3,17 */, Submitted{0, 0, 6, 4} /* 0-6:2 */,
        Submitted{2, 0, 6, 4}, Submitted{1, 1, 4, 4} /* 1-4 */, Submitted{0, 0, 5, 2} /* 0,5 */,
        Submitted{0, 0, 0, 1} /* --array=0, of one task or of many */}) {
    const SlurmArray array(id, first, last, count);
    try {
      Shard::parse("slurm");
      ADD_FAILURE() << first << " to " << last << " was taken for a whole array";
    } catch (const UsageError& e) {
      EXPECT_NE(std::string(e.what()).find("--shard slurm:"), std::string::npos) << e.what();
    }
    EXPECT_EQ(Shard::parse("slurm:18").index, static_cast<std::size_t>(id));
    EXPECT_EQ(Shard::parse("slurm:18").count, 18u);
  }
}

TEST(Shard, NoTaskWorksInAnArrayThatHasOneTooMany) {
  const SlurmArray array(1, 1, 4, 4);  // --array=1-4
  EXPECT_THROW(Shard::parse("slurm:4"), UsageError) << "as task 4 will be";
  for (const char* bad : {"slurm:", "slurm:0", "slurm:x", "slurm:-4", "slurm:4x", "slurm/4"})
    EXPECT_THROW(Shard::parse(bad), UsageError) << bad;
}

TEST(Shard, PartsOfAnotherDivisionAreSeen) {
  const coopseg::test::ScratchFolder scratch;
  write_file(scratch / "cases.3-of-4.jsonl", "");
  EXPECT_NO_THROW(refuse_parts_of_another(scratch.path(), 4));
  EXPECT_THROW(refuse_parts_of_another(scratch.path(), 2), UsageError);
  EXPECT_THROW(refuse_parts_of_another(scratch.path(), 1), UsageError);
  EXPECT_NO_THROW(refuse_parts_of_another(scratch / "not-there", 2));
}

// As data frames write a missing value.
TEST(CaseList, NullIsNoField) {
  const Case c = parse(R"({"id":"a","frame":null,"image":"a.nii","label":null,"prediction":null,"labels":null,)"
                       R"("prediction_labels":null,"repeat":null,"severity":null,"frame_index":null,"channels":null,)"
                       R"("labelled_slices":null,"true_label":null,"age":null})")[0];
  EXPECT_EQ(case_to_line(c, {}), R"({"id":"a","image":"data/a.nii"})");
  EXPECT_EQ(c.name(), "a");
  for (const char* missing : {R"({"id":null,"image":"a.nii"})", R"({"id":"a","image":null})"}) {
    EXPECT_THROW(parse(missing), UsageError) << missing;
  }
  try {
    parse(R"({"id":"a","image":null})");
  } catch (const UsageError& e) {
    EXPECT_NE(std::string(e.what()).find("has no \"image\""), std::string::npos) << e.what();
  }
}

TEST(CaseList, NumbersAreIdsAndFramesToo) {
  const auto cases = parse(R"({"id":7,"frame":1,"image":"a.nii"})"
                           "\n"
                           R"({"id":8.0,"frame":1.5,"image":"a.nii"})");
  EXPECT_EQ(cases[0].name(), "7 1");
  EXPECT_EQ(cases[1].name(), "8 1.5");
  EXPECT_THROW(parse(R"({"id":true,"image":"a.nii"})"), UsageError);
  const Case c = parse(R"({"id":"a","image":"a.nii","dataset":3.0,"split":1,"channel":2,"artefact":4.0})")[0];
  for (const auto& [field, text] : {std::pair{"dataset", "3"}, {"split", "1"}, {"channel", "2"}, {"artefact", "4"}})
    EXPECT_EQ(c.field(field), text) << field;
}

// A hospital's number of 24 digits once became the id 1.2345678901234569e+23.
TEST(CaseList, NumbersOfMoreDigitsThanAreKeptAreNoIds) {
  EXPECT_EQ(parse(R"({"id":12345678901234567890,"image":"a.nii"})")[0].id(), "12345678901234567890");
  for (const char* id : {"123456789012345678901234", "9007199254740992.0", "-1e30"}) {
    try {
      parse(std::string(R"({"image":"a.nii","id":)") + id + "}");
      ADD_FAILURE() << id;
    } catch (const UsageError& e) {
      EXPECT_NE(std::string(e.what()).find("write it in quotes"), std::string::npos) << e.what();
    }
  }
}

// A column of whole numbers with gaps is one of floating point numbers in a data frame.
TEST(CaseList, WholeNumbersMayBeWrittenAsFloatingPoint) {
  const Case c = parse(R"({"id":"a","image":"a.nii","frame_index":2.0,"repeat":1.0,"severity":3.0,)"
                       R"("labels":{"background":0.0,"LV":1.0,"RV":3.0},"labelled_slices":[0.0,4.0],)"
                       R"("channels":{"T1w":{"file":"a.nii","frame_index":1.0}}})")[0];
  EXPECT_EQ(c.integer("frame_index"), 2);
  EXPECT_EQ(c.name(), "a severity 3 repeat 1");
  EXPECT_EQ(c.labels(), (LabelNames{{"LV", 1}, {"RV", 3}}));
  EXPECT_EQ(c.labelled_slices(), (std::vector<std::size_t>{0, 4}));
  EXPECT_EQ(c.channels()[0].frame_index, 1);
  for (const char* broken : {R"("labels":{"LV":1.5})", R"("labels":{"LV":1e300})", R"("repeat":1.5)",
                             R"("repeat":-1.0)", R"("labelled_slices":[0.5])"}) {
    EXPECT_THROW(parse(std::string(R"({"id":"a","image":"a.nii",)") + broken + "}"), UsageError) << broken;
  }
}

// As nnU-Net's users write it.
TEST(CaseList, ABackgroundOfZeroSaysNothingNew) {
  const auto labels_of = [](const std::string& labels) {
    return parse(R"({"id":"a","image":"a.nii","labels":)" + labels + "}")[0].labels();
  };
  EXPECT_EQ(labels_of(R"({"background":0,"LV":1})"), (LabelNames{{"LV", 1}}));
  EXPECT_EQ(labels_of(R"({"Background":0,"LV":1,"RV":null})"), (LabelNames{{"LV", 1}}));
  EXPECT_THROW(labels_of(R"({"LV":0})"), UsageError) << "a class that would never be found";
  EXPECT_THROW(labels_of(R"({"background":1,"LV":2})"), UsageError) << "a class called background";
}

TEST(CaseList, NotANumberIsRefusedByItsLineAndName) {
  for (const char* word : {"NaN", "-Infinity"}) {
    try {
      parse(std::string(kCase) + "\n" + R"({"id":"b","image":"b.nii","age":)" + word + "}");
      ADD_FAILURE() << word;
    } catch (const UsageError& e) {
      const std::string what = e.what();
      EXPECT_NE(what.find("line 2"), std::string::npos) << what;
      EXPECT_NE(what.find(word[0] == '-' ? "Infinity" : "NaN"), std::string::npos) << what;
    }
  }
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
  for (const char* wrong : {"[]", "3", "[-1]", "[1.5]", "[\"0\"]", "[99999999999]", "[4,4]"})
    EXPECT_THROW(slices_of(wrong), UsageError) << wrong;
}
