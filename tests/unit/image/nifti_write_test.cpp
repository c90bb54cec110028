#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

using test::NiftiMaker;
using test::save;
using test::slurp;

class WriteNifti : public testing::Test {
 protected:
  Image sample() const {
    Grid grid;
    grid.size = {5, 4, 3};
    grid.spacing_mm = {1.25, 1.5, 8};
    grid.origin_mm = {-12.5, 20, 3};
    Image image(grid);
    for (std::size_t v = 0; v < image.voxels.size(); ++v) {
      image.voxels[v] = static_cast<float>(test::formula_uniform(1, static_cast<std::uint32_t>(v)));
    }
    return image;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
  template <class T>
  T header_value(const std::filesystem::path& file, std::size_t place) const {
    T value;
    std::memcpy(&value, slurp(file).data() + place, sizeof(T));
    return value;
  }
  test::ScratchFolder folder_;
};

TEST_F(WriteNifti, ImagesComeBackAsTheyWere) {
  const Image image = sample();
  for (const char* name : {"a.nii", "a.nii.gz", "new/folder/a.nii.gz"}) {
    write_image(folder_ / name, image);
    const Image back = read_image(folder_ / name);
    EXPECT_EQ(back.voxels, image.voxels);
    EXPECT_EQ(grid_difference(back.grid, image.grid, 1e-7), "");
    EXPECT_EQ(inspect_nifti(folder_ / name).warnings, std::vector<std::string>{});
  }
}

TEST_F(WriteNifti, LabelsTakeTheSmallestTypeThatHoldsThem) {
  LabelMap labels(sample().grid, 3);
  const auto type_of = [&](std::int32_t value) {
    labels.voxels[7] = value;
    write_labels(folder_ / "a.nii.gz", labels, {core::Overwrite::yes});
    EXPECT_EQ(read_labels(folder_ / "a.nii.gz").voxels, labels.voxels);
    return inspect_nifti(folder_ / "a.nii.gz").data_type;
  };
  EXPECT_EQ(type_of(0), "uint8");
  EXPECT_EQ(type_of(255), "uint8");
  EXPECT_EQ(type_of(256), "int16");
  EXPECT_EQ(type_of(-1), "int16");
  EXPECT_EQ(type_of(32768), "int32");
  EXPECT_EQ(type_of(std::numeric_limits<std::int32_t>::min()), "int32");
}

TEST_F(WriteNifti, FramesAsAFourthAxis) {
  std::vector<Image> frames{sample(), sample()};
  frames[1].voxels[0] = 42;
  write_frames(folder_ / "a.nii.gz", frames);
  const auto back = read_frames(folder_ / "a.nii.gz");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].voxels, frames[0].voxels);
  EXPECT_EQ(back[1].voxels, frames[1].voxels);
  frames[1].grid.origin_mm[0] += 1;
  EXPECT_THROW(write_frames(folder_ / "b.nii.gz", frames), core::DataError);
  EXPECT_THROW(write_frames(folder_ / "b.nii.gz", {}), core::DataError);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b.nii.gz"));
}

TEST_F(WriteNifti, FramesOfLabelMapsInTheTypeThatHoldsThemAll) {
  LabelMap first(sample().grid), second = first;
  first.voxels[0] = 3;
  second.voxels[1] = 300;
  WriteOptions options;
  options.frame_duration = 32.5;
  options.time_unit = 16;
  write_label_frames(folder_ / "a.nii.gz", {first, second}, options);
  const auto back = read_label_frames(folder_ / "a.nii.gz");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].voxels, first.voxels);
  EXPECT_EQ(back[1].voxels, second.voxels);
  const NiftiSummary summary = inspect_nifti(folder_ / "a.nii.gz");
  EXPECT_EQ(summary.data_type, "int16");
  EXPECT_EQ(summary.frame_duration, 32.5);
  EXPECT_EQ(summary.time_unit, 16);
  write_label_frames(folder_ / "b.nii.gz", {first, first});
  EXPECT_EQ(inspect_nifti(folder_ / "b.nii.gz").data_type, "uint8");
  EXPECT_THROW(write_label_frames(folder_ / "c.nii.gz", {}), core::DataError);
}

TEST_F(WriteNifti, TwoDimensionsStayTwo) {
  NiftiMaker maker;
  maker.dim = {2, 6, 4, 1, 1, 1, 1, 1};
  save(folder_ / "flat.nii", maker.bytes());
  write_image(folder_ / "again.nii", read_image(folder_ / "flat.nii"));
  EXPECT_EQ(header_value<std::int16_t>(folder_ / "again.nii", 40), 2);
  EXPECT_TRUE(read_image(folder_ / "again.nii").grid.two_dimensional);
}

// Geometry is kept to the bit: a label map on an image's grid carries the image's own header numbers.
TEST_F(WriteNifti, HeaderNumbersSurviveReadingAndWriting) {
  std::vector<NiftiMaker> makers(4);
  makers[1].quaternion = {0.1f, -0.2f, 0.3f};
  makers[1].pixdim = {-1, 1.3671875f, 1.40625f, 9.6f, 1, 1, 1, 1};
  makers[1].offset = {-101.37f, 33.123456f, -0.001f};
  makers[1].sform_code = 0;
  makers[2].quaternion = {0, 0.70710677f, 0.70710677f};
  makers[2].sform_code = 0;
  makers[3].quaternion = {0.5f, 0.5f, 0.5f};
  makers[3].sform_code = 0;
  for (std::size_t m = 0; m < makers.size(); ++m) {
    save(folder_ / "in.nii", makers[m].bytes());
    write_labels(folder_ / "out.nii", read_labels(folder_ / "in.nii"), {core::Overwrite::yes});
    for (const std::size_t place : {76, 80, 84, 88, 256, 260, 264, 268, 272, 276}) {
      EXPECT_EQ(header_value<float>(folder_ / "out.nii", place), header_value<float>(folder_ / "in.nii", place))
          << "header " << m << ", byte " << place;
    }
    if (m == 0) {
      for (std::size_t place = 280; place < 328; place += 4) {
        EXPECT_EQ(header_value<float>(folder_ / "out.nii", place), header_value<float>(folder_ / "in.nii", place));
      }
    }
    // And from here on nothing changes any more.
    write_labels(folder_ / "again.nii", read_labels(folder_ / "out.nii"), {core::Overwrite::yes});
    EXPECT_EQ(slurp(folder_ / "again.nii"), slurp(folder_ / "out.nii"));
  }
}

TEST_F(WriteNifti, BothFormsAreCoded) {
  Image image = sample();
  const auto codes = [&](int qform, int sform) {
    image.grid.qform_code = qform;
    image.grid.sform_code = sform;
    write_image(folder_ / "a.nii", image, {core::Overwrite::yes});
    return std::pair<int, int>(header_value<std::int16_t>(folder_ / "a.nii", 252),
                               header_value<std::int16_t>(folder_ / "a.nii", 254));
  };
  EXPECT_EQ(codes(1, 1), std::make_pair(1, 1));
  EXPECT_EQ(codes(2, 4), std::make_pair(2, 4));
  EXPECT_EQ(codes(0, 0), std::make_pair(1, 1));
  EXPECT_EQ(codes(0, 2), std::make_pair(2, 2));
  EXPECT_EQ(codes(3, 0), std::make_pair(3, 3));
}

TEST_F(WriteNifti, EqualVolumesGiveEqualBytes) {
  write_image(folder_ / "a.nii.gz", sample());
  write_image(folder_ / "b.nii.gz", sample());
  const std::string bytes = slurp(folder_ / "a.nii.gz");
  EXPECT_EQ(bytes, slurp(folder_ / "b.nii.gz"));
  EXPECT_EQ(bytes.substr(4, 4), std::string(4, '\0'));  // gzip's time
}

TEST_F(WriteNifti, ExistingFilesStayWithoutForce) {
  write_image(folder_ / "a.nii", sample());
  const std::string before = slurp(folder_ / "a.nii");
  Image other = sample();
  other.voxels[0] = 5;
  EXPECT_ANY_THROW(write_image(folder_ / "a.nii", other));
  EXPECT_EQ(slurp(folder_ / "a.nii"), before);
  write_image(folder_ / "a.nii", other, {core::Overwrite::yes});
  EXPECT_NE(slurp(folder_ / "a.nii"), before);
  EXPECT_EQ(files(), 1u);
}

TEST_F(WriteNifti, OtherEndingsAreRefused) {
  for (const char* name : {"a.img", "a.hdr", "a.mha", "a.gz", "a", "a.nii.bz2", ".nii.gz", ".nii"}) {
    EXPECT_THROW(write_image(folder_ / name, sample()), core::UsageError) << name;
    EXPECT_THROW(write_labels(folder_ / name, LabelMap(sample().grid)), core::UsageError) << name;
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(WriteNifti, WhatCouldNotBeReadAgainIsNotWritten) {
  Image image = sample();
  image.voxels[3] = std::nanf("");
  EXPECT_THROW(write_image(folder_ / "a.nii", image), core::DataError);
  image = sample();
  image.grid.spacing_mm[1] = 0;
  EXPECT_THROW(write_image(folder_ / "a.nii", image), core::DataError);
  image = sample();
  image.voxels.pop_back();
  EXPECT_THROW(write_image(folder_ / "a.nii", image), core::DataError);
  Grid wide;
  wide.size = {40000, 1, 1};
  EXPECT_THROW(write_image(folder_ / "a.nii", Image(wide)), core::DataError);
  EXPECT_EQ(files(), 0u);
}

TEST_F(WriteNifti, FullDisk) {
  // A limit on file size fails like a disk that is full: a short write, then an error.
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit low{4096, old.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &low);
  Image large(sample().grid);
  large.grid.size = {64, 64, 10};
  large.voxels.resize(large.grid.voxels());
  for (std::size_t v = 0; v < large.voxels.size(); ++v) {
    large.voxels[v] = static_cast<float>(test::formula_uniform(2, static_cast<std::uint32_t>(v)));
  }
  EXPECT_THROW(write_image(folder_ / "a.nii.gz", large), core::IoError);
  EXPECT_THROW(write_image(folder_ / "a.nii", large), core::IoError);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace coopseg::image
