#include "coopseg/model/zip_archive.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "pickles.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;
using test::little_endian;

constexpr std::size_t kEndBytes = 22;

const std::string kFirst = "first content", kSecond = "22";

std::string example() { return stored_zip({{"m/a", kFirst}, {"m/b", kSecond}}); }

std::string refusal(const std::string& bytes) {
  try {
    const ZipArchive archive(bytes, "x.pth");
  } catch (const core::DataError& error) {
    EXPECT_EQ(error.subject(), "x.pth");
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

std::string with(std::string bytes, std::size_t at, const std::string& patch) {
  return bytes.replace(at, patch.size(), patch);
}

std::size_t directory_of(const std::string& bytes) { return bytes.find("PK\x01\x02"); }

// The 64-bit end records in front of the end record, as PyTorch always writes them.
std::string widened(std::string bytes) {
  const std::size_t end = bytes.size() - kEndBytes, directory = directory_of(bytes);
  const std::string count = bytes.substr(end + 8, 2);
  std::string wide = "PK\x06\x06" + little_endian(44, 8) + little_endian(0x2d031e, 4) + little_endian(0, 8);
  for (int i = 0; i < 2; ++i) wide += count + little_endian(0, 6);
  wide += little_endian(end - directory, 8) + little_endian(directory, 8);
  wide += "PK\x06\x07" + little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
  return bytes.insert(end, wide);
}

TEST(ZipArchive, GivesBackWhatWasStored) {
  const std::string bytes = example();
  const ZipArchive archive(bytes, "x.pth");
  EXPECT_EQ(archive.names(), (std::vector<std::string>{"m/a", "m/b"}));
  EXPECT_EQ(archive.content("m/a"), kFirst);
  EXPECT_EQ(archive.content("m/b"), kSecond);
  EXPECT_FALSE(archive.holds("m/c"));
  EXPECT_THROW(archive.content("m/c"), core::DataError);
  EXPECT_EQ(refusal(stored_zip({})), "");
}

TEST(ZipArchive, AlignsEveryEntryAndDependsOnNothingElse) {
  const std::string bytes = example();
  EXPECT_EQ(bytes, example());
  EXPECT_EQ(bytes.find(kFirst) % 64, 0u);
  EXPECT_EQ(bytes.find(kSecond, bytes.find(kFirst)) % 64, 0u);
}

TEST(ZipArchive, ReadsPyTorchsSixtyFourBitRecords) {
  const std::string wide = widened(example());
  const ZipArchive archive(wide, "x.pth");
  EXPECT_EQ(archive.content("m/b"), kSecond);
  const std::size_t end = wide.size() - kEndBytes, record = end - 20 - 56;
  // The numbers may stand in the wide record alone, but must not contradict it.
  EXPECT_EQ(refusal(with(wide, end + 8, std::string(12, '\xff'))), "");
  EXPECT_THAT(refusal(with(wide, end + 8, little_endian(0x00030003, 4))), HasSubstr("contradict"));
  const std::string huge = little_endian(std::uint64_t{1} << 60, 8);
  EXPECT_THAT(refusal(with(wide, record + 24, huge + huge)), HasSubstr("contradict"));
  EXPECT_THAT(refusal(with(with(wide, end + 8, std::string(4, '\xff')), record + 24, huge + huge)),
              HasSubstr("too short for its entries"));
  EXPECT_THAT(refusal(with(wide, record + 4, little_endian(45, 8))), HasSubstr("zip64"));
  EXPECT_THAT(refusal(with(wide, end - 12, little_endian(7, 8))), HasSubstr("zip64"));
}

TEST(ZipArchive, RefusesWhatIsCutOffAppendedOrNoZip) {
  const std::string bytes = example();
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_NE(refusal(bytes.substr(0, size)), "") << size;
  EXPECT_NE(refusal(bytes + "x"), "");
  EXPECT_NE(refusal("x" + bytes), "");
  EXPECT_NE(refusal(bytes + bytes), "");
  EXPECT_THAT(refusal(std::string(100, 'x')), HasSubstr("no zip archive"));
}

TEST(ZipArchive, RefusesEachDamagedField) {
  const std::string bytes = example();
  const std::size_t directory = directory_of(bytes), second = directory + 46 + 3, end = bytes.size() - kEndBytes;
  const std::size_t local = bytes.find("PK\x03\x04", 4);
  EXPECT_THAT(refusal(with(bytes, bytes.find(kFirst), "F")), HasSubstr("'m/a' is damaged: its CRC"));
  EXPECT_THAT(refusal(with(bytes, directory + 10, little_endian(8, 2))), HasSubstr("compressed"));
  EXPECT_THAT(refusal(with(bytes, directory + 8, little_endian(1, 2))), HasSubstr("encrypted"));
  EXPECT_THAT(refusal(with(bytes, directory + 20, little_endian(12, 4))), HasSubstr("another number of bytes"));
  EXPECT_THAT(refusal(with(bytes, directory + 20, little_endian(1u << 30, 4) + little_endian(1u << 30, 4))),
              HasSubstr("contradicts the directory"));
  EXPECT_THAT(refusal(with(bytes, directory + 20, std::string(8, '\xff'))), HasSubstr("64-bit"));
  EXPECT_THAT(refusal(with(bytes, second + 42, little_endian(0, 4))), HasSubstr("contradicts the directory"));
  EXPECT_THAT(refusal(with(bytes, second + 42, little_endian(1u << 31, 4))), HasSubstr("outside"));
  EXPECT_THAT(refusal(with(bytes, second + 46, "m/a")), HasSubstr("contradicts the directory"));
  EXPECT_THAT(refusal(with(bytes, local + 8, little_endian(8, 2))), HasSubstr("contradicts the directory"));
  EXPECT_THAT(refusal(with(bytes, local + 28, little_endian(0xffff, 2))), HasSubstr("outside"));
  EXPECT_THAT(refusal(with(bytes, directory + 34, little_endian(1, 2))), HasSubstr("several parts"));
  EXPECT_THAT(refusal(with(bytes, end + 8, little_endian(0x00030003, 4))), HasSubstr("directory"));
  EXPECT_THAT(refusal(with(bytes, end + 8, little_endian(0x00010001, 4))), HasSubstr("longer than its entries"));
  EXPECT_THAT(refusal(with(bytes, end + 12, little_endian(3, 4))), HasSubstr("directory"));
  EXPECT_THAT(refusal(with(bytes, end + 20, little_endian(1, 2))), HasSubstr("comment"));
}

TEST(ZipArchive, RefusesEntriesThatShareBytesOrNames) {
  EXPECT_THAT(refusal(stored_zip({{"m/a", kFirst}, {"m/a", kSecond}})), HasSubstr("twice"));
  // A zip bomb's trick: one local header and its content lie within the content of another entry.
  const std::string inner = example().substr(0, directory_of(example()));
  std::string bytes = stored_zip({{"outer", inner}});
  const std::size_t directory = directory_of(bytes), inside = bytes.find("PK\x03\x04", 4);
  const std::string entry = with(example().substr(directory_of(example()), 46 + 3), 42, little_endian(inside, 4));
  bytes.insert(bytes.size() - kEndBytes, entry);
  const std::size_t end = bytes.size() - kEndBytes;
  bytes = with(bytes, end + 8, little_endian(0x00020002, 4) + little_endian(end - directory, 4));
  EXPECT_THAT(refusal(bytes), HasSubstr("overlaps"));
}

TEST(ZipArchive, NamesAreShownOnOneLine) {
  const std::string name = "m/\x1b[31m\n" + std::string(200, 'x');
  std::string bytes = stored_zip({{name, kFirst}});
  const std::string message = refusal(with(bytes, bytes.find(kFirst), "F"));
  EXPECT_THAT(message, HasSubstr("m/?[31m?xxx"));
  EXPECT_THAT(message, HasSubstr("..."));
}

}  // namespace
}  // namespace coopseg::model
