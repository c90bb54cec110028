#include "coopseg/dataset/volume_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

class LoadVolumes : public ::testing::Test {
 protected:
  // A case of 6 x 5 x 3 voxels 0, 1, 2, ...; its labels repeat the values.
  core::Case make_case(const std::string& id, const std::vector<std::int32_t>& values, const core::LabelNames& names) {
    image::Grid grid;
    grid.size = {6, 5, 3};
    grid.spacing_mm = {1.4, 1.4, 8};
    image::Image img(grid);
    std::iota(img.voxels.begin(), img.voxels.end(), 0.0f);
    image::LabelMap labels(grid);
    for (std::size_t i = 0; i < labels.voxels.size(); ++i) labels.voxels[i] = values[i % values.size()];
    image::write_image(folder_ / (id + "_img.nii.gz"), img);
    image::write_labels(folder_ / (id + "_seg.nii.gz"), labels);
    core::Case c(id, folder_ / (id + "_img.nii.gz"));
    c.set_path("label", folder_ / (id + "_seg.nii.gz"));
    if (!names.empty()) c.set_labels("labels", names);
    return c;
  }
  test::ScratchFolder folder_;
};

TEST_F(LoadVolumes, KeepsVoxelsClassIndicesAndNothingElse) {
  const core::Case a = make_case("a", {0, 7, 300}, {{"MYO", 300}, {"LV", 7}});
  const core::Case b = make_case("b", {2, 0, 1}, {{"LV", 2}, {"MYO", 1}});
  const VolumeSet set = load_labelled_volumes({a, b}, {{}, 2});
  EXPECT_TRUE(set.named);
  EXPECT_EQ(set.classes, (core::LabelNames{{"LV", 1}, {"MYO", 2}}));
  EXPECT_EQ(set.label_values, (core::LabelNames{{"LV", 7}, {"MYO", 300}}));
  ASSERT_EQ(set.volumes.size(), 2u);
  for (const TrainingVolume& v : set.volumes) {
    EXPECT_EQ(v.voxels.size(), 90u);
    EXPECT_EQ(v.voxels.capacity(), v.voxels.size());
    EXPECT_EQ(v.labels.size(), 90u);
    EXPECT_EQ(v.labels.capacity(), v.labels.size());
    EXPECT_EQ(v.voxels[37], 37);
    EXPECT_NEAR(v.grid.spacing_mm[2], 8, 1e-6);
  }
  EXPECT_EQ(set.volumes[1].case_name, b.name());
  EXPECT_EQ(set.volumes[1].image_sha256, core::sha256_of_file(b.image()));
  EXPECT_EQ(set.volumes[1].label_file, b.label()->string());
  for (std::size_t i = 0; i < 90; ++i) {
    EXPECT_EQ(set.volumes[0].labels[i], std::vector<int>({0, 1, 2})[i % 3]);
    EXPECT_EQ(set.volumes[1].labels[i], std::vector<int>({1, 0, 2})[i % 3]);
  }
}

TEST_F(LoadVolumes, SayWhoseImageItIs) {
  const core::Case a = make_case("a", {0, 1}, {});
  core::Case b = make_case("b", {0, 1}, {});
  b.set("subject", "person 7");
  core::Case c = b;
  c.set("dataset", "ACDC");
  const VolumeSet set = load_unlabelled_volumes({a, b, c}, 1);
  EXPECT_EQ(set.volumes[0].subject, "a");
  EXPECT_EQ(set.volumes[1].subject, "person 7");
  EXPECT_EQ(set.volumes[2].subject, "ACDC/person 7");
}

TEST_F(LoadVolumes, TakesTheValuesFoundWhereNothingIsNamed) {
  const VolumeSet set = load_labelled_volumes({make_case("a", {0, 9}, {}), make_case("b", {4, -3}, {})}, {});
  EXPECT_FALSE(set.named);
  EXPECT_EQ(set.classes, (core::LabelNames{{"-3", 1}, {"4", 2}, {"9", 3}}));
  EXPECT_EQ(set.volumes[0].labels[1], 3);
  EXPECT_EQ(set.volumes[1].labels[0], 2);
  EXPECT_EQ(set.volumes[1].labels[1], 1);
}

TEST_F(LoadVolumes, GoUpTo254Classes) {
  image::Grid grid;
  grid.size = {16, 17, 1};
  const auto with = [&](std::int32_t values) {
    image::LabelMap labels(grid);
    for (std::size_t i = 0; i < labels.voxels.size(); ++i)
      labels.voxels[i] = static_cast<std::int32_t>(i) % (values + 1) * 3;
    image::Image img(grid);
    img.voxels[0] = 1;
    image::write_image(folder_ / "m_img.nii.gz", img, {core::Overwrite::yes});
    image::write_labels(folder_ / "m_seg.nii.gz", labels, {core::Overwrite::yes});
    core::Case c("m", folder_ / "m_img.nii.gz");
    c.set_path("label", folder_ / "m_seg.nii.gz");
    return std::vector<core::Case>{c};
  };
  const VolumeSet set = load_labelled_volumes(with(254), {});
  EXPECT_EQ(set.classes.size(), 254u);
  for (std::size_t i = 0; i < 272; ++i) ASSERT_EQ(set.volumes[0].labels[i], i % 255);
  const auto many = with(255);
  EXPECT_THAT(message_of([&] { load_labelled_volumes(many, {}); }),
              AllOf(HasSubstr("m_seg.nii.gz"), HasSubstr("too many label values: more than 254")));
  LoadOptions o;
  o.classes = {{"LV", 3}};
  EXPECT_THAT(message_of([&] { load_labelled_volumes(many, o); }), HasSubstr("holds label 6, which is none"));
}

TEST_F(LoadVolumes, LeaveOutWhatIsCalledIgnore) {
  const core::LabelNames classes{{"LV", 1}, {"MYO", 2}}, all{{"LV", 1}, {"MYO", 2}, {"ignore", 9}};
  const VolumeSet set = load_labelled_volumes({make_case("a", {0, 2, 9}, all), make_case("b", {0, 1, 2}, classes)}, {});
  EXPECT_EQ(set.classes, classes);
  EXPECT_TRUE(set.volumes[0].has_ignored);
  EXPECT_FALSE(set.volumes[1].has_ignored);
  for (std::size_t i = 0; i < 90; ++i) {
    EXPECT_EQ(set.volumes[0].labels[i], std::vector<int>({0, 2, kIgnoredLabel})[i % 3]);
    EXPECT_EQ(set.volumes[1].labels[i], i % 3);
  }
  // Nor are values named by it alone, and a value that occurs nowhere changes nothing.
  const VolumeSet by_value = load_labelled_volumes({make_case("c", {0, 2, 9}, {{"ignore", 9}})}, {});
  EXPECT_EQ(by_value.classes, (core::LabelNames{{"2", 1}}));
  EXPECT_FALSE(by_value.named);
  EXPECT_EQ(by_value.volumes[0].labels[2], kIgnoredLabel);
  const VolumeSet whole = load_labelled_volumes({make_case("d", {0, 1, 2}, all)}, {});
  EXPECT_FALSE(whole.volumes[0].has_ignored);
  EXPECT_EQ(whole.volumes[0].labels, set.volumes[1].labels);

  const auto undrawn = make_case("e", {9}, all);
  EXPECT_THAT(message_of([&] { load_labelled_volumes({undrawn}, {}); }),
              AllOf(HasSubstr("e_seg.nii.gz"), HasSubstr("not drawn anywhere")));
  LoadOptions o;
  o.classes = all;
  EXPECT_THAT(message_of([&] { load_labelled_volumes({undrawn}, o); }), HasSubstr("no class"));
  EXPECT_THAT(message_of([&] { load_training_set({make_case("f", {0, 2, 9}, all)}, {}); }),
              AllOf(HasSubstr("f: has a label map"), HasSubstr("cs-train-semi --method supervised")));
}

TEST_F(LoadVolumes, CountTheSlicesThatWereDrawn) {
  core::Case c = make_case("a", {0, 1, 2}, {{"LV", 1}, {"MYO", 2}});  // three slices of 30 voxels along the third axis
  c.set("labelled_slices", {2, 0});
  core::Case other = make_case("b", {0, 1, 2, 7}, {{"LV", 1}, {"MYO", 2}});
  // What was not drawn may hold anything.
  image::LabelMap labels = image::read_labels(*other.label());
  for (std::size_t i = 0; i < 90; ++i) labels.voxels[i] = i / 30 == 1 ? 7 : static_cast<std::int32_t>(i % 3);
  image::write_labels(*other.label(), labels, {core::Overwrite::yes});
  other.set("labelled_slices", {0, 2});
  const VolumeSet set = load_labelled_volumes({c, other}, {});
  for (std::size_t i = 0; i < 90; ++i) EXPECT_EQ(set.volumes[0].labels[i], i / 30 == 1 ? kIgnoredLabel : i % 3);
  EXPECT_EQ(set.volumes[0].labels, set.volumes[1].labels);
  c.set("labelled_slices", {0, 1, 2});
  EXPECT_FALSE(load_labelled_volumes({c}, {}).volumes[0].has_ignored);
  c.set("labelled_slices", {0, 3});
  EXPECT_THAT(message_of([&] { load_labelled_volumes({c}, {}); }),
              AllOf(HasSubstr("slices 0 to 2 along axis 3"), HasSubstr("names slice 3")));
}

TEST_F(LoadVolumes, WarnsOfLabelMapsOfBackgroundAlone) {
  CaptureStderr();
  const VolumeSet set = load_labelled_volumes({make_case("a", {0, 1}, {}), make_case("b", {0}, {})}, {});
  const std::string said = GetCapturedStderr();
  EXPECT_EQ(set.volumes.size(), 2u);
  EXPECT_THAT(said, AllOf(HasSubstr("b_seg.nii.gz"), HasSubstr("no label"), Not(HasSubstr("a_seg.nii.gz"))));
}

// Label maps of background, LV and MYO in turn, and probabilities of each voxel's class that are 0.8.
class LoadPseudoLabelled : public LoadVolumes {
 protected:
  core::Case make_pseudo(const core::LabelNames& names, const std::vector<float>& of_first_voxel = {0.8F, 0.1F, 0.1F},
                         std::size_t planes = 3) {
    const std::string id = "u" + std::to_string(++made_);
    core::Case c = make_case(id, {0, names[0].second, names[1].second}, names);
    image::Grid grid = image::read_labels(*c.label()).grid;
    grid.size[2] = planes;
    std::vector<image::Image> frames(of_first_voxel.size(), image::Image(grid, 0.1F));
    for (std::size_t i = 0; i < grid.voxels(); ++i) frames[i % frames.size()].voxels[i] = 0.8F;
    for (std::size_t k = 0; k < frames.size(); ++k) frames[k].voxels[0] = of_first_voxel[k];
    image::write_frames(folder_ / (id + "_prob.nii.gz"), frames);
    c.set("label_source", "pseudo");
    c.set_path(kLabelProbabilities, folder_ / (id + "_prob.nii.gz"));
    return c;
  }
  std::string refusal(const core::Case& c) {
    return message_of([&] { load_pseudo_labelled_volumes({c}, {{{"LV", 1}, {"MYO", 2}}, 1}, true); });
  }
  const core::LabelNames names_{{"LV", 1}, {"MYO", 2}};
  int made_ = 0;
};

TEST_F(LoadPseudoLabelled, HaveProbabilitiesInTheOrderOfTheClasses) {
  const VolumeSet hard = load_pseudo_labelled_volumes({make_pseudo(names_)}, {names_, 1}, false);
  EXPECT_TRUE(hard.volumes[0].probabilities.empty());
  EXPECT_EQ(hard.volumes[0].labels[2], 2);
  // The file's second frame is of MYO where that has the lower value.
  for (const bool swapped : {false, true}) {
    const core::Case c = make_pseudo(swapped ? core::LabelNames{{"MYO", 1}, {"LV", 2}} : names_);
    const VolumeSet soft = load_pseudo_labelled_volumes({c}, {names_, 1}, true);
    const TrainingVolume& v = soft.volumes[0];
    ASSERT_EQ(v.probabilities.size(), 3 * 90u);
    for (std::size_t i = 0; i < 90; ++i) {
      EXPECT_EQ(v.labels[i], swapped && i % 3 > 0 ? 3 - i % 3 : i % 3);
      for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(v.probabilities[k * 90 + i], v.labels[i] == k ? 0.8F : 0.1F);
    }
  }
}

TEST_F(LoadPseudoLabelled, RefuseWhatIsNoProbabilityOfTheClasses) {
  EXPECT_EQ(refusal(make_pseudo(names_)), "nothing was thrown");
  EXPECT_THAT(refusal(make_pseudo(names_, {0.5F, 0.25F, 0.125F, 0.125F})),
              AllOf(HasSubstr("u2_prob.nii.gz"), HasSubstr("has 4 frames"), HasSubstr("the 2 labels of u2")));
  EXPECT_THAT(refusal(make_pseudo(names_, {1.2F, -0.1F, -0.1F})), HasSubstr("holds 1.2, which is no probability"));
  EXPECT_THAT(refusal(make_pseudo(names_, {0.5F, 0.1F, 0.1F})), HasSubstr("add up to 0.7"));
  EXPECT_THAT(refusal(make_pseudo(names_, {0.8F, 0.1F, 0.1F}, 4)),
              AllOf(HasSubstr("_prob.nii.gz"), HasSubstr("grid differs from its image")));
  core::Case other = make_pseudo(names_);
  other.set_labels("labels", {{"LV", 1}, {"RV", 2}});
  EXPECT_THAT(refusal(other), HasSubstr("has no label named MYO"));
  core::Case unnamed = make_pseudo(names_, {1.0F});
  unnamed.erase("labels");
  EXPECT_THAT(refusal(unnamed), HasSubstr("each of the 0 labels"));
  const core::Case broken = make_pseudo(names_);
  const core::fs::path file = *broken.path(kLabelProbabilities);
  const std::string whole = core::read_file(file);
  core::write_file(file, whole.substr(0, whole.size() / 2), core::Overwrite::yes);
  EXPECT_THAT(refusal(broken), HasSubstr(file.string()));
}

TEST_F(LoadVolumes, NeverOpenTheLabelOfACaseThatIsToHaveNone) {
  core::Case a = make_case("a", {0, 1}, {});
  core::write_file(*a.label(), "no image at all", core::Overwrite::yes);
  core::Case b = make_case("b", {0, 1}, {});
  b.set_path("label", folder_ / "missing.nii.gz");
  const VolumeSet set = load_unlabelled_volumes({a, b}, 2);
  ASSERT_EQ(set.volumes.size(), 2u);
  EXPECT_TRUE(set.classes.empty());
  for (const TrainingVolume& v : set.volumes) {
    EXPECT_TRUE(v.labels.empty());
    EXPECT_TRUE(v.label_file.empty());
    EXPECT_EQ(v.voxels.capacity(), 90u);
    EXPECT_FALSE(v.image_sha256.empty());
  }
  EXPECT_THROW(load_labelled_volumes({a}, {}), core::Error);
}

TEST_F(LoadVolumes, RefuseWhatNoPatchTeachesAnythingOf) {
  image::Grid grid;
  grid.size = {4, 4, 2};
  image::write_image(folder_ / "flat.nii.gz", image::Image(grid, 3));
  EXPECT_THAT(message_of([&] { load_unlabelled_volumes({core::Case("flat", folder_ / "flat.nii.gz")}, 1); }),
              AllOf(HasSubstr("flat.nii.gz"), HasSubstr("constant")));
  core::Case two = make_case("two", {0, 1}, {});
  grid.two_dimensional = true;
  grid.size = {6, 5, 1};
  image::Image plane(grid);
  std::iota(plane.voxels.begin(), plane.voxels.end(), 0.0f);
  image::write_image(folder_ / "plane.nii.gz", plane);
  image::LabelMap labels(grid);
  labels.voxels[0] = 1;
  image::write_labels(folder_ / "plane_seg.nii.gz", labels);
  core::Case flat("plane", folder_ / "plane.nii.gz");
  flat.set_path("label", folder_ / "plane_seg.nii.gz");
  EXPECT_THAT(message_of([&] { load_labelled_volumes({two, flat}, {}); }),
              AllOf(HasSubstr("plane.nii.gz"), HasSubstr("two-dimensional")));
  EXPECT_THAT(message_of([&] { load_unlabelled_volumes({flat}, 1); }), HasSubstr("two-dimensional"));
  LoadOptions slices;
  slices.allow_slices = true;
  EXPECT_EQ(load_labelled_volumes({two, flat}, slices).volumes.size(), 2u);
  EXPECT_TRUE(load_unlabelled_volumes({flat}, 1, true).volumes[0].grid.two_dimensional);

  grid = {};
  grid.size = {4, 4, 2};
  // One voxel becomes a NaN in the file: the writer would refuse it.
  image::write_image(folder_ / "nan.nii", image::Image(grid, 3));
  std::string bytes = core::read_file(folder_ / "nan.nii");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  bytes.replace(bytes.size() - 4, 4, reinterpret_cast<const char*>(&nan), 4);
  core::write_file(folder_ / "nan.nii", bytes, core::Overwrite::yes);
  EXPECT_THAT(message_of([&] { load_unlabelled_volumes({core::Case("nan", folder_ / "nan.nii")}, 1); }),
              AllOf(HasSubstr("nan.nii"), HasSubstr("1 NaN")));
  EXPECT_THAT(message_of([&] { load_unlabelled_volumes({core::Case("none", folder_ / "none.nii")}, 1); }),
              HasSubstr("none.nii"));
  EXPECT_THAT(message_of([] { load_unlabelled_volumes({}, 1); }), HasSubstr("empty"));
  core::Case bare("flat", folder_ / "flat.nii.gz");
  EXPECT_THAT(message_of([&] { load_labelled_volumes({bare}, {}); }), HasSubstr("none of the 1 cases"));
}

}  // namespace
}  // namespace coopseg::dataset
