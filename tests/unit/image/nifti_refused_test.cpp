// Files that must not be read: each is one sentence of the table, and the message says what was found.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>
#include <functional>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

using test::gzip;
using test::NiftiMaker;
using test::save;
using testing::ContainsRegex;

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInf = std::numeric_limits<float>::infinity();

class Refused : public testing::Test {
 protected:
  // Every door refuses the file with a message that names it.
  void refuses(const std::string& bytes, const std::string& words, const std::string& name = "a.nii") {
    const auto file = folder_ / name;
    save(file, bytes);
    for (const auto& door :
         std::vector<std::function<void()>>{[&] { read_image(file); }, [&] { read_labels(file); },
                                            [&] { read_frames(file); }, [&] { inspect_nifti(file); }}) {
      try {
        door();
        ADD_FAILURE() << "was read, expected: " << words;
      } catch (const core::DataError& error) {
        EXPECT_EQ(error.subject(), file.string());
        EXPECT_THAT(std::string(error.what()), ContainsRegex(words));
      }
    }
  }
  // The same unpacked and packed.
  void refuses_both(const NiftiMaker& maker, const std::string& words) {
    refuses(maker.bytes(), words);
    refuses(gzip(maker.bytes()), words, "a.nii.gz");
  }
  void refuses_header(const std::function<void(NiftiMaker&)>& damage, const std::string& words) {
    NiftiMaker maker;
    damage(maker);
    refuses_both(maker, words);
    // The header alone tells, so the cheap look tells, too.
    EXPECT_THROW(read_nifti_header(folder_ / "a.nii"), core::DataError) << words;
    EXPECT_THROW(read_nifti_header(folder_ / "a.nii.gz"), core::DataError) << words;
  }

  test::ScratchFolder folder_;
};

TEST_F(Refused, CutInHalf) {
  const std::string bytes = NiftiMaker().bytes();
  refuses(bytes.substr(0, 352 + 48), "truncated: 400 bytes, its header says 448");
  refuses(bytes.substr(0, 447), "truncated");
  refuses(gzip(bytes.substr(0, 400)), "truncated: 400 bytes, its header says 448", "a.nii.gz");
  EXPECT_THROW(read_nifti_header(folder_ / "a.nii"), core::DataError);
}

TEST_F(Refused, HeaderWithoutVoxels) {
  refuses(NiftiMaker().bytes().substr(0, 352), "truncated");
  refuses(NiftiMaker().bytes().substr(0, 348), "truncated");
  refuses(gzip(NiftiMaker().bytes().substr(0, 352)), "truncated", "a.nii.gz");
}

TEST_F(Refused, HeaderCutShort) {
  refuses(NiftiMaker().bytes().substr(0, 200), "has 200 bytes, a NIfTI-1 header has 348");
  refuses(NiftiMaker().bytes().substr(0, 3), "has 3 bytes");
  refuses(gzip(NiftiMaker().bytes().substr(0, 200)), "has 200 bytes", "a.nii.gz");
}

TEST_F(Refused, EmptyFile) {
  refuses("", "is empty");
  refuses("", "is empty", "a.nii.gz");
  refuses(gzip(""), "has 0 bytes", "b.nii.gz");
}

TEST_F(Refused, GzipStreamCutAnywhere) {
  const std::string packed = gzip(NiftiMaker().bytes());
  for (std::size_t length = 2; length < packed.size(); ++length) {
    refuses(packed.substr(0, length), "truncated|damaged", "a.nii.gz");
  }
}

// Larger than any buffer on the way: what ITK reads as zeros.
NiftiMaker large() {
  NiftiMaker maker;
  maker.dim = {3, 128, 128, 32, 1, 1, 1, 1};
  std::vector<float> values(128 * 128 * 32);
  for (std::size_t v = 0; v < values.size(); ++v)
    values[v] = static_cast<float>(test::formula_uniform(1, static_cast<std::uint32_t>(v)));
  maker.set(values, 16);
  return maker;
}

TEST_F(Refused, LargeGzipStreamCutOrWrong) {
  const std::string packed = gzip(large().bytes(), 1);
  ASSERT_GT(packed.size(), 1500000u);
  refuses(packed.substr(0, packed.size() / 2), "truncated: its gzip stream breaks off", "a.nii.gz");
  refuses(packed.substr(0, packed.size() - 1), "truncated", "a.nii.gz");
  std::string flipped = packed;
  flipped[packed.size() / 2] ^= 0x10;
  refuses(flipped, "damaged gzip stream|truncated", "a.nii.gz");
  std::string checksum = packed;
  checksum[packed.size() - 8] ^= 1;
  refuses(checksum, "damaged gzip stream: incorrect data check", "a.nii.gz");
  std::string length = packed;
  length[packed.size() - 4] ^= 1;
  refuses(length, "damaged gzip stream: incorrect length check", "a.nii.gz");
}

TEST_F(Refused, DamagedSecondMember) {
  const std::string bytes = NiftiMaker().bytes();
  std::string second = gzip(bytes.substr(400));
  second[second.size() - 8] ^= 1;
  refuses(gzip(bytes.substr(0, 400)) + second, "damaged gzip stream", "a.nii.gz");
  second = gzip(bytes.substr(400));
  refuses(gzip(bytes.substr(0, 400)) + second.substr(0, second.size() - 3), "truncated", "a.nii.gz");
}

TEST_F(Refused, ImpossibleDimensions) {
  for (const int dimensions : {0, 8, 9, -1, 32767}) {
    refuses_header([&](NiftiMaker& m) { m.dim[0] = static_cast<std::int16_t>(dimensions); },
                   "says it has " + std::to_string(dimensions) + " dimensions, expected 1 to 7");
  }
  for (const int size : {0, -1, -32768}) {
    for (const std::size_t axis : {1, 2, 3}) {
      refuses_header([&](NiftiMaker& m) { m.dim[axis] = static_cast<std::int16_t>(size); },
                     "size " + std::to_string(size) + " along axis " + std::to_string(axis));
    }
  }
  refuses_header([](NiftiMaker& m) { m.dim[0] = 4, m.dim[4] = 0; }, "size 0 along axis 4");
  refuses_header([](NiftiMaker& m) { m.dim = {5, 4, 3, 1, 1, 2, 1, 1}; },
                 "2 values along axis 5, expected at most four");
}

TEST_F(Refused, HugeDimensionsBeforeMemoryIsTaken) {
  // An allocation of what these headers claim would fail or be felt; the limit makes sure that it would fail.
  // (Sanitizers need an address space without bounds.)
  rlimit old{};
  getrlimit(RLIMIT_AS, &old);
  const rlimit low{std::min<rlim_t>(rlim_t{3} << 30, old.rlim_max), old.rlim_max};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  setrlimit(RLIMIT_AS, &low);
#endif
  refuses_header([](NiftiMaker& m) { m.dim = {3, 32767, 32767, 32767, 1, 1, 1, 1}; }, "truncated");
  refuses_header([](NiftiMaker& m) { m.dim = {7, 32767, 32767, 32767, 32767, 1, 1, 1}; }, "truncated");
  // Not refused by the header alone: 12 GB could be packed into 12 MB, but these 12 MB of zeros hold less.
  NiftiMaker maker;
  maker.dim = {3, 1500, 2000, 1000, 1, 1, 1, 1};
  const std::size_t padding = 13'000'000;
  refuses(gzip(maker.bytes() + std::string(1 << 20, '\0')) + std::string(padding, '\0'),
          "truncated: .* its header says 12000000352", "b.nii.gz");
  setrlimit(RLIMIT_AS, &old);
}

TEST_F(Refused, WrongHeaderSizeOrMagic) {
  refuses_header([](NiftiMaker& m) { m.header_size = 999; }, "header size is 999, expected 348");
  refuses_header([](NiftiMaker& m) { m.header_size = 0; }, "header size is 0");
  refuses_header([](NiftiMaker& m) { m.magic = std::string("n+1x", 4); }, "magic word \"n\\+1x\"");
  refuses_header([](NiftiMaker& m) { m.magic = std::string(4, '\0'); }, "Analyze");
  refuses_header([](NiftiMaker& m) { m.magic = "abcd"; }, "magic word \"abcd\"");
  refuses_header([](NiftiMaker& m) { m.magic = std::string("ni1\0", 4); }, "pair, but is not named .hdr");
}

// The sides of the body are not said in Analyze files, and each program guesses them by a rule of its own.
TEST_F(Refused, AnalyzeByName) {
  NiftiMaker maker;
  maker.magic = std::string(4, '\0');
  refuses(maker.bytes(), "Analyze 7.5.*left from right.*convert", "a.hdr");
}

TEST_F(Refused, TypesThatAreNotOneNumberPerVoxel) {
  const std::vector<std::pair<int, std::string>> types = {
      {0, "unknown"},       {1, "binary"},      {32, "complex64"},
      {128, "RGB"},         {1536, "float128"}, {1792, "complex128"},
      {2048, "complex256"}, {2304, "RGBA"},     {7, "none of the standard's"},
      {-4, "none"}};
  for (const auto& [code, name] : types) {
    refuses_header([&, code = code](NiftiMaker& m) { m.datatype = static_cast<std::int16_t>(code); }, name);
  }
}

// Exporting such a file again would give the same header, so nothing of the kind is said.
TEST_F(Refused, BitsThatContradictTheTypeWhereTheBytesFitTheBits) {
  for (const int bits : {16, 0}) {
    refuses_header(
        [&](NiftiMaker& m) {
          m.bitpix = static_cast<std::int16_t>(bits);
          m.voxels.resize(48);
        },
        "float32 with " + std::to_string(bits) + " bits per voxel, expected 32, and its 400 bytes are not the 448.*correct");
  }
  refuses_header([](NiftiMaker& m) { m.bitpix = 16, m.voxels += "more"; }, "its 452 bytes are not the 448");
}

TEST_F(Refused, ImpossibleDataOffset) {
  for (const float offset : {kNan, kInf, -kInf, -5.0f, 0.0f, 348.0f, 351.0f, 352.5f, 3e38f}) {
    refuses_header([&](NiftiMaker& m) { m.vox_offset = offset; }, "has its voxels at byte");
  }
  refuses_header([](NiftiMaker& m) { m.vox_offset = 1e9f; }, "truncated");
  NiftiMaker later;
  later.vox_offset = 356;
  refuses_both(later, "truncated: 448 bytes, its header says 452");
}

TEST_F(Refused, SpacingThatIsNone) {
  for (const float spacing : {0.0f, kNan, kInf, -1.5f}) {
    for (const std::size_t axis : {1, 2, 3}) {
      refuses_header([&](NiftiMaker& m) { m.pixdim[axis] = spacing; }, "spacing .* along axis " + std::to_string(axis));
    }
  }
}

TEST_F(Refused, ScalingThatIsNotFinite) {
  refuses_header([](NiftiMaker& m) { m.slope = kInf; }, "slope inf");
  refuses_header([](NiftiMaker& m) { m.intercept = kNan; }, "intercept nan");
  refuses_header([](NiftiMaker& m) { m.intercept = -kInf; }, "intercept -inf");
}

TEST_F(Refused, BrokenForms) {
  refuses_header([](NiftiMaker& m) { m.qform_code = 0, m.sform[0] = kNan; }, "broken sform.*nan.*--geometry");
  refuses_header([](NiftiMaker& m) { m.qform_code = 0, m.sform[7] = kInf; }, "broken sform");
  refuses_header([](NiftiMaker& m) { m.qform_code = 0, m.sform.fill(0); }, "broken sform");
  refuses_header([](NiftiMaker& m) { m.quaternion[1] = kNan; }, "broken qform.*--geometry");
  refuses_header([](NiftiMaker& m) { m.quaternion = {1, 1, 1}; }, "broken qform");
  refuses_header([](NiftiMaker& m) { m.offset[2] = kInf; }, "broken qform");
  refuses_header([](NiftiMaker& m) { m.pixdim[0] = kNan; }, "broken qform");
}

TEST_F(Refused, SformWithShear) {
  refuses_header([](NiftiMaker& m) { m.qform_code = 0, m.sform[1] = 0.01f; }, "not at right angles.*--geometry");
}

TEST_F(Refused, SformOfAnotherScaleThanPixdim) {
  refuses_header([](NiftiMaker& m) { m.qform_code = 0, m.pixdim[1] = m.pixdim[2] = 2; },
                 "two spacings: 2 x 2 x 8 mm .pixdim. and 1.5 x 1.5 x 8 mm .sform.*--geometry");
}

TEST_F(Refused, VoxelsThatAreNotFinite) {
  NiftiMaker maker;
  std::vector<float> values(24, 1);
  values[3] = values[4] = kNan;
  values[23] = -kInf;
  maker.set(values, 16);
  for (const std::string name : {"a.nii", "a.nii.gz"}) {
    const auto file = folder_ / name;
    save(file, name == "a.nii" ? maker.bytes() : gzip(maker.bytes()));
    EXPECT_THAT([&] { read_image(file); },
                testing::ThrowsMessage<core::DataError>(testing::HasSubstr("2 NaN and 1 infinite voxels")));
    EXPECT_THROW(read_labels(file), core::DataError);
    EXPECT_EQ(inspect_nifti(file).non_finite, 3u);
    ReadOptions anyway;
    anyway.allow_non_finite = true;
    EXPECT_TRUE(std::isnan(read_image(file, anyway).voxels[3]));
    ReadOptions replaced;
    replaced.non_finite_as = -5;
    EXPECT_EQ(read_image(file, replaced).voxels[3], -5);
    EXPECT_EQ(read_image(file, replaced).voxels[23], -5);
    EXPECT_EQ(read_labels(file, replaced).voxels[4], -5);
    EXPECT_EQ(read_labels(file, replaced).voxels[5], 1);
  }
}

TEST_F(Refused, DoublesThatNoFloatHolds) {
  NiftiMaker maker;
  std::vector<double> values(24, 1);
  values[5] = 1e300;
  maker.set(values, 64);
  save(folder_ / "a.nii", maker.bytes());
  EXPECT_THAT(
      [&] { read_image(folder_ / "a.nii"); },
      testing::ThrowsMessage<core::DataError>(testing::HasSubstr("1 voxels beyond the range of 32-bit floats")));
  ReadOptions replaced;
  replaced.non_finite_as = 0;
  EXPECT_THROW(read_image(folder_ / "a.nii", replaced), core::DataError);
  NiftiMaker scaled;
  scaled.slope = 3e38f;
  save(folder_ / "a.nii", scaled.bytes());
  EXPECT_THROW(read_image(folder_ / "a.nii"), core::DataError);
}

TEST_F(Refused, FramesWhereNoneOrOneIsWanted) {
  NiftiMaker four;
  four.dim = {4, 4, 3, 1, 2, 1, 1, 1};
  save(folder_ / "four.nii", four.bytes());
  const auto says = [](const char* words) { return testing::ThrowsMessage<core::DataError>(ContainsRegex(words)); };
  EXPECT_THAT([&] { read_image(folder_ / "four.nii"); }, says("2 frames .4D.*--frame"));
  EXPECT_THAT([&] { read_labels(folder_ / "four.nii"); }, says("2 frames .4D.*--frame"));
  ReadOptions second;
  second.frame = 2;
  EXPECT_THAT([&] { read_image(folder_ / "four.nii", second); }, says("frames 0 to 1, but frame 2"));
  save(folder_ / "three.nii", NiftiMaker().bytes());
  second.frame = 0;
  EXPECT_THAT([&] { read_image(folder_ / "three.nii", second); }, says("no frames .3D.*--frame"));
}

TEST_F(Refused, LabelsThatAreNoWholeNumbers) {
  NiftiMaker maker;
  std::vector<float> values(24, 2);
  values[7] = 1.5f;
  maker.set(values, 16);
  save(folder_ / "a.nii", maker.bytes());
  EXPECT_THAT([&] { read_labels(folder_ / "a.nii"); },
              testing::ThrowsMessage<core::DataError>(ContainsRegex("1 voxels are no whole numbers.*1.5.*nearest")));
  maker.set(std::vector<std::uint32_t>(24, 3000000000u), 768);
  save(folder_ / "a.nii", maker.bytes());
  EXPECT_THROW(read_labels(folder_ / "a.nii"), core::DataError);
  maker.set(std::vector<std::uint64_t>(24, ~std::uint64_t{0}), 1280);
  save(folder_ / "a.nii", maker.bytes());
  EXPECT_THROW(read_labels(folder_ / "a.nii"), core::DataError);
}

TEST_F(Refused, WhatIsNoFile) {
  EXPECT_THROW(read_image(folder_ / "missing.nii"), core::IoError);
  EXPECT_THROW(read_nifti_header(folder_ / "missing.nii.gz"), core::IoError);
  std::filesystem::create_directory(folder_ / "folder.nii");
  EXPECT_THAT([&] { read_image(folder_ / "folder.nii"); },
              testing::ThrowsMessage<core::IoError>(testing::HasSubstr("is a folder")));
  ASSERT_EQ(mkfifo((folder_ / "pipe.nii").c_str(), 0600), 0);
  EXPECT_THROW(read_image(folder_ / "pipe.nii"), core::IoError);
}

}  // namespace
}  // namespace coopseg::image
