#include "coopseg/dataset/case_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using core::Case;
using core::DataError;
using testing::AllOf;
using testing::HasSubstr;

template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const core::Error& e) {
    return e.what();
  }
  return "";
}

// Each frame is full of its own number.
class CaseVolume : public testing::Test {
 protected:
  CaseVolume() {
    image::Grid grid;
    grid.size = {3, 2, 2};
    std::vector<image::Image> images;
    std::vector<image::LabelMap> labels;
    for (int t = 0; t < 3; ++t) {
      images.emplace_back(grid);
      labels.emplace_back(grid);
      for (std::size_t v = 0; v < labels.back().voxels.size(); ++v) {
        images.back().voxels[v] = static_cast<float>(10 * t) + static_cast<float>(v) / 100;
        labels.back().voxels[v] = t;
      }
    }
    image::write_frames(cine(), images);
    image::write_image(still(), images[1]);
    image::write_label_frames(cine_label(), labels);
    image::write_labels(still_label(), labels[1]);
  }

  core::fs::path cine() const { return scratch_ / "cine.nii.gz"; }
  core::fs::path still() const { return scratch_ / "still.nii.gz"; }
  core::fs::path cine_label() const { return scratch_ / "cine_seg.nii.gz"; }
  core::fs::path still_label() const { return scratch_ / "still_seg.nii.gz"; }

  static Case case_of(const core::fs::path& image, std::optional<int> frame) {
    Case c("p1", image);
    if (frame) c.set("frame_index", *frame);
    return c;
  }

  test::ScratchFolder scratch_;
};

TEST_F(CaseVolume, TakesTheFrameThatTheCaseNames) {
  EXPECT_FLOAT_EQ(read_case_image(case_of(cine(), 2)).voxels[0], 20);
  EXPECT_EQ(read_case_labels(case_of(cine(), 2), cine_label()).voxels[0], 2);
}

TEST_F(CaseVolume, TakesTheFrameOfTheCaseBeforeThatOfTheCommandLine) {
  image::ReadOptions how;
  how.frame = 0;
  EXPECT_FLOAT_EQ(read_case_image(case_of(cine(), 2), how).voxels[0], 20);
  EXPECT_FLOAT_EQ(read_case_image(case_of(cine(), std::nullopt), how).voxels[0], 0);
}

TEST_F(CaseVolume, ThinksNothingOfTheFrameOfAFileThatHasOne) {
  EXPECT_FLOAT_EQ(read_case_image(case_of(still(), 0)).voxels[0], 10);
  EXPECT_EQ(read_case_labels(case_of(cine(), 2), still_label()).voxels[0], 1);
  Case c = case_of(still(), 2);
  c.set_path("label", cine_label());
  EXPECT_FLOAT_EQ(read_case_image(c).voxels[0], 10);
  EXPECT_EQ(read_case_labels(c, cine_label()).voxels[0], 2);
}

// It was ignored without a word, though cs-check called it an error.
TEST_F(CaseVolume, RefusesAFrameThatNoFileOfTheCaseHas) {
  for (const std::int64_t frame : {std::int64_t{5}, std::int64_t{-1}, std::int64_t{10000000000}}) {
    Case c("p1", still());
    c.set("frame_index", frame);
    EXPECT_THAT(message_of([&] { read_case_image(c); }), AllOf(HasSubstr("still.nii.gz"), HasSubstr("frame_index")));
    c.set_path("label", still_label());
    EXPECT_THROW(read_case_image(c), DataError);
  }
}

TEST_F(CaseVolume, RefusesAFrameOfTheCommandLineForAnImageOfOneFrameButNotForItsLabel) {
  image::ReadOptions how;
  how.frame = 1;
  EXPECT_THAT(message_of([&] { read_case_image(case_of(still(), std::nullopt), how); }), HasSubstr("no frames"));
  EXPECT_EQ(read_case_labels(case_of(cine(), std::nullopt), still_label(), how).voxels[0], 1);
}

TEST_F(CaseVolume, RefusesFramesThatAreNotThere) {
  EXPECT_THAT(message_of([&] { read_case_image(case_of(cine(), 3)); }), HasSubstr("frames 0 to 2"));
  EXPECT_THAT(message_of([&] { read_case_image(case_of(cine(), -1)); }),
              AllOf(HasSubstr("p1"), HasSubstr("negative frame_index")));
  EXPECT_THAT(message_of([&] { read_case_image(case_of(cine(), std::nullopt)); }), HasSubstr("3 frames"));
  EXPECT_THROW(read_case_labels(case_of(cine(), 3), cine_label()), DataError);
}

TEST_F(CaseVolume, SaysWhatDiffersBetweenGridsAndHowToMendIt) {
  image::Grid grid, wider;
  grid.size = {3, 2, 2};
  wider.size = {4, 2, 2};
  EXPECT_NO_THROW(require_same_grid(grid, "a_seg.nii", grid, "a.nii", "its image"));
  EXPECT_THAT(message_of([&] { require_same_grid(wider, "a_seg.nii", grid, "a.nii", "its image"); }),
              AllOf(HasSubstr("a_seg.nii: grid differs from its image a.nii: size 4 x 2 x 2, expected 3 x 2 x 2"),
                    HasSubstr("cs-preprocess --label-map --like a.nii a_seg.nii")));
}

// A prediction saved with the identity, the commonest mistake there is, was to be resampled to nothing.
TEST_F(CaseVolume, SaysThatAHeaderWasLostWhereItWasAndCopiesTheOther) {
  image::Grid image, lost;
  image.size = lost.size = {30, 20, 4};
  image.spacing_mm = {1.5, 1.5, 8};
  image.origin_mm = {-20, 5, 90};
  const auto said = [&](const image::Grid& label, const image::Grid& other, const char* role) {
    return message_of([&] { require_same_grid(label, "it's s.nii", other, "a.nii", role); });
  };
  EXPECT_THAT(said(lost, image, "its image"),
              HasSubstr(R"(cs-preprocess --label-map --header-from a.nii 'it'\''s s.nii' LABEL_ON_IMAGE.nii.gz)"));
  EXPECT_THAT(said(lost, image, "reference"), HasSubstr("PREDICTION_ON_REFERENCE.nii.gz"));
  EXPECT_THAT(said(image, lost, "its image"),
              HasSubstr(R"(cs-preprocess --header-from 'it'\''s s.nii' a.nii MENDED.nii.gz)"));
  EXPECT_THAT(said(image, lost, "reference"), HasSubstr("cs-preprocess --label-map --header-from 'it"));
  // Where both may be, both are said.
  image::Grid moved = image, at_zero = image;
  moved.origin_mm = {1, 0, 0};
  at_zero.origin_mm = {0, 0, 0};
  EXPECT_THAT(said(at_zero, moved, "reference"), AllOf(HasSubstr("--header-from"), HasSubstr("--like")));
  // No command where none helps.
  moved.origin_mm = {0, 0, 500};
  moved.size[0] = 31;
  EXPECT_THAT(said(at_zero, moved, "reference"), AllOf(HasSubstr("different places"), Not(HasSubstr("cs-preprocess"))));
}

TEST_F(CaseVolume, KeepsTheFrameAsLongAsAFileHasSeveral) {
  Case c = case_of(still(), 1);
  c.set_path("label", cine_label());
  drop_frame_index(c);
  EXPECT_EQ(c.integer("frame_index"), 1);
  c.set_path("label", still_label());
  drop_frame_index(c);
  EXPECT_FALSE(c.integer("frame_index"));
}

}  // namespace
}  // namespace coopseg::dataset
