// Files of the other formats that must not be read, and formats that are not read at all: the message says what was
// found and what to do.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <functional>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/format_maker.h"

namespace coopseg::image {
namespace {

using namespace test;
using testing::ContainsRegex;

class FormatsRefused : public testing::Test {
 protected:
  std::string refusal(const fs::path& file, const std::function<void()>& door) {
    try {
      door();
    } catch (const core::DataError& error) {
      EXPECT_THAT(error.subject(), testing::StartsWith(folder_.path().string()));
      return error.what();
    }
    return "was read: " + file.string();
  }
  // Every door refuses it; those that read the header alone only where `header_tells`.
  void refuses(const std::string& name, const std::string& bytes, const std::string& words, bool header_tells = true) {
    const auto file = folder_ / name;
    save(file, bytes);
    EXPECT_THAT(refusal(file, [&] { read_image(file); }), ContainsRegex(words));
    EXPECT_THAT(refusal(file, [&] { read_labels(file); }), ContainsRegex(words));
    EXPECT_THAT(refusal(file, [&] { read_frames(file); }), ContainsRegex(words));
    EXPECT_THAT(refusal(file, [&] { inspect_nifti(file); }), ContainsRegex(words));
    if (!header_tells) return;
    EXPECT_THAT(refusal(file, [&] { read_nifti_header(file); }), ContainsRegex(words));
  }
  void refuses_nrrd(const std::function<void(TextHeader&)>& damage, const std::string& words) {
    TextHeader header = oblique_nrrd();
    damage(header);
    refuses("a.nrrd", header.text() + oblique_bytes(), words);
  }
  void refuses_meta(const std::function<void(TextHeader&)>& damage, const std::string& words) {
    TextHeader header = oblique_meta();
    damage(header);
    refuses("a.mha", header.text() + oblique_bytes(), words);
  }
  void refuses_nifti2(const std::function<void(Nifti2Maker&)>& damage, const std::string& words) {
    Nifti2Maker maker;
    damage(maker);
    refuses("a.nii", maker.bytes(), words);
    refuses("a.nii.gz", gzip(maker.bytes()), words);
  }

  test::ScratchFolder folder_;
};

// What a copy that broke off leaves, whatever byte it broke off at.
TEST_F(FormatsRefused, CutAnywhere) {
  const std::string zipped = zlib_stream(oblique_bytes());
  TextHeader sized = oblique_meta().set("CompressedData", "True");
  sized.set("CompressedDataSize", std::to_string(zipped.size()));
  const std::vector<std::pair<std::string, std::string>> whole = {
      {"a.nii", Nifti2Maker().bytes()},
      {"a.nii.gz", gzip(Nifti2Maker().bytes())},
      {"a.nrrd", oblique_nrrd().text() + oblique_bytes()},
      {"b.nrrd", oblique_nrrd().set("encoding", "gzip").text() + gzip(oblique_bytes())},
      {"a.mha", oblique_meta().text() + oblique_bytes()},
      {"b.mha", oblique_meta().set("CompressedData", "True").text() + zipped},
      {"c.mha", sized.text() + zipped}};
  for (const auto& [name, bytes] : whole) {
    const auto file = folder_ / name;
    save(file, bytes);
    EXPECT_EQ(read_image(file).voxels.size(), 24u) << name;
    for (std::size_t length = bytes.size(); length-- > 0;) {
      fs::resize_file(file, length);
      EXPECT_THROW(read_image(file), core::DataError) << name << " cut to " << length;
    }
  }
}

TEST_F(FormatsRefused, VoxelsBesideTheHeaderThatAreCutOrMissing) {
  TextHeader meta = oblique_meta();
  meta.end = "ElementDataFile = a.raw\n";
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"a.mhd", meta.text()}, {"a.nhdr", oblique_nrrd().set("data file", "a.raw").text()}};
  for (const auto& [name, text] : headers) {
    save(folder_ / "a.raw", oblique_bytes().substr(1));
    refuses(name, text, "a.raw: is truncated: 47 bytes, its header says 48");
    fs::remove(folder_ / "a.raw");
    refuses(name, text, "has its voxels in .*a.raw, which does not exist; copy it there");
  }
  NiftiMaker pair = oblique_nifti();
  pair.magic = std::string("ni1\0", 4);
  pair.vox_offset = 0;
  refuses("p.hdr", pair.bytes().substr(0, 348), "pair, and there is neither p.img nor p.img.gz");
  save(folder_ / "p.img", oblique_bytes().substr(1));
  refuses("p.hdr", pair.bytes().substr(0, 348), "p.img: is truncated: 47 bytes, its header says 48");
  refuses("q.img", oblique_bytes(), "q.img: is the voxels of a .hdr/.img pair, whose header is not beside it");
  refuses("q.raw", oblique_bytes(), "voxels without a header; name the .mhd or .nhdr");
  refuses("p.nii", pair.bytes().substr(0, 348), "pair, but is not named .hdr");
}

// A header from elsewhere must not choose which of this machine's files are read.
TEST_F(FormatsRefused, VoxelsOutsideTheHeadersFolder) {
  for (const std::string name : {"/etc/passwd", "../a.raw", "deep/../../a.raw"}) {
    refuses("a.nhdr", oblique_nrrd().set("data file", name).text(), "expected one in its own folder or below");
    TextHeader meta = oblique_meta();
    meta.end = "ElementDataFile = " + name + "\n";
    refuses("a.mhd", meta.text(), "expected one in its own folder or below");
  }
}

// `data file: etc/passwd` beside a link etc -> /etc.
TEST_F(FormatsRefused, VoxelsInAFolderThatALinkLeadsTo) {
  const ScratchFolder other;
  save(other / "a.raw", oblique_bytes());
  fs::create_directory_symlink(other.path(), folder_ / "link");
  const std::string text = oblique_nrrd().set("data file", "link/a.raw").text();
  refuses("a.nhdr", text, "a.nhdr: names the file link/a.raw .* a link leads to another folder");
  fs::create_directory_symlink(folder_.path(), folder_ / "deep");
  refuses("a.nhdr", oblique_nrrd().set("data file", "deep/link/a.raw").text(), "a link leads to another folder");
}

TEST_F(FormatsRefused, VoxelsInNoFile) {
  fs::create_directory(folder_ / "folder");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const std::vector<std::pair<const char*, const char*>> names = {{"", "names no file for its voxels"},
                                                                  {".", "in .*, which is a folder"},
                                                                  {"folder", "in .*folder, which is a folder"},
                                                                  {"folder/", "names no file for its voxels"},
                                                                  {"fifo", "in .*fifo, which is no regular file"}};
  for (const auto& [name, words] : names) {
    refuses("a.nhdr", oblique_nrrd().set("data file", name).text(), std::string("a.nhdr: .*") + words);
    TextHeader meta = oblique_meta();
    meta.end = std::string("ElementDataFile = ") + name + "\n";
    if (*name != '\0') refuses("a.mhd", meta.text(), std::string("a.mhd: .*") + words);
  }
  fs::create_directory(folder_ / "p.img");
  Nifti2Maker pair;
  pair.magic = std::string("ni2\0\r\n\032\n", 8);
  pair.vox_offset = 0;
  refuses("p.hdr", pair.header(), "p.hdr: has its voxels in .*p.img, which is a folder");
}

TEST_F(FormatsRefused, DamagedStreams) {
  std::string stream = zlib_stream(oblique_bytes());
  stream.back() ^= 1;
  refuses("a.mha", oblique_meta().set("CompressedData", "True").text() + stream,
          "damaged zlib stream: incorrect data check", false);
  stream = gzip(oblique_bytes());
  stream[stream.size() - 8] ^= 1;
  refuses("a.nrrd", oblique_nrrd().set("encoding", "gzip").text() + stream, "damaged gzip stream: incorrect data check",
          false);
  refuses("a.nrrd", oblique_nrrd().set("encoding", "gzip").text() + oblique_bytes(), "damaged gzip stream", false);
  refuses("a.nrrd", oblique_nrrd().set("encoding", "gzip").text() + gzip(oblique_bytes().substr(2)),
          "truncated: 46 bytes, its header says 48", false);
}

TEST_F(FormatsRefused, SizesThatNoFileHolds) {
  rlimit old{};
  getrlimit(RLIMIT_AS, &old);
  const rlimit low{std::min<rlim_t>(rlim_t{3} << 30, old.rlim_max), old.rlim_max};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  setrlimit(RLIMIT_AS, &low);
#endif
  for (const std::string sizes : {"30000 30000 30000", "4294967296 4294967296 4294967296", "9223372036854775807 2 2",
                                  "18446744073709551615 18446744073709551615 2"}) {
    refuses_nrrd([&](TextHeader& h) { h.set("sizes", sizes); }, "truncated|more than any file holds");
    refuses_nrrd([&](TextHeader& h) { h.set("sizes", sizes).set("encoding", "gzip"); },
                 "truncated|more than any file holds");
    refuses_nrrd([&](TextHeader& h) { h.set("sizes", sizes).set("encoding", "text"); },
                 "truncated|more than any file holds");
    refuses_meta([&](TextHeader& h) { h.set("DimSize", sizes); }, "truncated|more than any file holds");
    refuses_meta([&](TextHeader& h) { h.set("DimSize", sizes).set("CompressedData", "True"); },
                 "truncated|more than any file holds");
  }
  for (const std::string sizes :
       {"0 3 2", "-4 3 2", "4 3", "4 3 2 1", "4 x 2", "4.5 3 2", "", "99999999999999999999 1 1"}) {
    refuses_nrrd([&](TextHeader& h) { h.set("sizes", sizes); }, "has 'sizes: .*expected");
    refuses_meta([&](TextHeader& h) { h.set("DimSize", sizes); }, "has 'DimSize: .*expected");
  }
  refuses_nifti2([](Nifti2Maker& m) { m.dim = {3, 32767, 32767, 32767, 1, 1, 1, 1}; }, "truncated");
  refuses_nifti2([](Nifti2Maker& m) { m.dim[1] = 40000; }, "40000 voxels along axis 1, at most 32767");
  refuses_nifti2([](Nifti2Maker& m) { m.dim[2] = -5000000000; }, "along axis 2, expected 1 or more");
  refuses_nifti2([](Nifti2Maker& m) { m.dim[0] = 9; }, "9 dimensions");
  refuses_nrrd([](TextHeader& h) { h.set("dimension", "17"); },
               "'dimension: 17', expected a whole number from 1 to 16");
  refuses_meta([](TextHeader& h) { h.set("NDims", "5"); }, "'NDims: 5', expected a whole number from 2 to 4");
  refuses_nrrd([](TextHeader& h) { h.set("line skip", "4000000000"); }, "behind 4000000000 lines");
  refuses_nrrd([](TextHeader& h) { h.set("byte skip", "4000000000"); }, "truncated");
  refuses_meta([](TextHeader& h) { h.set("CompressedData", "True").set("CompressedDataSize", "18446744073709551615"); },
               "bytes of packed voxels, its header says 18446744073709551615");
  refuses("a.nrrd", "NRRD0004\n#" + std::string(5 << 20, 'x'), "header of more than 4194304 bytes");
  setrlimit(RLIMIT_AS, &old);
}

TEST_F(FormatsRefused, SpacingThatIsNone) {
  for (const std::string spacing : {"0", "-1.5", "nan", "inf", "1e300"}) {
    refuses_meta([&](TextHeader& h) { h.set("ElementSpacing", "1.5 " + spacing + " 8"); },
                 "has the spacing .* mm along axis 2 .ElementSpacing., expected above 0");
    refuses_nrrd([&](TextHeader& h) { h.drop("space directions").set("spacings", spacing + " 1 8"); },
                 "has the spacing .* mm along axis 1 .spacings., expected above 0");
  }
  for (const std::string step : {"(0,0,0)", "(0,0,nan)", "(0,inf,0)", "(0,0,1e200)"}) {
    refuses_nrrd([&](TextHeader& h) { h.set("space directions", "(0.9,1.2,0) (-1,0.75,0) " + step); },
                 "has the spacing .* mm along axis 3 .space directions., expected above 0");
  }
}

TEST_F(FormatsRefused, AxesThatAreNotAtRightAngles) {
  refuses_nrrd([](TextHeader& h) { h.set("space directions", "(0.9,1.2,0) (-1,0.75,0) (0,0.1,8)"); },
               "axes that are not at right angles .cosine 0.0");
  refuses_nrrd([](TextHeader& h) { h.set("space directions", "(1,0,0) (2,0,0) (0,0,8)"); }, "not at right angles");
  refuses_meta([](TextHeader& h) { h.set("TransformMatrix", "1 0 0 0.01 1 0 0 0 1"); }, "not at right angles");
  refuses_meta([](TextHeader& h) { h.set("TransformMatrix", "2 0 0 0 1 0 0 0 1"); }, "expected rows of length 1");
  refuses_meta([](TextHeader& h) { h.set("TransformMatrix", "nan 0 0 0 1 0 0 0 1"); }, "expected rows of length 1");
  refuses_nrrd([](TextHeader& h) { h.set("space origin", "(nan,0,0)"); }, "origin nan 0 0, expected finite");
  refuses_meta([](TextHeader& h) { h.set("Offset", "0 1e300 0"); }, "origin 0 1e.300 0, expected finite");
  for (const GeometryRule rule : {GeometryRule::qform, GeometryRule::sform, GeometryRule::pixdim}) {
    save(folder_ / "a.mha", oblique_meta().text() + oblique_bytes());
    ReadOptions options;
    options.geometry = rule;
    EXPECT_THAT(refusal("a.mha", [&] { read_image(folder_ / "a.mha", options); }),
                ContainsRegex("leave out --geometry"));
  }
}

TEST_F(FormatsRefused, SeveralNumbersPerVoxel) {
  TextHeader rgb =
      oblique_nrrd().set("dimension", "4").set("sizes", "3 4 3 2").set("kinds", "RGB-color domain domain domain");
  rgb.set("space directions", "none (0.9,1.2,0) (-1,0.75,0) (0,0,8)");
  refuses("a.nrrd", rgb.text() + std::string(144, 'x'), "3 values along axis 1 .kind rgb-color., expected one number");
  TextHeader list =
      oblique_nrrd().set("dimension", "4").set("sizes", "4 3 2 3").set("kinds", "domain domain domain list");
  list.set("space directions", "(0.9,1.2,0) (-1,0.75,0) (0,0,8) none");
  refuses("a.nrrd", list.text() + std::string(144, 'x'), "3 values along axis 4 .kind list");
  // What the fourth axis means is not said.
  TextHeader bare = oblique_nrrd().drop("space").drop("space directions").drop("space origin").drop("kinds");
  bare.set("dimension", "4").set("sizes", "4 3 2 3");
  refuses("a.nrrd", bare.text() + std::string(144, 'x'), "3 values along axis 4 .no kind.*of kind time");
  refuses_meta([](TextHeader& h) { h.set("ElementNumberOfChannels", "3"); }, "has 3 values at every voxel");
  refuses_meta([](TextHeader& h) { h.set("ElementType", "MET_UCHAR_ARRAY"); }, "voxels of type MET_UCHAR_ARRAY");
  refuses_nrrd([](TextHeader& h) { h.set("type", "block"); }, "voxels of type 'block', expected one number");
}

TEST_F(FormatsRefused, FieldsThatMeanNothing) {
  refuses_nrrd([](TextHeader& h) { h.first = "NRRD0009\n"; }, "begins with 'NRRD0009', expected NRRD0001 to NRRD0006");
  refuses_nrrd([](TextHeader& h) { h.drop("type"); }, "no field 'type'");
  refuses_nrrd([](TextHeader& h) { h.drop("endian"); }, "no field 'endian'");
  refuses_nrrd([](TextHeader& h) { h.set("endian", "middle"); }, "expected little or big");
  refuses_nrrd([](TextHeader& h) { h.set("encoding", "bzip2"); }, "encoding 'bzip2', of which none is read.*unu save");
  refuses_nrrd([](TextHeader& h) { h.lines.push_back(h.lines.front()); }, "says twice what its type is");
  refuses_nrrd([](TextHeader& h) { h.first += "a line without its sign\n"; }, "expected 'field: value'");
  refuses_nrrd([](TextHeader& h) { h.set("space", "left-right"); }, "expected a space of NRRD's");
  refuses_nrrd([](TextHeader& h) { h.drop("space"); }, "neither a space nor a space dimension");
  refuses_nrrd([](TextHeader& h) { h.set("space origin", "10 -20 30"); }, "expected vectors");
  refuses_nrrd([](TextHeader& h) { h.set("space origin", "(10,-20)"); }, "expected 3 numbers");
  refuses_nrrd([](TextHeader& h) { h.set("space directions", "(0.9,1.2,0) (-1,0.75,0"); }, "expected vectors");
  refuses_nrrd([](TextHeader& h) { h.set("kinds", "domain domain"); }, "expected 3 words");
  refuses_nrrd([](TextHeader& h) { h.set("space units", "\"mm\" \"cm\" \"mm\""); }, "one unit for all");
  refuses_nrrd([](TextHeader& h) { h.set("data file", "LIST"); }, "voxels in several files");
  refuses_nrrd([](TextHeader& h) { h.set("data file", "s%03d.raw 1 2 1"); }, "voxels in several files");
  refuses_nrrd([](TextHeader& h) { h.set("encoding", "text").set("byte skip", "-1"); }, "expected 0 or more");
  refuses_meta([](TextHeader& h) { h.drop("DimSize"); }, "no field DimSize");
  refuses_meta([](TextHeader& h) { h.end = "ElementDataFile = LIST\n"; }, "voxels in several files");
  refuses_meta([](TextHeader& h) { h.end = "ElementDataFile =\n"; }, "expected LOCAL or a file");
  refuses_meta([](TextHeader& h) { h.end = ""; }, "line|truncated: its header has no ElementDataFile");
  refuses_meta([](TextHeader& h) { h.set("BinaryData", "perhaps"); }, "expected True or False");
  refuses_meta([](TextHeader& h) { h.set("ObjectType", "Mesh"); }, "object Mesh, expected Image");
  refuses_meta([](TextHeader& h) { h.set("ElementToIntensityFunctionSlope", "0"); }, "slope 0 and offset 0");
  refuses_meta([](TextHeader& h) { h.set("HeaderSize", "4"); }, "expected 0 where the voxels stand behind the header");
  refuses_nifti2([](Nifti2Maker& m) { m.header_size = 541; }, "header size is 541, expected 540");
  refuses_nifti2([](Nifti2Maker& m) { m.magic[4] = '\n'; }, "magic word.*transfer that changes line ends");
  refuses_nifti2([](Nifti2Maker& m) { m.vox_offset = 543; }, "voxels at byte 543, expected a whole number from 544");
  refuses_nifti2([](Nifti2Maker& m) { m.vox_offset = std::int64_t{1} << 60; }, "voxels at byte");
  refuses_nifti2([](Nifti2Maker& m) { m.from.datatype = 128; }, "RGB");
  refuses_nifti2([](Nifti2Maker& m) { m.from.pixdim[1] = 0; }, "spacing 0 mm along axis 1");
}

TEST_F(FormatsRefused, TextThatIsNoNumbers) {
  const auto refuses_text = [&](const std::string& text, const std::string& words) {
    refuses("a.nrrd", oblique_nrrd().set("encoding", "text").text() + text, words, false);
    refuses("a.mha", oblique_meta().set("BinaryData", "False").text() + text, words, false);
  };
  const std::string text = oblique_text();
  refuses_text("x" + text, "voxel 'x-7', expected a number of its type");
  refuses_text("40000 " + text, "voxel '40000'");
  refuses_text("1.5 " + text, "voxel '1.5'");
  refuses_text(text.substr(0, text.size() - 4), "truncated: 23 numbers, its header says 24");
}

TEST_F(FormatsRefused, VoxelsThatAreNotFinite) {
  std::string bytes = oblique_bytes<float>();
  const float odd = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data(), &odd, 4);
  for (const auto& [name, header] :
       {std::pair<std::string, std::string>{"a.nrrd", oblique_nrrd().set("type", "float").text()},
        {"a.mha", oblique_meta().set("ElementType", "MET_FLOAT").text()}}) {
    save(folder_ / name, header + bytes);
    EXPECT_THAT(refusal(name, [&, file = folder_ / name] { read_image(file); }), ContainsRegex("1 NaN and 0 infinite"));
    EXPECT_EQ(inspect_nifti(folder_ / name).non_finite, 1u);
  }
}

TEST_F(FormatsRefused, FormatsThatAreNotReadHaveTheirWayOut) {
  const std::string rest(1000, '\x7f');
  std::string mgh;
  for (const std::uint32_t field : {1, 4, 3, 2, 1, 3}) append_bytes(mgh, field, true);
  const std::string hdf5 = "\x89HDF\r\n\x1a\n" + rest;
  const std::vector<std::pair<std::string, std::string>> contents = {
      {std::string(128, '\0') + "DICM" + rest, "DICOM.*dcm2niix"},
      {mgh + rest, "FreeSurfer.*mri_convert"},
      {"mrtrix image\ndim: 4,3,2\n", "MRtrix.*mrconvert"},
      {"CDF\1" + rest, "MINC.*mnc2nii"},
      {hdf5, "HDF5 file, which only cs-preprocess reads; make NIfTI files"},
      {"\x93NUMPY\1" + rest, "NumPy.*affine"},
      {"PK\3\4" + rest, "zip archive; unpack"},
      {"\x89PNG\r\n\x1a\n" + rest, "PNG picture.*no spacing"},
      {"\xff\xd8\xff\xe0" + rest, "JPEG picture"},
      {std::string("II*\0", 4) + rest, "TIFF picture"},
      {"GIF89a" + rest, "GIF picture"},
      {"\xfd"
       "7zXZ" +
           rest,
       "packed by xz.*unpack"},
      {std::string("\0\5\x16\7", 4) + rest, "AppleDouble.*without the leading"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git LFS.*git lfs pull"},
      {"/annex/objects/SHA256E-s12--00.nii.gz\n", "git-annex.*datalad get"},
      {"\n<!DOCTYPE html>\n<html><title>Sign in</title>", "web page.*download it again"},
      {"{\"RepetitionTime\": 2}", "JSON text.*beside"},
      {"\ntype  = string-attribute\nname  = TYPESTRING\n", "AFNI.*3dAFNItoNIFTI"},
      {"# === DATA DESCRIPTION FILE ====\n", "Philips PAR.*dcm2niix"},
      {"# vtk DataFile Version 3.0\n", "VTK"},
      {std::string(5000, 'x'),
       "no image of a format that is read .NIfTI, NRRD, MetaImage.: it begins with the bytes 78 78"},
      {"x", "has 1 bytes, too few"}};
  for (const auto& [bytes, words] : contents) {
    refuses("a.nii", bytes, words);
    refuses("a.nii.gz", gzip(bytes), words);
    refuses("a.nii.gz", bytes, words);
  }
  refuses("a.mnc", hdf5, "MINC 2.*mnc2nii");
  refuses("a.npz", "PK\3\4" + rest, "NumPy arrays .*npz");
  refuses("a.nii.gz", gzip(gzip(NiftiMaker().bytes())), "packed by gzip twice; unpack it once");
  refuses("a.nii.gz", gzip(oblique_nrrd().text() + oblique_bytes()), "packed by gzip as a whole.*gunzip");
  refuses("a.nii.gz", "\x1f\x8b" + rest, "damaged gzip stream");
}

TEST_F(FormatsRefused, FoldersOfDicomFiles) {
  fs::create_directory(folder_ / "series");
  const auto says = [&] {
    try {
      read_image(folder_ / "series");
    } catch (const core::IoError& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  EXPECT_THAT(says(), ContainsRegex("is a folder, expected an image file"));
  save(folder_ / "series" / "IM0001", std::string(128, '\0') + "DICM" + std::string(100, 'x'));
  EXPECT_THAT(says(), ContainsRegex("folder of DICOM files.*dcm2niix -z y -o OUT .*series"));
}

}  // namespace
}  // namespace coopseg::image
