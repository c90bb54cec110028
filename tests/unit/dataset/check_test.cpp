#include "coopseg/dataset/check.h"

#include <gmock/gmock.h>

#include <limits>

#include "coopseg/core/file.h"
#include "coopseg/dataset/label_scheme.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using core::Case;
using core::Json;
using image::Grid;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

Grid heart_grid() {
  Grid grid;
  grid.size = {12, 10, 4};
  grid.spacing_mm = {1.5, 1.5, 8};
  return grid;
}

class Check : public ::testing::Test {
 protected:
  fs::path image(const std::string& name, const Grid& grid = heart_grid(), std::uint32_t seed = 0) {
    image::Image volume(grid);
    for (std::size_t i = 0; i < volume.voxels.size(); ++i) {
      volume.voxels[i] = static_cast<float>(100 * test::formula_uniform(seed, static_cast<std::uint32_t>(i)));
    }
    image::write_image(scratch_ / name, volume);
    return scratch_ / name;
  }
  // Classes 1, 2, 3 in one voxel each, and one more voxel of `extra`.
  fs::path label(const std::string& name, const Grid& grid = heart_grid(), std::int32_t extra = 1) {
    image::LabelMap volume(grid);
    for (std::int32_t value = 1; value <= 3; ++value) volume.voxels[static_cast<std::size_t>(value) * 7] = value;
    volume.voxels[40] = extra;
    image::write_labels(scratch_ / name, volume);
    return scratch_ / name;
  }
  Case make(const std::string& id, const fs::path& image, const fs::path& label = {}) {
    Case c(id, image);
    if (!label.empty()) {
      c.set_path("label", label);
      c.set_labels("labels", parse_label_names("coopseg"));
    }
    return c;
  }
  std::vector<std::string> codes(const std::vector<Case>& cases, std::size_t index = 0,
                                 const CheckOptions& options = {}, const std::vector<OtherList>& others = {}) {
    report_ = check_cases(cases, options, 2, others);
    std::vector<std::string> found;
    for (const Finding& finding : report_.cases[index].findings) {
      found.push_back(std::string(level_name(finding.level)) + " " + finding.code);
    }
    return found;
  }
  std::string message(const std::string& code, std::size_t index = 0) const {
    for (const Finding& finding : report_.cases[index].findings) {
      if (finding.code == code) return finding.message();
    }
    return {};
  }
  test::ScratchFolder scratch_;
  CheckReport report_;
};

TEST_F(Check, FindsNothingInASoundPair) {
  EXPECT_THAT(codes({make("p1", image("i.nii.gz"), label("l.nii.gz"))}), IsEmpty());
  EXPECT_EQ(report_.cases[0].worst(), Level::note);
  EXPECT_EQ(report_.files, 2u);
  const Json json = verdict_to_json(report_.cases[0]);
  EXPECT_EQ(json.begin().key(), "schema");
  EXPECT_EQ(json["schema"], "coopseg.check/1");
  EXPECT_EQ(json["verdict"], "ok");
  EXPECT_EQ(json["label"]["voxels"]["1"], 2);
  EXPECT_EQ(json["image"]["sha256"], core::sha256_of_file(scratch_ / "i.nii.gz"));
}

TEST_F(Check, FilesThatAreNotThereOrCutAreErrors) {
  EXPECT_THAT(codes({make("p1", scratch_ / "absent.nii.gz")}), Contains("error unreadable"));
  const std::string bytes = core::read_file(image("i.nii.gz"));
  core::write_file(scratch_ / "cut.nii.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(codes({make("p1", scratch_ / "cut.nii.gz")}), Contains("error broken"));
  core::write_file(scratch_ / "text.nii", "this is no image");
  EXPECT_THAT(codes({make("p1", scratch_ / "text.nii")}), Contains("error broken"));
  EXPECT_EQ(verdict_to_json(report_.cases[0])["verdict"], "error");
}

TEST_F(Check, NonFiniteVoxelsAreCounted) {
  std::string bytes = core::read_file(image("i.nii"));
  const float bad = std::numeric_limits<float>::quiet_NaN();
  bytes.replace(352 + 4 * 5, 4, reinterpret_cast<const char*>(&bad), 4);
  core::write_file(scratch_ / "nan.nii", bytes);
  EXPECT_THAT(codes({make("p1", scratch_ / "nan.nii")}), Contains("error non-finite"));
  EXPECT_THAT(message("non-finite"), HasSubstr("1 NaN"));
}

TEST_F(Check, AConstantImageIsAnError) {
  image::write_image(scratch_ / "flat.nii.gz", image::Image(heart_grid(), 7));
  EXPECT_THAT(codes({make("p1", scratch_ / "flat.nii.gz")}), Contains("error constant-image"));
  EXPECT_THAT(message("constant-image"), HasSubstr("7"));
}

TEST_F(Check, SpacingMustBePlausible) {
  Grid grid = heart_grid();
  grid.spacing_mm = {0.0015, 0.0015, 0.008};
  EXPECT_THAT(codes({make("p1", image("metres.nii.gz", grid))}),
              ElementsAre("error spacing", "error spacing", "error spacing", "note no-label"));
  CheckOptions options;
  options.inplane_mm = {0.001, 1};
  options.slice_mm = {0.001, 1};
  EXPECT_THAT(codes({make("p1", scratch_ / "metres.nii.gz")}, 0, options), ElementsAre("note no-label"));
}

TEST_F(Check, ASingleSliceHasNoSliceDistance) {
  Grid grid = heart_grid();
  grid.size[2] = 1;
  grid.spacing_mm[2] = 0.01;
  EXPECT_THAT(codes({make("p1", image("flat.nii.gz", grid))}), ElementsAre("note no-label"));
}

TEST_F(Check, OrientationIsReported) {
  Grid grid = heart_grid();
  grid.spacing_mm = {8, 1.5, 1.5};
  grid.direction = {-1, 0, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_THAT(codes({make("p1", image("sagittal.nii.gz", grid))}),
              ElementsAre("warning slice-axis", "note left-handed", "note no-label"));
  grid = heart_grid();
  grid.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1};
  EXPECT_THAT(codes({make("p1", image("oblique.nii.gz", grid))}), ElementsAre("note oblique", "note no-label"));
  EXPECT_THAT(message("oblique"), HasSubstr("36.9"));
}

TEST_F(Check, LabelValuesMustBeKnownAndPresent) {
  const auto picture = image("i.nii.gz");
  EXPECT_THAT(codes({make("p1", picture, label("seven.nii.gz", heart_grid(), 7))}), ElementsAre("error unknown-label"));
  EXPECT_THAT(message("unknown-label"), HasSubstr("value 7 (1 voxels), expected 0, 1 LV, 2 MYO, 3 RV"));
  CheckOptions options;
  options.labels = parse_label_names("LV:1,MYO:2,RV:3,scar:4");
  EXPECT_THAT(codes({make("p1", picture, label("l.nii.gz"))}, 0, options), ElementsAre("warning missing-class"));
  Case unnamed("p1", picture);
  unnamed.set_path("label", scratch_ / "seven.nii.gz");
  EXPECT_THAT(codes({unnamed}), ElementsAre("note unnamed-classes"));
}

TEST_F(Check, AnEmptyLabelIsAnErrorUnlessAllowed) {
  image::write_labels(scratch_ / "empty.nii.gz", image::LabelMap(heart_grid()));
  const Case c = make("p1", image("i.nii.gz"), scratch_ / "empty.nii.gz");
  EXPECT_THAT(codes({c}), ElementsAre("error empty-label"));
  CheckOptions options;
  options.allow_empty = true;
  EXPECT_THAT(codes({c}, 0, options), ElementsAre("note empty-label"));
}

TEST_F(Check, WhatWasNotDrawnIsNoClassAndNotEverything) {
  const auto picture = image("i.nii.gz");
  Case c = make("p1", picture, label("seven.nii.gz", heart_grid(), 7));
  core::LabelNames names = parse_label_names("LV:1,MYO:2,RV:3,ignore:7");
  c.set_labels("labels", names);
  EXPECT_THAT(codes({c}), Not(Contains("error unknown-label")));
  c.set_path("label", label("l.nii.gz"));  // holds no 7
  EXPECT_THAT(codes({c}), IsEmpty());
  c.set_path("prediction", scratch_ / "seven.nii.gz");
  EXPECT_THAT(codes({c}), Contains("error unknown-label"));
  c.erase("prediction");
  image::write_labels(scratch_ / "undrawn.nii.gz", image::LabelMap(heart_grid(), 7));
  c.set_path("label", scratch_ / "undrawn.nii.gz");
  EXPECT_THAT(codes({c}), ElementsAre("error empty-label"));
  EXPECT_THAT(message("empty-label"), HasSubstr("not drawn anywhere"));
}

TEST_F(Check, DrawnSlicesLieInTheImage) {
  Case c = make("p1", image("i.nii.gz"), label("l.nii.gz"));
  const auto slices = static_cast<long>(heart_grid().size[2]);
  c.set("labelled_slices", {0, slices - 1});
  EXPECT_THAT(codes({c}), IsEmpty());
  c.set("labelled_slices", {slices});
  EXPECT_THAT(codes({c}), ElementsAre("error labelled-slices"));
  EXPECT_THAT(message("labelled-slices"), HasSubstr("along axis 3"));
}

TEST_F(Check, LabelsMustBeWholeNumbers) {
  EXPECT_THAT(codes({make("p1", image("i.nii.gz"), image("probability.nii.gz", heart_grid(), 3))}),
              Contains("error not-labels"));
}

TEST_F(Check, ImageAndLabelShareOneGrid) {
  Grid grid = heart_grid();
  grid.spacing_mm = {1.4, 1.4, 8};
  EXPECT_THAT(codes({make("p1", image("i.nii.gz"), label("l.nii.gz", grid))}), ElementsAre("error grid"));
  EXPECT_THAT(message("grid"), HasSubstr("spacing"));
}

TEST_F(Check, TheSameImageTwiceIsFoundUnderAnyName) {
  const auto first = image("a.nii.gz");
  fs::copy_file(first, scratch_ / "b.nii.gz");
  const auto labels = label("l.nii.gz");
  const std::vector<Case> cases = {make("p1", first, labels), make("p2", scratch_ / "b.nii.gz", labels),
                                   make("p3", image("c.nii.gz", heart_grid(), 9))};
  EXPECT_THAT(codes(cases), ElementsAre("error duplicate-image", "warning duplicate-label"));
  EXPECT_THAT(message("duplicate-image", 1), HasSubstr("p1"));
  EXPECT_THAT(report_.cases[2].findings, ::testing::SizeIs(1));
  EXPECT_EQ(report_.count(Level::error), 2u);
  EXPECT_EQ(report_.findings_by_code().at("duplicate-image"), 2u);
}

TEST_F(Check, ALabelThatIsItsOwnImageIsFound) {
  const auto file = label("l.nii.gz");
  EXPECT_THAT(codes({make("p1", file, file)}), Contains("error label-is-image"));
}

TEST_F(Check, FramesOfOneFileAreDifferentImages) {
  std::vector<image::Image> frames;
  for (std::uint32_t f = 0; f < 3; ++f) {
    frames.emplace_back(heart_grid());
    for (std::size_t i = 0; i < frames[f].voxels.size() && f < 2; ++i) {
      frames[f].voxels[i] = static_cast<float>(test::formula_uniform(f, static_cast<std::uint32_t>(i)));
    }
  }
  image::write_frames(scratch_ / "cine.nii.gz", frames);
  std::vector<Case> cases;
  for (const int frame : {0, 1, 2, 3}) {
    cases.push_back(make("p1", scratch_ / "cine.nii.gz"));
    cases.back().set("frame", "t" + std::to_string(frame));
    cases.back().set("frame_index", frame);
  }
  EXPECT_THAT(codes(cases, 0), ElementsAre("note no-label"));
  EXPECT_THAT(codes(cases, 1), ElementsAre("note no-label"));
  EXPECT_THAT(codes(cases, 2), ElementsAre("error constant-image", "note no-label"));
  EXPECT_THAT(codes(cases, 3), ElementsAre("error frame", "note no-label"));
  EXPECT_EQ(report_.files, 1u);
  EXPECT_THAT(codes({make("p1", scratch_ / "cine.nii.gz")}), Contains("error frame"));
  Case still = make("p1", image("i.nii.gz"));
  still.set("frame_index", 0);
  EXPECT_THAT(codes({still}), Contains("error frame"));
  still.set("frame_index", "first");
  EXPECT_THAT(codes({still}), Contains("error frame"));
  // A prediction or label of three dimensions belongs to the frame that the case names.
  Case cut = make("p1", scratch_ / "cine.nii.gz", label("l.nii.gz"));
  cut.set("frame_index", 1);
  EXPECT_THAT(codes({cut}), IsEmpty());
}

TEST_F(Check, ASubjectOrAnImageInAnotherListIsFound) {
  const auto first = image("a.nii.gz"), second = image("b.nii.gz", heart_grid(), 1),
             third = image("c.nii.gz", heart_grid(), 2);
  const std::vector<Case> train = {make("p1", first), make("p2", second), make("p3", third)};
  fs::copy_file(second, scratch_ / "copy.nii.gz");
  const std::vector<OtherList> others = {{"test.jsonl", {make("p1", third), make("q2", scratch_ / "copy.nii.gz")}}};
  EXPECT_THAT(codes(train, 0, {}, others), Contains("error in-other-list"));
  EXPECT_THAT(message("in-other-list", 0), HasSubstr("the subject p1 stands in test.jsonl"));
  EXPECT_THAT(message("in-other-list", 1), HasSubstr("the same bytes as q2"));
  EXPECT_THAT(message("in-other-list", 2), HasSubstr("the same bytes as p1"));
}

TEST_F(Check, EqualIdsOfTwoDataSetsAreTwoSubjects) {
  Case mine = make("001", image("a.nii.gz")), other = make("001", image("b.nii.gz", heart_grid(), 1));
  mine.set("dataset", "acdc");
  other.set("dataset", "mnms");
  EXPECT_THAT(codes({mine}, 0, {}, {{"test.jsonl", {other}}}), ElementsAre("note no-label"));
}

TEST_F(Check, IdsThatCollideAreReported) {
  const auto first = image("a.nii.gz"), second = image("b.nii.gz", heart_grid(), 1);
  EXPECT_THAT(codes({make("p1", first), make("p1", second)}), Contains("error duplicate-id"));
  EXPECT_THAT(codes({make("Patient07", first), make("patient7", second)}), Contains("warning similar-id"));
  EXPECT_THAT(codes({make("p10", first), make("p1", second)}), Not(Contains("warning similar-id")));
}

TEST_F(Check, LabelsCanBeRequired) {
  CheckOptions options;
  options.require_labels = true;
  EXPECT_THAT(codes({make("p1", image("i.nii.gz"))}, 0, options), ElementsAre("error no-label"));
}

TEST_F(Check, VerdictsDoNotDependOnTheThreads) {
  std::vector<Case> cases;
  for (std::uint32_t n = 0; n < 12; ++n) {
    const std::string name = std::to_string(n);
    cases.push_back(make("p" + name, image(name + ".nii.gz", heart_grid(), n / 2), label("l" + name + ".nii.gz")));
  }
  const auto text = [&](int threads) {
    std::string all;
    for (const auto& verdict : check_cases(cases, {}, threads).cases)
      all += core::to_line(verdict_to_json(verdict)) + "\n";
    return all;
  };
  EXPECT_EQ(text(1), text(4));
}

}  // namespace
}  // namespace coopseg::dataset
