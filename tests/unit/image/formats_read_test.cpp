// Every format that is read gives the voxels and the place in the patient that the same volume has as NIfTI-1.
#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/format_maker.h"

namespace coopseg::image {
namespace {

using namespace test;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

class Formats : public testing::Test {
 protected:
  Formats() {
    save(folder_ / "reference.nii", oblique_nifti().bytes());
    reference_ = read_image(folder_ / "reference.nii");
  }
  fs::path saved(const std::string& name, const std::string& bytes) {
    const auto file = folder_ / name;
    fs::create_directories(file.parent_path());
    save(file, bytes);
    return file;
  }
  // By every door, without a warning unless one is expected.
  void expect_reference(const fs::path& file, const testing::Matcher<std::vector<std::string>>& warnings = IsEmpty()) {
    SCOPED_TRACE(file.string());
    const Image image = read_image(file);
    EXPECT_EQ(image.voxels, reference_.voxels);
    EXPECT_EQ(grid_difference(image.grid, reference_.grid, 1e-6), "");
    EXPECT_EQ(image.grid.sform_code, 1);
    EXPECT_EQ(read_labels(file).voxels.front(), -7);
    const NiftiSummary summary = inspect_nifti(file);
    EXPECT_THAT(summary.warnings, warnings);
    EXPECT_EQ(summary.data_type, "int16");
    EXPECT_EQ(summary.minimum, -7);
    EXPECT_EQ(summary.maximum, 62);
    EXPECT_EQ(grid_difference(read_nifti_header(file).grid, image.grid, 0), "");
    // Results are NIfTI-1, and are there what they were here.
    write_image(folder_ / "result.nii.gz", image, {core::Overwrite::yes});
    const Image result = read_image(folder_ / "result.nii.gz");
    EXPECT_EQ(result.voxels, image.voxels);
    EXPECT_EQ(grid_difference(result.grid, image.grid, 1e-6), "");
  }

  test::ScratchFolder folder_;
  Image reference_;
};

TEST_F(Formats, Nifti2OfBothByteOrders) {
  Nifti2Maker maker;
  expect_reference(saved("a.nii", maker.bytes()));
  expect_reference(saved("a.nii.gz", gzip(maker.bytes())));
  maker.big = true;
  expect_reference(saved("a.nii", maker.bytes()));
  expect_reference(saved("a.nii.gz", gzip(maker.bytes())));
}

TEST_F(Formats, Nifti2SaysScalingInDoubles) {
  Nifti2Maker maker;
  maker.slope = 0.1;
  maker.intercept = 1e-50;
  EXPECT_EQ(inspect_nifti(saved("a.nii", maker.bytes())).maximum, 62 * 0.1);
  maker.slope = 1e-50;  // no float, but a number above 0
  EXPECT_TRUE(inspect_nifti(saved("a.nii", maker.bytes())).scaled);
}

TEST_F(Formats, PairsByEitherName) {
  NiftiMaker first = oblique_nifti();
  first.magic = std::string("ni1\0", 4);
  first.vox_offset = 0;
  Nifti2Maker second;
  second.magic[1] = 'i';
  second.vox_offset = 0;
  for (const std::string& header : {first.bytes().substr(0, 348), first.bytes().substr(0, 352), second.header()}) {
    saved("a.hdr", header);
    saved("a.img", oblique_bytes());
    saved("b.hdr.gz", gzip(header));
    saved("b.img.gz", gzip(oblique_bytes()));
    saved("c.hdr", header);
    saved("c.img.gz", gzip(oblique_bytes()));
    for (const std::string name : {"a.hdr", "a.img", "b.hdr.gz", "b.img.gz", "c.hdr", "c.img.gz"})
      expect_reference(folder_ / name);
  }
  second.big = true;
  second.vox_offset = 16;
  saved("a.hdr", second.header());
  saved("a.img", std::string(16, 'x') + second.voxels());
  expect_reference(folder_ / "a.hdr");
}

// Voxels may begin with what marks a packed stream elsewhere.
TEST_F(Formats, PairsWhoseVoxelsLookPacked) {
  NiftiMaker maker;
  maker.magic = std::string("ni1\0", 4);
  maker.vox_offset = 0;
  maker.set(std::vector<std::uint8_t>(24, 0x8b), 2);
  maker.voxels[0] = '\x1f';
  saved("a.hdr", maker.bytes().substr(0, 348));
  saved("a.img", maker.voxels);
  EXPECT_EQ(read_labels(folder_ / "a.hdr").voxels[1], 0x8b);
}

TEST_F(Formats, SingleFilesWithNamesOfPairs) {
  expect_reference(saved("a.hdr", oblique_nifti().bytes()));
  expect_reference(saved("b.img", oblique_nifti().bytes()));
}

TEST_F(Formats, NrrdInEveryEncodingAndByteOrder) {
  expect_reference(saved("a.nrrd", oblique_nrrd().text() + oblique_bytes()));
  expect_reference(saved("a.nrrd", oblique_nrrd().set("endian", "big").text() + oblique_bytes(true)));
  expect_reference(saved("a.nrrd", oblique_nrrd().set("encoding", "gzip").text() + gzip(oblique_bytes())));
  expect_reference(saved("a.nrrd", oblique_nrrd().set("encoding", "GZ").text() + gzip(oblique_bytes())));
  expect_reference(saved("a.nrrd", oblique_nrrd().set("encoding", "ascii").drop("endian").text() + oblique_text()));
}

TEST_F(Formats, NrrdWithItsVoxelsElsewhere) {
  TextHeader header = oblique_nrrd().set("data file", "a.raw");
  saved("a.raw", oblique_bytes());
  expect_reference(saved("a.nhdr", header.text()));
  header.end = "";
  expect_reference(saved("a.nhdr", header.text()));
  saved("deep/er/b.raw.gz", "two\nlines\n" + gzip("skip" + oblique_bytes()));
  header.set("data file", "./er/b.raw.gz").set("encoding", "gzip").set("line skip", "2").set("byte skip", "4");
  expect_reference(saved("deep/b.nhdr", header.text()));
  saved("c.raw", "a header of some length" + oblique_bytes());
  header = oblique_nrrd().drop("encoding").set("datafile", "c.raw").set("encoding", "raw").set("byte skip", "-1");
  expect_reference(saved("c.nhdr", header.text()));
}

// As DataLad keeps files: links to a store of its own. A folder may be reached by a link, too.
TEST_F(Formats, VoxelsBehindALink) {
  saved("store/1234", oblique_bytes());
  saved("set/x", "");
  fs::create_symlink("../store/1234", folder_ / "set/a.raw");
  expect_reference(saved("set/a.nhdr", oblique_nrrd().set("data file", "a.raw").text()));
  fs::create_directory_symlink("set", folder_ / "alias");
  expect_reference(folder_ / "alias/a.nhdr");
}

TEST_F(Formats, NrrdSpacesOfOtherDirections) {
  TextHeader header = oblique_nrrd().set("space", "right-anterior-superior");
  header.set("space directions", "(-0.9,-1.2,0) (1,-0.75,0) (0,0,8)").set("space origin", "(-10,20,30)");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()));
  header.set("space", "RAS");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()));
  header.set("space", "LAS");
  header.set("space directions", "(0.9,-1.2,0) (-1,-0.75,0) (0,0,8)").set("space origin", "(10,20,30)");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()));
  header = oblique_nrrd().set("space", "scanner-xyz");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()),
                   ElementsAre(ContainsRegex("no directions of the body .space scanner-xyz.*left-posterior-superior")));
}

TEST_F(Formats, NrrdInOtherUnits) {
  TextHeader header = oblique_nrrd().set("space units", "\"mm\" \"mm\" \"mm\"");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()));
  header.set("space units", "\"cm\" \"cm\" \"cm\"").set("space origin", "(1,-2,3)");
  header.set("space directions", "(0.09,0.12,0) (-0.1,0.075,0) (0,0,0.8)");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()), ElementsAre(ContainsRegex("converted to mm")));
}

TEST_F(Formats, NrrdWithoutDirections) {
  TextHeader header = oblique_nrrd().drop("space").drop("space directions").drop("space origin");
  header.set("spacings", "1.5 1.25 8");
  const auto file = saved("a.nrrd", header.text() + oblique_bytes());
  EXPECT_THAT(inspect_nifti(file).warnings,
              ElementsAre(ContainsRegex("no space directions; spacing 1.5 x 1.25 x 8 mm from spacings")));
  const Image image = read_image(file);
  EXPECT_EQ(image.voxels, reference_.voxels);
  EXPECT_THAT(image.grid.spacing_mm, ElementsAre(1.5, 1.25, 8));
  EXPECT_EQ(image.grid.direction, Grid().direction);
}

TEST_F(Formats, NrrdFramesWhereTheyAreClear) {
  TextHeader header = oblique_nrrd().set("dimension", "4").set("sizes", "4 3 1 2");
  header.set("space directions", "(0.9,1.2,0) (-1,0.75,0) (0,0,8) none").set("kinds", "domain domain domain time");
  header.set("spacings", "nan nan nan 0.03");
  const auto with_kind = saved("a.nrrd", header.text() + oblique_bytes());
  EXPECT_EQ(inspect_nifti(with_kind).frames, 2u);
  EXPECT_NEAR(read_nifti_header(with_kind).frame_duration, 0.03, 1e-8);
  EXPECT_EQ(read_frames(with_kind)[1].voxels.front(), 3 * 12 - 7);
  EXPECT_THROW(read_image(with_kind), core::DataError);
  // As ITK's programs write them.
  header.drop("space").drop("spacings").set("space dimension", "4").set("kinds", "domain domain domain domain");
  header.set("space directions", "(0.9,1.2,0,0) (-1,0.75,0,0) (0,0,8,0) (0,0,0,0.03)");
  header.set("space origin", "(10,-20,30,0)");
  const auto with_step = saved("b.nrrd", header.text() + oblique_bytes());
  EXPECT_EQ(read_frames(with_step)[1].voxels, read_frames(with_kind)[1].voxels);
  EXPECT_NEAR(read_nifti_header(with_step).frame_duration, 0.03, 1e-8);
}

TEST_F(Formats, NrrdAxesOfOneValueAreLeftOut) {
  TextHeader header =
      oblique_nrrd().set("dimension", "4").set("sizes", "1 4 3 2").set("kinds", "list domain domain domain");
  header.set("space directions", "none (0.9,1.2,0) (-1,0.75,0) (0,0,8)");
  expect_reference(saved("a.nrrd", header.text() + oblique_bytes()));
}

TEST_F(Formats, PicturesOfTwoAxes) {
  TextHeader nrrd = oblique_nrrd().drop("space").set("space dimension", "2").set("dimension", "2").set("sizes", "4 6");
  nrrd.set("space directions", "(0.9,1.2) (-1,0.75)").set("space origin", "(10,-20)").set("kinds", "domain domain");
  TextHeader meta = oblique_meta().set("NDims", "2").set("DimSize", "4 6").set("ElementSpacing", "1.5 1.25");
  meta.set("TransformMatrix", "0.6 0.8 -0.8 0.6").set("Offset", "10 -20");
  const Image a = read_image(saved("a.nrrd", nrrd.text() + oblique_bytes()));
  const Image b = read_image(saved("a.mha", meta.text() + oblique_bytes()));
  EXPECT_EQ(a.voxels, b.voxels);
  EXPECT_EQ(grid_difference(a.grid, b.grid, 1e-6), "");
  EXPECT_TRUE(a.grid.two_dimensional && b.grid.two_dimensional);
  EXPECT_THAT(a.grid.size, ElementsAre(4u, 6u, 1u));
  EXPECT_NEAR(a.grid.direction[8], 1, 1e-12);
  EXPECT_NEAR(a.grid.direction[3], 0.8, 1e-12);
}

TEST_F(Formats, MetaImageInEveryEncodingAndByteOrder) {
  expect_reference(saved("a.mha", oblique_meta().text() + oblique_bytes()));
  expect_reference(saved("a.mha", oblique_meta().set("BinaryDataByteOrderMSB", "True").text() + oblique_bytes(true)));
  TextHeader packed = oblique_meta().set("CompressedData", "True");
  const std::string stream = zlib_stream(oblique_bytes());
  expect_reference(saved("a.mha", packed.text() + stream));
  expect_reference(saved("a.mha", packed.set("CompressedDataSize", std::to_string(stream.size())).text() + stream));
  expect_reference(saved("a.mha", packed.drop("CompressedDataSize").text() + gzip(oblique_bytes())));
  expect_reference(saved("a.mha", oblique_meta().set("BinaryData", "False").text() + oblique_text()));
  TextHeader other_line_ends = oblique_meta();
  other_line_ends.between = " = ";
  for (auto& line : other_line_ends.lines) line.second += "\r";
  expect_reference(saved("a.mha", other_line_ends.text() + oblique_bytes()));
}

TEST_F(Formats, MetaImageWithItsVoxelsElsewhere) {
  TextHeader header = oblique_meta();
  header.end = "ElementDataFile = a.raw\n";
  saved("a.raw", oblique_bytes());
  expect_reference(saved("a.mhd", header.text()));
  saved("a.raw", "before" + oblique_bytes());
  expect_reference(saved("a.mhd", header.set("HeaderSize", "6").text()));
  expect_reference(saved("a.mhd", header.set("HeaderSize", "-1").text()));
  header = oblique_meta().set("CompressedData", "True");
  header.end = "ElementDataFile = a.zraw";
  saved("a.zraw", zlib_stream(oblique_bytes()));
  expect_reference(saved("a.mhd", header.text()));
}

TEST_F(Formats, MetaImageFrames) {
  TextHeader header = oblique_meta().set("NDims", "4").set("DimSize", "4 3 1 2").set("Offset", "10 -20 30 0");
  header.set("TransformMatrix", "0.6 0.8 0 0 -0.8 0.6 0 0 0 0 1 0 0 0 0 1").set("ElementSpacing", "1.5 1.25 8 0.03");
  const auto file = saved("a.mha", header.text() + oblique_bytes());
  EXPECT_EQ(read_frames(file)[1].voxels.front(), 3 * 12 - 7);
  EXPECT_NEAR(read_nifti_header(file).frame_duration, 0.03, 1e-8);
}

TEST_F(Formats, MetaImageDoubtsAreSaid) {
  const auto warnings = [&](const TextHeader& header) {
    return inspect_nifti(saved("a.mha", header.text() + oblique_bytes())).warnings;
  };
  EXPECT_THAT(warnings(oblique_meta().set("AnatomicalOrientation", "RAI")), ElementsAre(HasSubstr("RAI")));
  EXPECT_THAT(warnings(oblique_meta().set("AnatomicalOrientation", "AI")),
              ElementsAre(HasSubstr("directions are used")));
  EXPECT_THAT(warnings(oblique_meta().set("AnatomicalOrientation", "???")), IsEmpty());
  EXPECT_THAT(warnings(oblique_meta().drop("TransformMatrix")), ElementsAre(HasSubstr("direction identity")));
  EXPECT_THAT(warnings(oblique_meta().drop("ElementSpacing")), ElementsAre(HasSubstr("spacing was lost")));
  EXPECT_THAT(warnings(oblique_meta().drop("ElementSpacing").set("ElementSize", "1.5 1.25 8")),
              ElementsAre(HasSubstr("ElementSize")));
  EXPECT_THAT(warnings(oblique_meta().set("ElementToIntensityFunctionSlope", "2")),
              ElementsAre(HasSubstr("slope 2, offset 0) is applied")));
}

TEST_F(Formats, EveryTypeOfNumber) {
  const auto expect_type = [&](const std::string& bytes, const char* nrrd, const char* meta, const char* name) {
    SCOPED_TRACE(name);
    for (const fs::path& file : {saved("a.nrrd", oblique_nrrd().set("type", nrrd).text() + bytes),
                                 saved("a.mha", oblique_meta().set("ElementType", meta).text() + bytes)}) {
      EXPECT_EQ(read_image(file).voxels[9], 20);
      EXPECT_EQ(inspect_nifti(file).data_type, name);
    }
  };
  expect_type(oblique_bytes<std::int8_t>(), "signed char", "MET_CHAR", "int8");
  expect_type(oblique_bytes<std::uint8_t>(), "unsigned char", "MET_UCHAR", "uint8");
  expect_type(oblique_bytes<std::uint16_t>(), "unsigned short", "MET_USHORT", "uint16");
  expect_type(oblique_bytes<std::int32_t>(), "int", "MET_INT", "int32");
  expect_type(oblique_bytes<std::int32_t>(), "int32", "MET_LONG", "int32");
  expect_type(oblique_bytes<std::uint32_t>(), "uint", "MET_UINT", "uint32");
  expect_type(oblique_bytes<std::int64_t>(), "long long int", "MET_LONG_LONG", "int64");
  expect_type(oblique_bytes<std::uint64_t>(), "ulonglong", "MET_ULONG_LONG", "uint64");
  expect_type(oblique_bytes<float>(), "float", "MET_FLOAT", "float32");
  expect_type(oblique_bytes<double>(), "double", "MET_DOUBLE", "float64");
}

TEST_F(Formats, ContentDecidesNotTheName) {
  for (const std::string ending : {".nii.gz", ".nii", ".hdr", ".hdr.gz"}) {
    expect_reference(saved("a" + ending, oblique_nrrd().text() + oblique_bytes()),
                     ElementsAre(EndsWith("is a NRRD file although its name ends in " + ending)));
  }
  expect_reference(saved("a.dat", oblique_nrrd().text() + oblique_bytes()));
  expect_reference(saved("a.nii", oblique_meta().text() + oblique_bytes()),
                   ElementsAre(HasSubstr("is a MetaImage file although its name ends in .nii")));
  expect_reference(saved("a.nrrd", oblique_nifti().bytes()), ElementsAre(HasSubstr("is a NIfTI file although")));
  expect_reference(saved("a.mha", oblique_nrrd().text() + oblique_bytes()), ElementsAre(HasSubstr("is a NRRD file")));
}

TEST_F(Formats, BytesBehindTheVoxelsAreSaid) {
  const auto says = ElementsAre(HasSubstr("3 bytes behind its voxels"));
  expect_reference(saved("a.nrrd", oblique_nrrd().text() + oblique_bytes() + "xyz"), says);
  expect_reference(saved("a.mha", oblique_meta().text() + oblique_bytes() + "xyz"), says);
  const std::string stream = zlib_stream(oblique_bytes());
  TextHeader packed = oblique_meta().set("CompressedData", "True");
  packed.set("CompressedDataSize", std::to_string(stream.size()));
  expect_reference(saved("a.mha", packed.text() + stream + "xyz"), says);
}

}  // namespace
}  // namespace coopseg::image
