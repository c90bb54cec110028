#include "coopseg/dataset/layout.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/dataset/csv.h"
#include "coopseg/dataset/info_cfg.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/pattern.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using core::Case;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

// Listing never opens an image, so empty files stand for them.
class Layout : public ::testing::Test {
 protected:
  void touch(const std::string& file, const std::string& text = "") { core::write_file(scratch_ / file, text); }
  Listing list(const std::string& layout, const ListOptions& options = {}) {
    return list_folder(layout, scratch_.path(), options);
  }
  std::string relative(const fs::path& file) { return file.lexically_relative(scratch_.path()).string(); }
  template <class E>
  std::string refusal(const std::string& layout, const ListOptions& options = {}) {
    try {
      list(layout, options);
    } catch (const E& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  void patient(const std::string& folder, int ed, int es) {
    const std::string id = fs::path(folder).filename().string();
    touch(folder + "/Info.cfg",
          fmt::format("ED: {}\nES: {}\nGroup: DCM\nHeight: 184.0\nNbFrame: 30\nWeight: 95.5\n", ed, es));
    touch(folder + "/" + id + "_4d.nii.gz");
    for (const int frame : {ed, es}) {
      touch(fmt::format("{}/{}_frame{:02d}.nii.gz", folder, id, frame));
      touch(fmt::format("{}/{}_frame{:02d}_gt.nii.gz", folder, id, frame));
    }
  }
  test::ScratchFolder scratch_;
};

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> result;
  for (const Case& c : listing.cases) result.push_back(c.name());
  return result;
}

TEST_F(Layout, AcdcListsBothFramesWithWhatInfoCfgSays) {
  patient("training/patient010", 1, 12);
  patient("training/patient002", 1, 9);
  patient("testing/patient101", 2, 14);
  const Listing listing = list("acdc");
  EXPECT_THAT(names(listing), ElementsAre("patient002 ED", "patient002 ES", "patient010 ED", "patient010 ES",
                                          "patient101 ED", "patient101 ES"));
  const Case& es = listing.cases[3];
  EXPECT_EQ(relative(es.image()), "training/patient010/patient010_frame12.nii.gz");
  EXPECT_EQ(relative(*es.label()), "training/patient010/patient010_frame12_gt.nii.gz");
  EXPECT_EQ(es.labels(), (core::LabelNames{{"RV", 1}, {"MYO", 2}, {"LV", 3}}));
  EXPECT_EQ(es.text("dataset"), "acdc");
  EXPECT_EQ(es.text("subset"), "training");
  EXPECT_EQ(es.text("group"), "DCM");
  EXPECT_EQ(es.integer("frame_number"), 12);
  EXPECT_EQ(es.integer("frame_count"), 30);
  EXPECT_DOUBLE_EQ(es.field("height_cm").get<double>(), 184);
  EXPECT_DOUBLE_EQ(es.field("weight_kg").get<double>(), 95.5);
  EXPECT_FALSE(es.integer("frame_index"));
  EXPECT_THAT(listing.problems, IsEmpty());
}

TEST_F(Layout, AcdcTakesPlainFilesAndFramesOutOfTheCine) {
  touch("patient001/Info.cfg", "ED: 1\r\nES: 7\r\n");
  touch("patient001/patient001_4d.nii");
  touch("patient001/patient001_frame01.nii");
  const Listing listing = list("acdc");
  EXPECT_EQ(relative(listing.cases[0].image()), "patient001/patient001_frame01.nii");
  EXPECT_EQ(relative(listing.cases[1].image()), "patient001/patient001_4d.nii");
  EXPECT_EQ(listing.cases[1].integer("frame_index"), 6);
  EXPECT_EQ(count_without_label(listing.cases), 2u);
}

TEST_F(Layout, NamesThatJsonCannotHoldAreRefused) {
  touch("p\xff/img.nii.gz");
  EXPECT_THAT(refusal<core::DataError>("coopseg"), HasSubstr("UTF-8"));
}

TEST_F(Layout, AcdcLeavesOutASubjectItCannotRead) {
  patient("patient001", 1, 12);
  touch("patient002/patient002_frame01.nii.gz");
  touch("patient003/Info.cfg", "ED: 1\nES: 40\nNbFrame: 30\n");
  const Listing listing = list("acdc");
  EXPECT_THAT(names(listing), ElementsAre("patient001 ED", "patient001 ES"));
  EXPECT_THAT(listing.problems, ElementsAre(HasSubstr("patient002 is left out"), HasSubstr("frame 40 as ES")));
}

TEST_F(Layout, ASubjectInTwoFoldersIsRefused) {
  patient("training/patient001", 1, 12);
  patient("copy/patient001", 1, 12);
  EXPECT_THAT(refusal<core::DataError>("acdc"), HasSubstr("same name"));
}

TEST_F(Layout, MnmsTakesFramesSiteAndVendorFromTheTable) {
  for (const char* id : {"Training/Labeled/A0S9V9", "Testing/B1"}) {
    const std::string name = fs::path(id).filename().string();
    touch(std::string(id) + "/" + name + "_sa.nii.gz");
    if (name == "A0S9V9") touch(std::string(id) + "/" + name + "_sa_gt.nii.gz");
  }
  touch("other.csv", "a,b\n1,2\n");
  touch("info.csv",
        ",External code,VendorName,Vendor,Centre,ED,ES,Age,Pathology\r\n"
        "0,A0S9V9,Siemens,A,1,0,9,28,\"NOR, mild\"\r\n"
        "1,B1,Philips,B,2,24.0,9,,DCM\r\n"
        "2,Z9,Philips,B,2,1,9,,DCM\r\n");
  const Listing listing = list("mnms");
  EXPECT_THAT(names(listing), ElementsAre("A0S9V9 ED", "A0S9V9 ES", "B1 ED", "B1 ES"));
  const Case& es = listing.cases[1];
  EXPECT_EQ(relative(es.image()), "Training/Labeled/A0S9V9/A0S9V9_sa.nii.gz");
  EXPECT_EQ(relative(*es.label()), "Training/Labeled/A0S9V9/A0S9V9_sa_gt.nii.gz");
  EXPECT_EQ(es.integer("frame_index"), 9);
  EXPECT_EQ(es.text("site"), "1");
  EXPECT_EQ(es.text("vendor"), "A");
  EXPECT_EQ(es.text("vendor_name"), "Siemens");
  EXPECT_EQ(es.text("pathology"), "NOR, mild");
  EXPECT_EQ(es.text("age"), "28");
  EXPECT_EQ(es.text("subset"), "Training/Labeled");
  EXPECT_EQ(es.labels(), (core::LabelNames{{"LV", 1}, {"MYO", 2}, {"RV", 3}}));
  EXPECT_EQ(listing.cases[2].integer("frame_index"), 24);
  EXPECT_FALSE(listing.cases[2].label());
  EXPECT_FALSE(listing.cases[2].fields().contains("age"));
  EXPECT_THAT(listing.remarks, ElementsAre(HasSubstr("names 3 subjects, the folder holds 2")));
}

TEST_F(Layout, MnmsLeavesOutSubjectsWithoutUsableFrames) {
  for (const char* id : {"A1", "A2", "A3"}) touch(std::string(id) + "/" + id + "_sa.nii.gz");
  touch("info.csv", "External code,ED,ES\nA1,0,5\nA2,-1,5\n");
  const Listing listing = list("mnms");
  EXPECT_THAT(names(listing), ElementsAre("A1 ED", "A1 ES"));
  EXPECT_THAT(listing.problems, ElementsAre(HasSubstr("line 3, column ED"), HasSubstr("has no line for this subject")));
}

TEST_F(Layout, MnmsNeedsItsTable) {
  touch("A1/A1_sa.nii.gz");
  EXPECT_THAT(refusal<core::DataError>("mnms"), HasSubstr("--csv"));
  ListOptions options;
  options.table = scratch_ / "t.csv";
  touch("t.csv", "External code,ED\nA1,0\n");
  EXPECT_THAT(refusal<core::DataError>("mnms", options), HasSubstr("no column 'ES'"));
}

TEST_F(Layout, CoopsegKnowsFramesRepeatsAndDescriptions) {
  touch("p2/ED_img.nii.gz");
  touch("p2/ED_seg.nii.gz");
  touch("p2/ED_r1_img.nii.gz");
  touch("p10/img.nii.gz");
  touch("p10/seg.nii.gz");
  touch("p10/notes.nii.gz");
  touch("dataset.json",
        R"({"labels": {"0": "background", "1": "LV", "2": "MYO"}, "splits": {"train": ["p2"], "test": ["p10"]}})");
  const Listing listing = list("coopseg");
  EXPECT_THAT(names(listing), ElementsAre("p2 ED", "p2 ED repeat 1", "p10"));
  EXPECT_EQ(relative(*listing.cases[2].label()), "p10/seg.nii.gz");
  EXPECT_EQ(listing.cases[0].labels(), (core::LabelNames{{"LV", 1}, {"MYO", 2}}));
  EXPECT_EQ(listing.cases[0].text("split"), "train");
  EXPECT_EQ(listing.cases[2].text("split"), "test");
  EXPECT_EQ(listing.cases[1].integer("repeat"), 1);
  ListOptions options;
  options.labels = parse_label_names("cavity:1,wall:2");
  EXPECT_EQ(list("coopseg", options).cases[0].labels()[1].first, "wall");
}

TEST_F(Layout, DescriptionsByNameAreReadAndSentencesAreNot) {
  touch("p/img.nii.gz");
  touch("p/seg.nii.gz");
  touch("dataset.json", R"({"labels": {"background": 0, "LV": 1}})");
  EXPECT_EQ(list("coopseg").cases[0].labels(), (core::LabelNames{{"LV", 1}}));
  fs::remove(scratch_ / "dataset.json");
  touch("dataset.json", R"({"labels": {"1": "the cavity, papillary muscles included: as drawn"}})");
  const Listing listing = list("coopseg");
  EXPECT_THAT(listing.cases[0].labels(), IsEmpty());
  EXPECT_THAT(listing.remarks, ElementsAre(HasSubstr("--labels")));
  fs::remove(scratch_ / "dataset.json");
  touch("dataset.json", "{");
  EXPECT_THAT(refusal<core::DataError>("coopseg"), HasSubstr("dataset.json"));
}

TEST_F(Layout, GlobFindsLabelsThroughPlaces) {
  touch("images/leeds/p1_x_ED_0000.nii.gz");
  touch("images/leeds/p1_x_ES_0000.nii.gz");
  touch("images/lima/p2_ED_0000.nii.gz");
  touch("labels/p1_x_ED_v2.nii.gz");
  touch("labels/p2_ED.nii.gz");
  ListOptions options;
  options.image_pattern = "images/{site}/{id}_{frame}_0000.nii.gz";
  options.label_pattern = "labels/{id}_{frame}*.nii.gz";
  const Listing listing = list("glob", options);
  EXPECT_THAT(names(listing), ElementsAre("p1_x ED", "p1_x ES", "p2 ED"));
  EXPECT_EQ(relative(*listing.cases[0].label()), "labels/p1_x_ED_v2.nii.gz");
  EXPECT_FALSE(listing.cases[1].label());
  EXPECT_EQ(listing.cases[2].text("site"), "lima");
  touch("labels/p2_ED_v2.nii.gz");
  EXPECT_THAT(refusal<core::DataError>("glob", options), HasSubstr("has two labels"));
}

TEST_F(Layout, GlobRefusesWhatWouldBeAmbiguous) {
  touch("a/p1.nii.gz");
  touch("b/p1.nii.gz");
  ListOptions options;
  EXPECT_THAT(refusal<core::UsageError>("glob", options), HasSubstr("--image"));
  options.image_pattern = "**/{id}.nii.gz";
  EXPECT_THAT(refusal<core::DataError>("glob", options), HasSubstr("are both p1"));
  options.image_pattern = "*/*.nii.gz";
  EXPECT_THAT(refusal<core::UsageError>("glob", options), HasSubstr("{id}"));
  options.image_pattern = "a/{id}.nii.gz";
  options.label_pattern = "b/{id}_{frame}.nii.gz";
  EXPECT_THAT(refusal<core::UsageError>("glob", options), HasSubstr("{frame}"));
  options.image_pattern = "{label}/{id}.nii.gz";
  EXPECT_THAT(refusal<core::UsageError>("glob", options), HasSubstr("another meaning"));
}

TEST_F(Layout, ThatHoldsNothingSaysWhatWasExpected) {
  for (const std::string layout : {"acdc", "mnms", "coopseg", "bids"}) {
    EXPECT_THAT(refusal<core::DataError>(layout), HasSubstr("expected")) << layout;
  }
  for (const std::string layout : {"msd", "nnunet"}) {
    EXPECT_THAT(refusal<core::IoError>(layout), HasSubstr("dataset.json")) << layout;
  }
  EXPECT_THAT(refusal<core::UsageError>("dicom"),
              HasSubstr("acdc, mnms, mnms2, emidec, coopseg, msd, nnunet, bids, uamt, ssl4mis, glob"));
  EXPECT_THROW(list_folder("acdc", scratch_ / "absent", {}), core::IoError);
}

TEST(Csv, ReadsQuotesBreaksSemicolonsAndMarks) {
  const Table table = parse_csv("\xEF\xBB\xBFid; note ;x\r\na;\"one; \"\"two\"\"\nthree\";1\n\nb; plain ;2", "t.csv");
  EXPECT_THAT(table.columns, ElementsAre("id", "note", "x"));
  ASSERT_THAT(table.rows, SizeIs(2));
  EXPECT_EQ(table.value(0, "NOTE"), "one; \"two\"\nthree");
  EXPECT_EQ(table.value(1, "note"), "plain");
  EXPECT_EQ(table.lines[1], 5u);
  EXPECT_EQ(table.value(1, "absent"), "");
}

TEST(Csv, NamesTheLineThatIsWrong) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_csv(text, "t.csv");
    } catch (const core::DataError& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_THAT(refusal("a,b\n1,2\n1,2,3\n"), HasSubstr("line 3 holds 3 fields"));
  EXPECT_THAT(refusal("a,b\n1,\"2\n"), HasSubstr("never closed"));
  EXPECT_THAT(refusal("\n\n"), HasSubstr("is empty"));
}

TEST(InfoCfg, RefusesMissingFramesAndWrongNumbers) {
  EXPECT_THROW(parse_info_cfg("ED: 1\n", "Info.cfg"), core::DataError);
  EXPECT_THROW(parse_info_cfg("ED: 0\nES: 3\n", "Info.cfg"), core::DataError);
  EXPECT_THROW(parse_info_cfg("ED: 1\nES: three\n", "Info.cfg"), core::DataError);
  EXPECT_THROW(parse_info_cfg("ED: 1\nES: 3\nHeight: tall\n", "Info.cfg"), core::DataError);
  EXPECT_THROW(parse_info_cfg("ED 1\nES: 3\n", "Info.cfg"), core::DataError);
  const PatientInfo info = parse_info_cfg("ED: 1\nES: 3\n", "Info.cfg");
  EXPECT_FALSE(info.height_cm || info.weight_kg || info.frame_count);
}

TEST(Patterns, MatchWholePathsOnly) {
  const auto id = [](const char* pattern, const char* path) -> std::string {
    auto places = Pattern(pattern, "--image").match(path);
    return places ? (*places)["id"] : "-";
  };
  EXPECT_EQ(id("{id}/img.nii.gz", "p1/img.nii.gz"), "p1");
  EXPECT_EQ(id("{id}/img.nii.gz", "a/p1/img.nii.gz"), "-");
  EXPECT_EQ(id("**/{id}.nii", "p1.nii"), "p1");
  EXPECT_EQ(id("**/{id}.nii", "a/b/p1.nii"), "p1");
  EXPECT_EQ(id("*/{id}.nii", "a/b/p1.nii"), "-");
  EXPECT_EQ(id("{id}/{id}1.nii", "p/p1.nii"), "p");
  EXPECT_EQ(id("{id}/{id}.nii", "p/q.nii"), "-");
  EXPECT_EQ(id("{id}.n?i", "p.nii"), "p");
  EXPECT_EQ(id("a+b(1)/{id}.nii", "a+b(1)/p.nii"), "p");
  EXPECT_EQ(id("{id}.nii", "pxnii"), "-");
  for (const char* bad : {"", "/data/{id}.nii", "../{id}.nii", "{id.nii", "{}.nii", "{ID}.nii"}) {
    EXPECT_THROW(Pattern(bad, "--image"), core::UsageError) << bad;
  }
}

}  // namespace
}  // namespace coopseg::dataset
