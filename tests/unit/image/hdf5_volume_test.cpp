#include "coopseg/image/hdf5_volume.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "coopseg/core/error.h"
#include "coopseg/core/random.h"
#include "coopseg/image/nifti.h"
#include "support/hdf5_maker.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::array<double, 3> kSpacing{0.5, 0.75, 2};

class Hdf5Volume : public ::testing::Test {
 protected:
  fs::path made(const std::vector<std::string>& objects) {
    test::make_hdf5(scratch_ / "case.h5", objects);
    return scratch_ / "case.h5";
  }
  // What is said of a file with this image and this label.
  std::string image_refusal(const std::string& image, const std::string& axes = "xyz") {
    return refusal([&] { read_hdf5_image(made({image}), {axes, kSpacing}); });
  }
  std::string label_refusal(const std::string& label) {
    return refusal([&] { read_hdf5_labels(made({label}), {"xyz", kSpacing}); });
  }
  template <class Read>
  static std::string refusal(Read&& read) {
    try {
      read();
    } catch (const core::DataError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }
  test::ScratchFolder scratch_;
};

TEST_F(Hdf5Volume, PutsEachDimensionWhereItsAxisIs) {
  for (const char* how : {"", " gzip", " shuffle gzip fletcher32 chunk=2x3x2"}) {
    const fs::path file = made({std::string("image float32 6x5x4 places") + how, "label uint8 6x5x4 box"});
    const Image xyz = read_hdf5_image(file, {"xyz", kSpacing});
    EXPECT_THAT(xyz.grid.size, ElementsAre(6, 5, 4));
    EXPECT_EQ(xyz.grid.spacing_mm, kSpacing);
    EXPECT_EQ(xyz.at(5, 3, 2), 50302.f);
    const Image zyx = read_hdf5_image(file, {"zyx", kSpacing});
    EXPECT_THAT(zyx.grid.size, ElementsAre(4, 5, 6));
    EXPECT_EQ(zyx.grid.spacing_mm, kSpacing);
    EXPECT_EQ(zyx.at(2, 3, 5), 50302.f);
    EXPECT_EQ(grid_difference(read_hdf5_image_grid(file, {"zyx", kSpacing}), zyx.grid, 0), "");
    EXPECT_EQ(grid_difference(read_hdf5_label_grid(file, {"zyx", kSpacing}), zyx.grid, 0), "");
    const LabelMap labels = read_hdf5_labels(file, {"xyz", kSpacing});
    EXPECT_EQ(labels.at(4, 3, 2), 1);
    EXPECT_EQ(labels.at(4, 3, 3), 0);
  }
}

TEST_F(Hdf5Volume, ASliceBecomesAVolumeOfTwoAxes) {
  const Image slice = read_hdf5_image(made({"image float64 6x5 places"}), {"yx", kSpacing});
  EXPECT_THAT(slice.grid.size, ElementsAre(5, 6, 1));
  EXPECT_TRUE(slice.grid.two_dimensional);
  EXPECT_EQ(slice.at(4, 3, 0), 304.f);
}

TEST_F(Hdf5Volume, ReadsAllWholeNumbersAndFractions) {
  for (const char* type : {"uint8", "int16", "int32", "int64", "float32", "float64"}) {
    const fs::path file =
        made({std::string("image ") + type + " 3x3x3 box", std::string("label ") + type + " 3x3x3 box"});
    EXPECT_EQ(read_hdf5_image(file, {"xyz", kSpacing}).at(1, 1, 1), 1.f) << type;
    EXPECT_EQ(read_hdf5_labels(file, {"xyz", kSpacing}).at(1, 1, 1), 1) << type;
  }
}

TEST_F(Hdf5Volume, NamesFileAndDataSetOfWhatItRefuses) {
  EXPECT_THAT(image_refusal("label uint8 3x3x3 box"), HasSubstr("case.h5: its data set 'image' is not there"));
  EXPECT_THAT(image_refusal("image group"), HasSubstr("'image' is no data set"));
  EXPECT_THAT(image_refusal("image text 3x3x3 none"), HasSubstr("does not hold plain numbers"));
  EXPECT_THAT(image_refusal("image pair 3x3x3 none"), HasSubstr("does not hold plain numbers"));
  EXPECT_THAT(image_refusal("image float32 3x3 places"), HasSubstr("2 dimensions, expected the 3 of the axes 'xyz'"));
  EXPECT_THAT(image_refusal("image float32 3x3x3 places", "yx"),
              HasSubstr("3 dimensions, expected the 2 of the axes 'yx'"));
  EXPECT_THAT(image_refusal("image float32 2x2x2x2 places"), HasSubstr("has 4 dimensions"));
  EXPECT_THAT(image_refusal("image float32 0x2x2 none"), HasSubstr("0 x 2 x 2 voxels"));
  EXPECT_THAT(image_refusal("image float32 40000x2x2 places"), HasSubstr("40000 x 2 x 2 voxels"));
  EXPECT_THAT(image_refusal("image float32 3x3x3 nan"), HasSubstr("26 voxels that are NaN"));
  EXPECT_THAT(image_refusal("image float64 3x3x3 1e300"), HasSubstr("beyond the range of 32-bit floats"));
  EXPECT_THAT(label_refusal("label float32 3x3x3 0.5"), HasSubstr("'label' is no label map: 26 voxels"));
  EXPECT_THAT(label_refusal("label float64 3x3x3 3e9"), HasSubstr("no whole numbers of 32 bits"));
  EXPECT_THAT(label_refusal("label float64 3x3x3 nan"), HasSubstr("no whole numbers of 32 bits, the first is nan"));
}

TEST_F(Hdf5Volume, FollowsNothingThatLeadsElsewhere) {
  made({"image uint8 3x3x3 box"});
  fs::rename(scratch_ / "case.h5", scratch_ / "other.h5");
  EXPECT_THAT(image_refusal("image external other.h5"), HasSubstr("is a link to another place"));
  EXPECT_THAT(image_refusal("image soft /elsewhere"), HasSubstr("is a link to another place"));
  EXPECT_THAT(image_refusal("image uint8 3x3x3 none elsewhere"), HasSubstr("keeps its voxels in other files"));
  EXPECT_THAT(image_refusal("image uint8 3x3x3 none virtual"), HasSubstr("keeps its voxels in other files"));
}

TEST_F(Hdf5Volume, UnpacksWithGzipAlone) {
  EXPECT_THAT(image_refusal("image uint8 3x3x3 box nbit"), HasSubstr("packed in a way that is not read: filter 5"));
  EXPECT_THAT(image_refusal("image uint8 3x3x3 none plugin"),
              HasSubstr("packed in a way that is not read: filter 32015"));
  EXPECT_THAT(image_refusal("image uint8 3x3x3 box gzip gzip"), HasSubstr("filter 1 after gzip"));
}

TEST_F(Hdf5Volume, TakesNoMemoryForWhatIsNotThere) {
  EXPECT_THAT(image_refusal("image float64 32000x32000x32000 none"), HasSubstr("was never written"));
  EXPECT_THAT(image_refusal("image float64 32000x32000x32000 none gzip chunk=32x32x32"),
              HasSubstr("was never written"));
  EXPECT_THAT(image_refusal("image uint8 3x3x3 none gzip"), HasSubstr("was never written"));
  const auto odd = HasSubstr("holds another number of bytes than its sizes say, at voxel 0, 0");
  EXPECT_THAT(image_refusal("image uint8 100x100 none gzip stream=50", "yx"), odd);
  EXPECT_THAT(image_refusal("image uint8 100x100 none gzip stream=9999", "yx"), odd);
  EXPECT_THAT(image_refusal("image uint8 100x100 none gzip stream=10001", "yx"), odd);
  EXPECT_THAT(image_refusal("image uint8 200x200 box chunk=1x1", "yx"), HasSubstr("40000 pieces that are not packed"));
  EXPECT_THAT(image_refusal("image uint8 20x10 none gzip chunk=10x10 stream=100", "yx"),
              HasSubstr("lacks the piece at voxel 10, 0"));
}

TEST_F(Hdf5Volume, NothingIsReadOfWhatIsNoFile) {
  EXPECT_THROW(read_hdf5_image(scratch_ / "missing.h5", {"xyz", kSpacing}), core::IoError);
  EXPECT_THROW(read_hdf5_image(scratch_.path(), {"xyz", kSpacing}), core::IoError);
  for (const char* bytes : {"", "no HDF5 file at all", "\x89HDF\r\n\x1a\n"}) {
    write(scratch_ / "odd.h5", bytes);
    EXPECT_THAT(refusal([&] {
                  read_hdf5_image(scratch_ / "odd.h5", {"xyz", kSpacing});
                }),
                HasSubstr("is no HDF5 file"));
  }
}

TEST_F(Hdf5Volume, OtherReadersSayWhoReadsIt) {
  const fs::path file = made({"image uint8 3x3x3 box"});
  EXPECT_THAT(refusal([&] { image::read_image(file); }), HasSubstr("which only cs-preprocess reads"));
  EXPECT_THAT(refusal([&] { read_nifti_header(file); }), HasSubstr("which only cs-preprocess reads"));
}

// Files damaged at random: each is refused with an error of ours, or read as a volume that is whole.
TEST_F(Hdf5Volume, DamagedFilesAreRefusedOrWhole) {
  std::vector<std::string> good;
  for (const char* how : {"", " gzip", " shuffle gzip chunk=2x3x2"}) {
    good.push_back(bytes_of(made({std::string("image float32 6x5x4 places") + how})));
  }
  core::RandomStream draw(0, {"damaged HDF5"});
  std::size_t read = 0, refused = 0;
  for (int n = 0; n < 120; ++n) {
    std::string bytes = good[draw.below(good.size())];
    for (std::uint64_t hits = 1 + draw.below(3); hits > 0; --hits)
      bytes[draw.below(bytes.size())] = static_cast<char>(draw.chance(0.5) ? 255 : draw.below(256));
    if (draw.chance(0.1)) bytes.resize(draw.below(bytes.size()));
    write(scratch_ / "bad.h5", bytes);
    try {
      const Image image = read_hdf5_image(scratch_ / "bad.h5", {"xyz", kSpacing});
      ASSERT_EQ(image.voxels.size(), image.grid.voxels());
      EXPECT_THAT(image.voxels, Each(::testing::Truly([](float v) { return std::isfinite(v); })));
      ++read;
    } catch (const core::DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 10u);
  EXPECT_GT(refused, 10u);
}

TEST(Hdf5Name, IsThatOfTheFile) {
  EXPECT_TRUE(is_hdf5("a/mri_norm2.h5"));
  EXPECT_TRUE(is_hdf5("a.hdf5"));
  EXPECT_FALSE(is_hdf5("a.h5/b.nii.gz"));
  EXPECT_FALSE(is_hdf5("h5"));
}

}  // namespace
}  // namespace coopseg::image
