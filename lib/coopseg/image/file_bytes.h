// Bytes of image files, packed or not: sizes are believed only as far as the file itself can carry them.
// For this room only; others use nifti.h.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace coopseg::image {

// A regular file, open for reading at any place. Throws IoError where there is none.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::string& name() const { return name_; }
  std::size_t size() const { return size_; }
  void read(std::size_t from, std::size_t count, char* target) const;  // all of them, or DataError
  std::string read(std::size_t from, std::size_t count) const;         // fewer at the end of the file

 private:
  std::string name_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

enum class Packing { none, gzip, zlib };

bool is_gzip(std::string_view bytes);

// Packed bytes that stand in a file, and what they are to hold.
struct PackedBytes {
  std::string_view bytes;
  Packing packing = Packing::gzip;
  const std::string& file;  // for messages
};

// The first bytes of the stream, at most `count`. Throws DataError where it is damaged or breaks off before them.
std::string unpack_start(const PackedBytes& packed, std::size_t count);

// Walks the whole stream to its checksums. Throws DataError.
std::size_t unpacked_size(const PackedBytes& packed);

// The whole stream, walked to its checksums: its first `expected` bytes. More are a warning, fewer a DataError, before
// memory is taken for sizes that the stream does not hold.
std::unique_ptr<char[]> unpack(const PackedBytes& packed, std::size_t expected, std::vector<std::string>& warnings);

// Throws DataError if `expected` bytes cannot be packed into `packed_bytes`.
void refuse_impossible(std::size_t expected, std::size_t packed_bytes, const std::string& file);

[[noreturn]] void refuse_short(const std::string& file, std::size_t found, std::size_t expected);

// Throws DataError where there is not so much memory.
std::unique_ptr<char[]> allocate(std::size_t bytes, const std::string& file);

// One gzip member without name and time: equal input gives equal bytes.
std::string pack_gzip(std::string_view bytes, int level);

// True if `packed` is one gzip member that unpacks to exactly `bytes`.
bool unpacks_to(std::string_view packed, std::string_view bytes);

inline constexpr char kRemedyTruncated[] = "copy or download it again";

}  // namespace coopseg::image
