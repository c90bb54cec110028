#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

using test::gzip;
using test::NiftiMaker;
using test::save;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::IsEmpty;

class ReadNifti : public testing::Test {
 protected:
  std::filesystem::path saved(const NiftiMaker& maker, bool packed = false) {
    auto file = folder_ / (packed ? "a.nii.gz" : "a.nii");
    save(file, packed ? gzip(maker.bytes()) : maker.bytes());
    return file;
  }
  template <class T>
  void reads_type(int code, const std::string& name) {
    for (const bool swapped : {false, true}) {
      for (const bool packed : {false, true}) {
        NiftiMaker maker;
        maker.swapped = swapped;
        std::vector<T> values(24, T{3});
        values[1] = std::numeric_limits<T>::max() > T{100} ? T{100} : T{1};
        if (std::numeric_limits<T>::is_signed) values[2] = static_cast<T>(-7);
        maker.set(values, code);
        const auto file = saved(maker, packed);
        const Image image = read_image(file);
        EXPECT_EQ(image.grid.size, (std::array<std::size_t, 3>{4, 3, 2})) << name;
        const LabelMap labels = read_labels(file);
        for (std::size_t v = 0; v < 24; ++v) {
          EXPECT_EQ(image.voxels[v], static_cast<float>(values[v])) << name << " voxel " << v;
          EXPECT_EQ(labels.voxels[v], static_cast<std::int32_t>(values[v])) << name << " voxel " << v;
        }
        const NiftiSummary summary = inspect_nifti(file);
        EXPECT_EQ(summary.data_type, name);
        EXPECT_EQ(summary.minimum, static_cast<double>(*std::min_element(values.begin(), values.end())));
        EXPECT_EQ(summary.maximum, 100);
        EXPECT_THAT(summary.warnings, IsEmpty());
      }
    }
  }
  test::ScratchFolder folder_;
};

TEST_F(ReadNifti, EveryTypeInBothByteOrders) {
  reads_type<std::uint8_t>(2, "uint8");
  reads_type<std::int16_t>(4, "int16");
  reads_type<std::int32_t>(8, "int32");
  reads_type<float>(16, "float32");
  reads_type<double>(64, "float64");
  reads_type<std::int8_t>(256, "int8");
  reads_type<std::uint16_t>(512, "uint16");
  reads_type<std::uint32_t>(768, "uint32");
  reads_type<std::int64_t>(1024, "int64");
  reads_type<std::uint64_t>(1280, "uint64");
}

TEST_F(ReadNifti, SlopeAndIntercept) {
  NiftiMaker maker;
  maker.set(std::vector<std::int16_t>(24, 10), 4);
  maker.slope = 0.5f;
  maker.intercept = -3;
  EXPECT_EQ(read_image(saved(maker)).voxels[0], 2.0f);
  EXPECT_EQ(read_labels(saved(maker)).voxels[0], 2);
  EXPECT_TRUE(inspect_nifti(saved(maker)).scaled);
  EXPECT_EQ(inspect_nifti(saved(maker)).maximum, 2.0);
}

TEST_F(ReadNifti, SlopeZeroMeansNoScalingAndNoIntercept) {
  NiftiMaker maker;
  maker.slope = 0;
  maker.intercept = 7;
  EXPECT_EQ(read_image(saved(maker)).voxels[5], 5.0f);
  EXPECT_FALSE(inspect_nifti(saved(maker)).scaled);
  maker.intercept = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(read_image(saved(maker)).voxels[5], 5.0f);
}

// Masks of whole releases of fMRIPrep say so of both, and all programs read them as they are stored.
TEST_F(ReadNifti, SlopeThatIsNoNumberMeansNoScalingWithAWarning) {
  NiftiMaker maker;
  maker.slope = std::numeric_limits<float>::quiet_NaN();
  for (const float intercept : {0.0f, 7.0f, std::numeric_limits<float>::quiet_NaN()}) {
    maker.intercept = intercept;
    EXPECT_EQ(read_image(saved(maker)).voxels[5], 5.0f);
    EXPECT_EQ(read_labels(saved(maker)).voxels[5], 5);
    EXPECT_FALSE(inspect_nifti(saved(maker)).scaled);
    EXPECT_THAT(inspect_nifti(saved(maker)).warnings, ElementsAre(ContainsRegex("NaN.*as they are stored")));
    EXPECT_THAT(read_nifti_header(saved(maker)).warnings, ElementsAre(ContainsRegex("NaN")));
  }
}

// NIfTI.jl wrote masks of bytes with 32 bits per voxel for years.
TEST_F(ReadNifti, BitsThatContradictTheTypeWhereTheByteCountProvesTheType) {
  NiftiMaker maker;
  maker.set(std::vector<std::uint8_t>(24, 2), 2);
  maker.bitpix = 32;
  for (const bool packed : {false, true}) {
    const auto file = saved(maker, packed);
    EXPECT_EQ(read_labels(file).voxels, std::vector<std::int32_t>(24, 2));
    EXPECT_THAT(inspect_nifti(file).warnings, ElementsAre(ContainsRegex("uint8 with 32 bits per voxel, expected 8")));
    EXPECT_THAT(read_nifti_header(file).warnings, ElementsAre(ContainsRegex("exactly the bytes of uint8")));
  }
}

TEST_F(ReadNifti, LabelsOfWholeFloatsAndOfRoundedSlopes) {
  EXPECT_EQ(read_labels(saved(NiftiMaker())).voxels[23], 23);
  NiftiMaker scaled;
  scaled.set(std::vector<std::uint8_t>(24, 255), 2);
  scaled.slope = 1.0f / 255;
  EXPECT_EQ(read_labels(saved(scaled)).voxels[0], 1);
  NiftiMaker extreme;
  extreme.set(std::vector<std::int32_t>(24, std::numeric_limits<std::int32_t>::min()), 8);
  EXPECT_EQ(read_labels(saved(extreme)).voxels[0], std::numeric_limits<std::int32_t>::min());
}

// NiBabel stretches an array of floats over the whole range of an integer header: labels come back off by up to half a
// step, and where 65535 is no multiple of the largest one, no label but 0 comes back exactly.
TEST_F(ReadNifti, LabelsThatWereStretchedOverTheRangeOfAnIntegerType) {
  for (const int most : {1, 2, 3, 4, 7, 14, 100, 30000}) {
    NiftiMaker maker;
    maker.slope = static_cast<float>(most) / 65535;
    maker.intercept = static_cast<float>(32768.0 * static_cast<double>(maker.slope));
    std::vector<std::int16_t> stored;
    std::vector<std::int32_t> labels;
    for (int v = 0; v < 24; ++v) {
      labels.push_back(v * most / 23);
      const double exact = (labels.back() - static_cast<double>(maker.intercept)) / static_cast<double>(maker.slope);
      stored.push_back(static_cast<std::int16_t>(std::clamp(std::nearbyint(exact), -32768.0, 32767.0)));
    }
    maker.set(stored, 4);
    EXPECT_EQ(read_labels(saved(maker)).voxels, labels) << most;
  }
}

TEST_F(ReadNifti, ScaledVoxelsFartherThanHalfAStepFromWholeNumbersAreNoLabels) {
  NiftiMaker maker;
  maker.set(std::vector<std::int16_t>(24, 1), 4);
  maker.slope = 0.4f;  // 0.4, and half a step is 0.2
  EXPECT_ANY_THROW(read_labels(saved(maker)));
  maker.slope = 1;
  maker.intercept = 0.3f;
  EXPECT_ANY_THROW(read_labels(saved(maker)));
  NiftiMaker floats;  // which come as near as they like
  floats.slope = 0.999f;
  EXPECT_ANY_THROW(read_labels(saved(floats)));
}

TEST_F(ReadNifti, ExactlyTheNamedFileThoughItsSiblingIsThere) {
  NiftiMaker sibling;
  sibling.set(std::vector<float>(24, 99), 16);
  save(folder_ / "a.nii", sibling.bytes());
  save(folder_ / "a.nii.gz", gzip(NiftiMaker().bytes()));
  EXPECT_EQ(read_image(folder_ / "a.nii.gz").voxels[3], 3.0f);
  EXPECT_EQ(read_image(folder_ / "a.nii").voxels[3], 99.0f);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b.nii"));
  std::filesystem::rename(folder_ / "a.nii.gz", folder_ / "b.nii.gz");
  EXPECT_ANY_THROW(read_image(folder_ / "b.nii"));
}

TEST_F(ReadNifti, TrailingBytesWithAWarning) {
  save(folder_ / "a.nii", NiftiMaker().bytes() + "abc");
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii").warnings, ElementsAre("has 3 bytes behind its voxels"));
  save(folder_ / "a.nii.gz", gzip(NiftiMaker().bytes() + "abc"));
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii.gz").warnings, ElementsAre("has 3 bytes behind its voxels"));
  save(folder_ / "a.nii.gz", gzip(NiftiMaker().bytes()) + "garbage");
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii.gz").warnings, ElementsAre("has 7 bytes behind its gzip stream"));
  EXPECT_EQ(read_image(folder_ / "a.nii.gz").voxels[23], 23.0f);
  save(folder_ / "a.nii.gz", gzip(NiftiMaker().bytes()) + gzip("second"));
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii.gz").warnings, ElementsAre("has 6 bytes behind its voxels"));
  EXPECT_EQ(read_image(folder_ / "a.nii.gz").voxels[23], 23.0f);
}

TEST_F(ReadNifti, SeveralGzipMembers) {
  const std::string bytes = NiftiMaker().bytes();
  save(folder_ / "a.nii.gz",
       gzip(bytes.substr(0, 100)) + gzip("") + gzip(bytes.substr(100, 300)) + gzip(bytes.substr(400)));
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii.gz").warnings, IsEmpty());
  EXPECT_EQ(read_image(folder_ / "a.nii.gz").voxels[23], 23.0f);
  EXPECT_EQ(read_nifti_header(folder_ / "a.nii.gz").grid.size[0], 4u);
}

TEST_F(ReadNifti, ContentCountsNotTheName) {
  save(folder_ / "a.nii", gzip(NiftiMaker().bytes()));
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii").warnings, ElementsAre(ContainsRegex("is gzip-compressed although")));
  save(folder_ / "a.nii.gz", NiftiMaker().bytes());
  EXPECT_THAT(inspect_nifti(folder_ / "a.nii.gz").warnings,
              ElementsAre(ContainsRegex("is not gzip-compressed although")));
  EXPECT_EQ(read_image(folder_ / "a.nii.gz").voxels[23], 23.0f);
}

TEST_F(ReadNifti, ExtensionsBetweenHeaderAndVoxels) {
  NiftiMaker maker;
  maker.extension = std::string("\x20\0\0\0\6\0\0\0", 8) + std::string(24, 'c');
  maker.vox_offset = 352 + 32;
  EXPECT_EQ(read_image(saved(maker)).voxels[23], 23.0f);
  EXPECT_EQ(read_image(saved(maker, true)).voxels[23], 23.0f);
  EXPECT_THAT(inspect_nifti(saved(maker)).warnings, IsEmpty());
}

TEST_F(ReadNifti, FramesOfAFourDimensionalFile) {
  NiftiMaker maker;
  maker.dim = {4, 4, 3, 1, 2, 1, 1, 1};
  maker.pixdim[4] = 0.03f;
  for (const bool packed : {false, true}) {
    ReadOptions options;
    options.frame = 1;
    EXPECT_EQ(read_image(saved(maker, packed), options).voxels,
              (std::vector<float>{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}));
    EXPECT_EQ(read_labels(saved(maker, packed), options).voxels[0], 12);
    const auto frames = read_frames(saved(maker, packed));
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].voxels[11], 11.0f);
    EXPECT_EQ(frames[1].voxels[0], 12.0f);
    EXPECT_EQ(inspect_nifti(saved(maker, packed)).frames, 2u);
    EXPECT_FLOAT_EQ(static_cast<float>(read_nifti_header(saved(maker, packed)).frame_duration), 0.03f);
  }
}

TEST_F(ReadNifti, TrailingDimensionOfOneIsDropped) {
  NiftiMaker maker;
  maker.dim = {4, 4, 3, 2, 1, 1, 1, 1};
  EXPECT_EQ(read_image(saved(maker)).grid.size, (std::array<std::size_t, 3>{4, 3, 2}));
  EXPECT_EQ(read_frames(saved(maker)).size(), 1u);
  maker.dim[0] = 5;
  EXPECT_EQ(read_image(saved(maker)).voxels[23], 23.0f);
  // Sizes behind dim[0] mean nothing.
  maker.dim = {3, 4, 3, 2, 0, -1, 99, 0};
  EXPECT_EQ(read_image(saved(maker)).voxels[23], 23.0f);
}

TEST_F(ReadNifti, TwoDimensions) {
  NiftiMaker maker;
  maker.dim = {2, 6, 4, 1, 1, 1, 1, 1};
  maker.pixdim[3] = 0;
  const Image image = read_image(saved(maker));
  EXPECT_EQ(image.grid.size, (std::array<std::size_t, 3>{6, 4, 1}));
  EXPECT_EQ(image.grid.spacing_mm[2], 1);
  EXPECT_TRUE(image.grid.two_dimensional);
  // A sform of two axes may leave the third column empty.
  maker.qform_code = 0;
  maker.sform = {0, 1.5f, 0, 1, -1.5f, 0, 0, 2, 0, 0, 0, 3};
  const Grid grid = read_image(saved(maker)).grid;
  EXPECT_THAT(grid.direction, ElementsAre(0, -1, 0, 1, 0, 0, 0, 0, 1));
}

TEST_F(ReadNifti, MetresAndMicrometresBecomeMillimetres) {
  NiftiMaker maker;
  maker.units = 3;
  maker.pixdim = {1, 1500, 1500, 8000, 1, 1, 1, 1};
  maker.sform_code = 0;
  maker.offset = {1000, 0, 0};
  const auto summary = inspect_nifti(saved(maker));
  EXPECT_DOUBLE_EQ(summary.grid.spacing_mm[0], 1.5);
  EXPECT_DOUBLE_EQ(summary.grid.origin_mm[0], -1);
  EXPECT_THAT(summary.warnings, ElementsAre(ContainsRegex("micrometre")));
}

}  // namespace
}  // namespace coopseg::image
