#include "coopseg/model/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"

namespace coopseg::model {
namespace {

// The format's own names: PKWARE's APPNOTE, sections 4.3 and 4.5.
constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr std::uint16_t kWide = 0x0001;          // extra field: sizes of 64 bits
constexpr std::uint16_t kPadding = 0x4246;       // extra field "FB": PyTorch's padding
constexpr std::uint16_t kSizesFollow = 0x0008, kUtf8 = 0x0800;
constexpr std::uint16_t kNotHere = 0xffff;       // the number stands in the 64-bit record
constexpr std::uint32_t kNotHere32 = 0xffffffff;
constexpr std::size_t kAlignment = 64;
constexpr const char* kArchiveRemedy = "copy the file again, or write it again with torch.save";

struct Directory {
  std::uint64_t entries = 0, bytes = 0, offset = 0, end = 0;  // `end`: where the records behind it begin
};

struct Entry {
  std::string name;
  std::uint16_t flags = 0, method = 0, disk = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored = 0, size = 0, offset = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Directory find_directory() const {
    // PyTorch writes no comment, so the end record is the file's last 22 bytes: whatever is cut off or appended shows.
    if (bytes_.size() < kEndBytes) refuse("is too short for a zip archive");
    const std::size_t at = bytes_.size() - kEndBytes;
    ByteReader in(bytes_.substr(at));
    if (in.u32() != kEnd) refuse("is no zip archive, or is cut off: its end record is not at its end");
    Directory found;
    const std::uint16_t disk = in.u16(), first_disk = in.u16(), here = in.u16(), all = in.u16();
    const std::uint32_t directory_bytes = in.u32(), offset = in.u32();
    if (in.u16() != 0) refuse("has a zip comment, which PyTorch never writes");
    found = {all, directory_bytes, offset, at};
    if (disk != 0 || first_disk != 0 || here != all) refuse("is a zip archive of several parts");
    const bool is_wide = at >= kLocatorBytes && ByteReader(bytes_.substr(at - kLocatorBytes)).u32() == kLocator64;
    if (is_wide) {
      const Directory wide = wide_directory(at - kLocatorBytes);
      if ((all != kNotHere && all != wide.entries) || (offset != kNotHere32 && offset != wide.offset) ||
          (directory_bytes != kNotHere32 && directory_bytes != wide.bytes)) {
        refuse("has two zip end records that contradict each other");
      }
      found = wide;
    }
    if (found.offset > found.end || found.bytes != found.end - found.offset) {
      refuse("has a zip directory that does not end where it should");
    }
    return found;
  }

  std::vector<Entry> read_directory(const Directory& directory) const {
    if (directory.entries > directory.bytes / kCentralBytes) refuse("has a zip directory too short for its entries");
    std::vector<Entry> entries;
    ByteReader in(bytes_.substr(directory.offset, directory.bytes));
    for (std::uint64_t i = 0; i < directory.entries; ++i) entries.push_back(read_entry(in));
    if (in.left() != 0) refuse("has a zip directory that is longer than its entries");
    return entries;
  }

  // Where the entry's bytes begin, after its local header has been found to say the same as the directory.
  std::uint64_t data_offset(const Entry& entry, const Directory& directory) const {
    if (entry.offset > directory.offset || directory.offset - entry.offset < kLocalBytes) {
      refuse(entry, "lies outside the file");
    }
    ByteReader in(bytes_.substr(entry.offset, directory.offset - entry.offset));
    if (in.u32() != kLocalHeader) refuse(entry, "has no header of its own");
    in.skip(2);
    const std::uint16_t flags = in.u16(), method = in.u16();
    in.skip(4);
    const std::uint32_t crc = in.u32(), stored = in.u32(), size = in.u32();
    const std::uint16_t name_bytes = in.u16(), extra_bytes = in.u16();
    if (in.left() < std::uint64_t{name_bytes} + extra_bytes) refuse(entry, "lies outside the file");
    const auto differs = [](std::uint32_t here, std::uint64_t there) { return here != kNotHere32 && here != there; };
    if (in.take(name_bytes) != entry.name || flags != entry.flags || method != entry.method ||
        (!(flags & kSizesFollow) && (crc != entry.crc || differs(stored, entry.stored) || differs(size, entry.size)))) {
      refuse(entry, "has a header of its own that contradicts the directory");
    }
    in.skip(extra_bytes);
    if (in.left() < entry.size) refuse(entry, "lies outside the file");
    return directory.offset - in.left();
  }

  [[noreturn]] void refuse(const std::string& problem) const { throw core::DataError(file_, problem, kArchiveRemedy); }
  [[noreturn]] void refuse(const Entry& entry, const std::string& problem) const {
    refuse("zip entry '" + shown(entry.name) + "' " + problem);
  }

 private:
  Directory wide_directory(std::size_t locator) const {
    ByteReader in(bytes_.substr(locator));
    in.skip(4);
    const std::uint32_t disk = in.u32();
    const std::uint64_t at = in.u64();
    const std::uint32_t disks = in.u32();
    // Zip64 records of later versions may be longer; PyTorch's are not.
    if (disk != 0 || disks > 1 || locator < kEnd64Bytes || at != locator - kEnd64Bytes) {
      refuse("has a zip64 end record that is not where it should be");
    }
    ByteReader record(bytes_.substr(at));
    if (record.u32() != kEnd64 || record.u64() != kEnd64Bytes - 12) refuse("has a damaged zip64 end record");
    record.skip(4);
    if (record.u32() != 0 || record.u32() != 0) refuse("is a zip archive of several parts");
    const std::uint64_t here = record.u64(), all = record.u64();
    if (here != all) refuse("is a zip archive of several parts");
    const std::uint64_t bytes = record.u64(), offset = record.u64();
    return {all, bytes, offset, at};
  }

  Entry read_entry(ByteReader& in) const {
    if (in.left() < kCentralBytes || in.u32() != kCentralHeader) refuse("has a damaged zip directory");
    Entry entry;
    in.skip(4);
    entry.flags = in.u16();
    entry.method = in.u16();
    in.skip(4);
    entry.crc = in.u32();
    const std::uint32_t stored = in.u32(), size = in.u32();
    const std::uint16_t name_bytes = in.u16(), extra_bytes = in.u16(), comment_bytes = in.u16(), disk = in.u16();
    in.skip(6);
    const std::uint32_t offset = in.u32();
    if (in.left() < std::uint64_t{name_bytes} + extra_bytes + comment_bytes) refuse("has a damaged zip directory");
    entry.name = std::string(in.take(name_bytes));
    const std::string_view extra = in.take(extra_bytes);
    in.skip(comment_bytes);
    if (entry.flags & ~(kSizesFollow | kUtf8)) refuse(entry, "is encrypted or otherwise special");
    if (entry.method != 0) refuse(entry, "is compressed, which torch.save never does");
    if (disk != 0) refuse("is a zip archive of several parts");
    ByteReader wide(wide_field(extra, entry));
    const auto resolve = [&](std::uint32_t number) -> std::uint64_t {
      if (number != kNotHere32) return number;
      if (wide.left() < 8) refuse(entry, "lacks its 64-bit sizes");
      return wide.u64();
    };
    entry.size = resolve(size);
    entry.stored = resolve(stored);
    entry.offset = resolve(offset);
    if (entry.size != entry.stored) refuse(entry, "is stored in another number of bytes than it has");
    return entry;
  }

  std::string_view wide_field(std::string_view extra, const Entry& entry) const {
    ByteReader in(extra);
    std::string_view found;
    while (in.left() >= 4) {
      const std::uint16_t id = in.u16(), length = in.u16();
      if (in.left() < length) refuse(entry, "has a damaged extra field");
      const std::string_view field = in.take(length);
      if (id == kWide) found = field;
    }
    return found;
  }

  std::string_view bytes_;
  const std::string& file_;
};

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes, std::string file) : file_(std::move(file)) {
  const Reader reader(bytes, file_);
  const Directory directory = reader.find_directory();
  const std::vector<Entry> entries = reader.read_directory(directory);
  struct Range {
    std::uint64_t begin, end;
    const Entry* entry;
  };
  std::vector<Range> ranges;
  for (const Entry& entry : entries) {
    const std::uint64_t data = reader.data_offset(entry, directory);
    if (!contents_.emplace(entry.name, bytes.substr(data, entry.size)).second) {
      reader.refuse(entry, "stands twice in the archive");
    }
    ranges.push_back({entry.offset, data + entry.size, &entry});
    names_.push_back(entry.name);
  }
  // Before any CRC is computed: entries that share bytes could make a small file take hours.
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end) reader.refuse(*ranges[i].entry, "overlaps another");
  }
  for (const Entry& entry : entries) {
    if (crc_of(contents_.at(entry.name)) != entry.crc) reader.refuse(entry, "is damaged: its CRC is wrong");
  }
}

std::string_view ZipArchive::content(const std::string& name) const {
  const auto found = contents_.find(name);
  if (found == contents_.end()) throw core::DataError(file_, "holds no entry '" + shown(name) + "'", kArchiveRemedy);
  return found->second;
}

std::string stored_zip(const std::vector<ZipEntry>& entries) {
  constexpr std::uint16_t kVersion = 20;
  constexpr std::uint16_t kMidnight = 0, kFirstDay = 0x0021;  // 1 January 1980
  std::uint64_t total = kEndBytes;
  for (const ZipEntry& entry : entries) {
    total += kLocalBytes + kCentralBytes + 2 * entry.name.size() + kAlignment + 4 + entry.bytes.size();
  }
  if (total >= std::numeric_limits<std::uint32_t>::max() || entries.size() >= kNotHere) {
    throw std::invalid_argument("a zip archive of more than 4 GiB or 65534 entries");
  }
  std::string archive, directory;
  archive.reserve(total);
  for (const ZipEntry& entry : entries) {
    const auto offset = static_cast<std::uint32_t>(archive.size());
    const auto size = static_cast<std::uint32_t>(entry.bytes.size());
    const std::size_t unpadded = archive.size() + kLocalBytes + entry.name.size() + 4;
    const std::size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
    const auto put_common = [&](std::string& out) {
      put_u16(out, kVersion);
      put_u16(out, kUtf8);
      put_u16(out, 0);  // stored
      put_u16(out, kMidnight);
      put_u16(out, kFirstDay);
      put_u32(out, crc_of(entry.bytes));
      put_u32(out, size);
      put_u32(out, size);
      put_u16(out, static_cast<std::uint16_t>(entry.name.size()));
    };
    put_u32(archive, kLocalHeader);
    put_common(archive);
    put_u16(archive, static_cast<std::uint16_t>(padding + 4));
    archive += entry.name;
    put_u16(archive, kPadding);
    put_u16(archive, static_cast<std::uint16_t>(padding));
    archive.append(padding, 'Z');
    archive += entry.bytes;

    put_u32(directory, kCentralHeader);
    put_u16(directory, kVersion);
    put_common(directory);
    directory.append(2 + 2 + 2 + 2 + 4, '\0');  // no extra field, comment, other disk, attributes
    put_u32(directory, offset);
    directory += entry.name;
  }
  const auto offset = static_cast<std::uint32_t>(archive.size());
  archive += directory;
  put_u32(archive, kEnd);
  put_u32(archive, 0);
  put_u16(archive, static_cast<std::uint16_t>(entries.size()));
  put_u16(archive, static_cast<std::uint16_t>(entries.size()));
  put_u32(archive, static_cast<std::uint32_t>(directory.size()));
  put_u32(archive, offset);
  put_u16(archive, 0);
  return archive;
}

}  // namespace coopseg::model
