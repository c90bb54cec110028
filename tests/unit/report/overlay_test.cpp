#include "coopseg/report/overlay.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/orientation.h"
#include "made_up.h"

namespace coopseg::report {
namespace {

using test::cases_of;
using test::read;
using testing::ElementsAre;

constexpr const char* kFiles = "\"prediction\":\"q\",";

std::vector<std::string> chosen(const std::vector<double>& dice, std::size_t count) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of(dice, kFiles))});
  std::vector<std::string> names;
  for (const Choice& c : choose_cases(e, "a", count)) names.push_back(c.what + " " + c.of->of.id());
  return names;
}

TEST(Choice, GoesFromTheBestToTheWorstCase) {
  EXPECT_THAT(chosen({0.3, 0.9, 0.1, 0.5, 0.7}, 3), ElementsAre("best p2", "median p4", "worst p3"));
  EXPECT_THAT(chosen({0.3, 0.9, 0.1, 0.5, 0.7}, 1), ElementsAre("median p4"));
  EXPECT_THAT(chosen({0.3, 0.9, 0.1, 0.5, 0.7}, 2), ElementsAre("best p2", "worst p3"));
  EXPECT_THAT(chosen({0.3, 0.9, 0.1, 0.5, 0.7}, 9),
              ElementsAre("best p2", "rank 2 of 5 p5", "median p4", "rank 4 of 5 p1", "worst p3"));
  EXPECT_THAT(chosen({0.3}, 3), ElementsAre("median p1"));
}

TEST(Choice, FindsItsCorrection) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.1, 0.2}, kFiles), "A", "0", "ftn"),
                             lists.list("a", cases_of({0.3, 0.4}, kFiles), "A", "1", "stn"),
                             lists.list("a", cases_of({0.5, 0.6}, kFiles), "A", "0", "stn")});
  const auto choices = choose_cases(e, "a", 2);
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_DOUBLE_EQ(choices[0].value, 0.2) << "of the fast network";
  const auto later = later_stages(e, choices[0]);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].title, "FTN+STN");
  EXPECT_DOUBLE_EQ(*later[0].of->mean(0).number, 0.6) << "of the same training";
  EXPECT_TRUE(later_stages(e, {{}, &e.lists[1], &e.lists[1].cases[0], 0.3}).empty());
}

TEST(Outlines, FollowTheEdgeOfALabelAndLeaveItsInside) {
  image::Grid grid;
  grid.size = {8, 8, 1};
  image::LabelMap labels(grid);
  for (std::size_t y = 2; y < 6; ++y)
    for (std::size_t x = 2; x < 6; ++x) labels.at(x, y, 0) = 1;
  image::Picture picture(8, 8);
  image::draw_outlines(picture, labels, 0, 1, {1, 2, 3}, false);
  const auto drawn = [&](std::size_t x, std::size_t y) { return picture.rgb[(y * 8 + x) * 3] != 0; };
  for (std::size_t y = 0; y < 8; ++y)
    for (std::size_t x = 0; x < 8; ++x) {
      const bool inside = x >= 2 && x < 6 && y >= 2 && y < 6, core = x >= 3 && x < 5 && y >= 3 && y < 5;
      EXPECT_EQ(drawn(x, y), inside && !core) << x << " " << y;
    }
  image::Picture dashed(8, 8);
  image::draw_outlines(dashed, labels, 0, 1, {1, 2, 3}, true);
  EXPECT_NE(dashed.rgb, picture.rgb);
  EXPECT_NE(dashed.rgb, image::Picture(8, 8).rgb);
}

class OverlayFiles : public testing::Test {
 protected:
  // Slices along the first axis, the label in slice 3 alone.
  OverlayFiles() {
    grid_.size = {5, 40, 60};
    grid_.spacing_mm = {8, 1, 2};
    image::Image image(grid_, 1.0f);
    image::LabelMap reference(grid_), prediction(grid_);
    for (std::size_t z = 20; z < 30; ++z)
      for (std::size_t y = 10; y < 20; ++y) {
        reference.at(3, y, z) = 3;
        if (y < 18) prediction.at(3, y, z) = 1;
        image.at(3, y, z) = 2;
      }
    image::write_image(folder_ / "i.nii.gz", image);
    image::write_labels(folder_ / "r.nii.gz", reference);
    image::write_labels(folder_ / "p.nii.gz", prediction);
  }

  CaseScores scores(const std::string& prediction) const {
    core::Json fields = core::Json::parse(R"({"id":"a","image":"i.nii.gz","label":"r.nii.gz"})");
    fields["prediction"] = prediction;
    return {core::Case(fields, folder_.path(), "list"), CaseStatus::scored, false, {}};
  }

  image::Grid grid_;
  test::ScratchFolder folder_;
};

TEST_F(OverlayFiles, ShowTheSliceThatHoldsMostOfTheReference) {
  const CaseScores one = scores("p.nii.gz"), perfect = scores("r.nii.gz");
  const std::vector<Overlay> overlays = draw_overlay(read_scene({&one, &perfect}));
  ASSERT_EQ(overlays.size(), 1u);
  const Overlay& overlay = overlays.front();
  EXPECT_EQ(overlay.plane, "");
  EXPECT_EQ(overlay.slice, 3u);
  EXPECT_EQ(overlay.slices, 5u);
  EXPECT_DOUBLE_EQ(overlay.width_mm, 40 * 1);
  EXPECT_DOUBLE_EQ(overlay.height_mm, 48 * 2);
  ASSERT_EQ(overlay.outline_pngs.size(), 2u);
  EXPECT_NE(overlay.image_png, overlay.outline_pngs[0]);
  EXPECT_NE(overlay.outline_pngs[0], overlay.outline_pngs[1]);
  EXPECT_EQ(overlay.image_png.substr(1, 3), "PNG");
}

TEST_F(OverlayFiles, DrawNoOutlineOfWhatWasNotDrawn) {
  image::LabelMap partly = image::read_labels(folder_ / "r.nii.gz");
  for (std::size_t z = 0; z < 60; ++z)
    for (std::size_t y = 0; y < 40; ++y) partly.at(1, y, z) = 5;
  for (std::size_t y = 0; y < 40; ++y) partly.at(3, y, 25) = 9;
  image::write_labels(folder_ / "partly.nii.gz", partly);
  for (std::size_t y = 0; y < 40; ++y) partly.at(3, y, 25) = 0;
  for (std::size_t z = 0; z < 60; ++z)
    for (std::size_t y = 0; y < 40; ++y) partly.at(1, y, z) = 0;
  image::write_labels(folder_ / "same.nii.gz", partly);
  CaseScores of_partly = scores("p.nii.gz"), of_same = scores("p.nii.gz");
  of_partly.of.set_path("label", folder_ / "partly.nii.gz");
  of_partly.of.set_labels("labels", {{"LV", 3}, {"ignore", 9}});
  of_partly.of.set("labelled_slices", {0, 2, 3, 4});
  of_same.of.set_path("label", folder_ / "same.nii.gz");
  const Overlay drawn = draw_overlay(read_scene({&of_partly})).front(), expected = draw_overlay(read_scene({&of_same})).front();
  EXPECT_EQ(drawn.slice, 3u);
  EXPECT_EQ(drawn.outline_pngs, expected.outline_pngs);
}

TEST_F(OverlayFiles, AreRefusedOnAnotherGrid) {
  grid_.spacing_mm[1] = 1.5;
  image::write_labels(folder_ / "other.nii.gz", image::LabelMap(grid_));
  const CaseScores other = scores("other.nii.gz"), none = scores("none.nii.gz");
  EXPECT_THROW(draw_overlay(read_scene({&other})), core::DataError);
  EXPECT_THROW(draw_overlay(read_scene({&none})), core::Error);
}

// A set's picture is of the case in the middle; LV is 3 in the reference and 1 in the predictions, and has one colour.
class TablePicture : public OverlayFiles {
 protected:
  Experiment experiment(const std::vector<double>& dice, const std::string& prediction) {
    std::string lines;
    for (std::size_t i = 0; i < dice.size(); ++i)
      lines += "{\"id\":\"p" + std::to_string(i) + "\",\"image\":\"" + path("i.nii.gz") + "\",\"label\":\"" +
               path("r.nii.gz") + "\",\"prediction\":\"" + path(dice[i] == 0.5 ? prediction : "none.nii.gz") +
               "\",\"labels\":{\"LV\":3},\"prediction_labels\":{\"LV\":1},\"metrics\":{\"LV\":{\"dice\":" +
               core::to_line(core::Json(dice[i])) + "}}}\n";
    return read({lists_.list("a", lines), lists_.list("b", lines)});
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  // The colour in the middle of the label, in row `row` of the picture.
  static image::Colour colour(const image::Picture& p, std::size_t row) {
    const std::size_t y = p.height / 4 * row + p.height / 8, x = p.width * 3 / 8, at = (y * p.width + x) * 3;
    return {p.rgb[at], p.rgb[at + 1], p.rgb[at + 2]};
  }

  test::Lists lists_;
};

TEST_F(TablePicture, ShowsTheMiddleCaseOfASetOnceForEachMethod) {
  const image::Picture picture = draw_table(experiment({0.9, 0.5, 0.1}, "p.nii.gz"));
  const image::Colour grey = colour(picture, 0), reference = colour(picture, 1);
  EXPECT_EQ(grey[0], grey[2]);
  EXPECT_NE(reference[0], reference[2]) << "the class is in colour";
  EXPECT_EQ(colour(picture, 2), reference) << "by name, not by value";
  EXPECT_EQ(colour(picture, 3), reference);
}

TEST_F(TablePicture, IsAsWideAsItsNames) {
  EXPECT_LT(draw_table(experiment({0.9, 0.5, 0.1}, "p.nii.gz")).width, 60 * 6u);
  Experiment e = experiment({0.9, 0.5, 0.1}, "p.nii.gz");
  for (ScoredList& list : e.lists)
    if (list.from.method == e.methods[0]) list.from.method = std::string(50, 'm');
  e.methods[0] = std::string(50, 'm');
  EXPECT_EQ(draw_table(e).width, 4 + 57 * 6 + 4u) << "the name, a blank and a number";
}

TEST_F(TablePicture, IsRefusedWhereNoCaseIsCommonToAllMethods) {
  EXPECT_THROW(draw_table(read({lists_.list("a", cases_of({0.5}, kFiles)), lists_.list("b", cases_of({0.5}))})),
               core::UsageError);
}

// Voxels of nearly one length. The label lies to the patient's left, in front and above: in LPS order its voxels are
// 30 ... 35 of 60, 8 ... 17 of 50 and 20 ... 23 of 40.
class VolumeFiles : public testing::Test {
 protected:
  VolumeFiles() {
    grid_.size = {60, 50, 40};
    grid_.spacing_mm = {1, 1.25, 1.5};
  }

  void store(const std::string& code) {
    image::Image image(grid_, 1.0f);
    image::LabelMap labels(grid_);
    for (std::size_t z = 20; z < 24; ++z)
      for (std::size_t y = 8; y < 18; ++y)
        for (std::size_t x = 30; x < 36; ++x) {
          if (z == 22 || x == 31 || y == 10) labels.at(x, y, z) = 1;
          image.at(x, y, z) = static_cast<float>(x);
        }
    const image::AxisTurn turn = image::turn_to(grid_, code);
    image::write_image(folder_ / (code + "i.nii.gz"), image::turned(image, turn));
    image::write_labels(folder_ / (code + "r.nii.gz"), image::turned(labels, turn));
  }

  std::vector<Overlay> overlays(const std::string& code) const {
    core::Json fields{{"id", "a"}, {"image", code + "i.nii.gz"}, {"label", code + "r.nii.gz"}};
    fields["prediction"] = fields["label"];
    const CaseScores scores{core::Case(fields, folder_.path(), "list"), CaseStatus::scored, false, {}};
    return draw_overlay(read_scene({&scores}));
  }

  image::Grid grid_;
  test::ScratchFolder folder_;
};

TEST_F(VolumeFiles, AreShownInThreePlanesThroughTheReference) {
  store("LPS");
  const auto planes = overlays("LPS");
  ASSERT_EQ(planes.size(), 3u);
  // The cube is 48 mm, as far as the volume goes: 48 of 60, 38 of 50, 32 of 40 voxels.
  EXPECT_EQ(planes[0].plane, "axial");
  EXPECT_EQ(planes[0].slice, 22u);
  EXPECT_EQ(planes[0].slices, 40u);
  EXPECT_DOUBLE_EQ(planes[0].width_mm, 48);
  EXPECT_DOUBLE_EQ(planes[0].height_mm, 38 * 1.25);
  EXPECT_EQ(planes[1].plane, "coronal");
  EXPECT_EQ(planes[1].slice, 10u);
  EXPECT_DOUBLE_EQ(planes[1].width_mm, 48);
  EXPECT_DOUBLE_EQ(planes[1].height_mm, 32 * 1.5);
  EXPECT_EQ(planes[2].plane, "sagittal");
  EXPECT_EQ(planes[2].slice, 31u);
  EXPECT_DOUBLE_EQ(planes[2].width_mm, 38 * 1.25);
  EXPECT_DOUBLE_EQ(planes[2].height_mm, 32 * 1.5);
  // One zoom, so that a millimetre is about as long in all of them.
  EXPECT_EQ(planes[0].width, planes[1].width);
  EXPECT_EQ(planes[1].height, planes[2].height);
  EXPECT_EQ(planes[0].width / 48, planes[1].height / 32);
}

TEST_F(VolumeFiles, LookTheSameHoweverTheyAreStored) {
  store("LPS");
  const auto expected = overlays("LPS");
  for (const char* code : {"RAS", "PIL", "SAR", "ILP"}) {
    store(code);
    const auto found = overlays(code);
    ASSERT_EQ(found.size(), 3u);
    for (std::size_t p = 0; p < 3; ++p) {
      EXPECT_EQ(found[p].image_png, expected[p].image_png) << code << " " << found[p].plane;
      EXPECT_EQ(found[p].outline_pngs, expected[p].outline_pngs) << code << " " << found[p].plane;
    }
  }
  // Slices are numbered as they are stored: towards the patient's front here.
  EXPECT_EQ(overlays("SAR")[1].slice, 50u - 1 - 10);
}

TEST_F(VolumeFiles, AreSeenAsRadiologistsDo) {
  // In a corner of the volume, and so of each plane: left, in front, above.
  image::LabelMap labels(grid_);
  for (std::size_t z = 30; z < 40; ++z)
    for (std::size_t y = 0; y < 10; ++y)
      for (std::size_t x = 50; x < 60; ++x) labels.at(x, y, z) = 1;
  image::write_image(folder_ / "i.nii.gz", image::Image(grid_, 1.0f));
  image::write_labels(folder_ / "r.nii.gz", labels);
  test::Lists lists;
  const std::string label = "\"" + (folder_ / "r.nii.gz").string() + "\"";
  const image::Picture picture = draw_table(
      read({lists.list("a", "{\"id\":\"p\",\"image\":\"" + (folder_ / "i.nii.gz").string() + "\",\"label\":" + label +
                                ",\"prediction\":" + label +
                                ",\"labels\":{\"LV\":1},\"metrics\":{\"LV\":{\"dice\":0.5}}}\n")}));
  // The second of three rows, in three columns: how many pixels of each quarter of a plane are in colour.
  const std::size_t row = picture.height / 3;
  const auto coloured = [&](std::size_t plane, bool right, bool low) {
    const std::size_t width = picture.width / 3, left = plane * width + (right ? width / 2 : 0);
    std::size_t count = 0;
    for (std::size_t y = row + (low ? row / 2 : 0); y < row + (low ? row : row / 2); ++y)
      for (std::size_t x = left; x < left + width / 2; ++x) {
        const std::size_t at = (y * picture.width + x) * 3;
        count += picture.rgb[at] != picture.rgb[at + 2] ? 1 : 0;
      }
    return count;
  };
  for (std::size_t plane = 0; plane < 3; ++plane) {
    const bool right = plane < 2;  // the patient's left; in the sagittal plane the left side is the front
    EXPECT_GT(coloured(plane, right, false), 0u) << plane;
    EXPECT_EQ(coloured(plane, !right, false), 0u) << plane;
    EXPECT_EQ(coloured(plane, true, true) + coloured(plane, false, true), 0u) << plane;
  }
}

TEST_F(VolumeFiles, OfFewOrThickSlicesAreStacks) {
  grid_.spacing_mm = {1, 1.25, 2};
  store("LPS");
  EXPECT_EQ(overlays("LPS").size(), 1u);
  grid_.spacing_mm[2] = 1.9;
  store("RAS");
  EXPECT_EQ(overlays("RAS").size(), 3u);
}

}  // namespace
}  // namespace coopseg::report
