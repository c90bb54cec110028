#include "coopseg/image/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "coopseg/core/error.h"
#include "coopseg/image/file_kind.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

// Deflate cannot pack better than 258 bytes into 2 bits.
constexpr std::size_t kMostExpansion = 1032;
// From here on a stream is walked before memory is taken for what it promises.
constexpr std::size_t kSuspiciousExpansion = 100;
constexpr std::size_t kSuspiciousBytes = std::size_t{64} << 20;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

const char* name_of(Packing packing) { return packing == Packing::zlib ? "zlib" : "gzip"; }

// zlib's stream, of gzip over all members, in pieces.
class Inflater {
 public:
  explicit Inflater(const PackedBytes& packed) : packed_(packed) {
    if (inflateInit2(&stream_, (packed.packing == Packing::gzip ? 16 : 0) + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Up to `count` bytes; fewer only at the end of the stream. Throws DataError for a damaged stream.
  std::size_t read(char* target, std::size_t count) {
    std::size_t done = 0;
    while (done < count && !ended_) {
      const std::size_t piece = std::min(packed_.bytes.size() - used_, std::size_t{1} << 30);
      const std::size_t room = std::min(count - done, std::size_t{1} << 30);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed_.bytes.data() + used_));
      stream_.avail_in = static_cast<uInt>(piece);
      stream_.next_out = reinterpret_cast<Bytef*>(target + done);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      used_ += piece - stream_.avail_in;
      const std::size_t made = room - stream_.avail_out;
      done += made;
      unpacked_ += made;
      if (status == Z_STREAM_END) {
        if (packed_.packing == Packing::gzip && is_gzip(packed_.bytes.substr(used_))) {
          inflateReset(&stream_);
        } else {
          ended_ = true;
        }
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw DataError(packed_.file,
                        fmt::format("has a damaged {} stream: {} after {} unpacked bytes", name_of(packed_.packing),
                                    stream_.msg ? stream_.msg : "unusable stream", unpacked_),
                        kRemedyTruncated);
      } else if (made == 0 && used_ == packed_.bytes.size()) {
        truncated_ = true;
        return done;
      }
    }
    return done;
  }

  bool truncated() const { return truncated_; }
  std::size_t unpacked() const { return unpacked_; }
  std::size_t left_over() const { return packed_.bytes.size() - used_; }

  // Walks what is left to its checksums.
  void finish() {
    std::string waste(kPieceBytes, '\0');
    while (read(waste.data(), waste.size()) == waste.size()) {
    }
    if (truncated_) {
      throw DataError(packed_.file,
                      fmt::format("is truncated: its {} stream breaks off after {} unpacked bytes",
                                  name_of(packed_.packing), unpacked_),
                      kRemedyTruncated);
    }
  }

 private:
  const PackedBytes& packed_;
  z_stream stream_{};
  std::size_t used_ = 0, unpacked_ = 0;
  bool ended_ = false, truncated_ = false;
};

// The usual stream, one member of exactly this size, goes through libdeflate, which is about twice as fast.
bool unpacks_fast(const PackedBytes& packed, char* target, std::size_t expected) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> fast(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!fast) throw std::bad_alloc();
  std::size_t used = 0, made = 0;
  const auto decompress =
      packed.packing == Packing::gzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex;
  return decompress(fast.get(), packed.bytes.data(), packed.bytes.size(), target, expected, &used, &made) ==
             LIBDEFLATE_SUCCESS &&
         used == packed.bytes.size() && made == expected;
}

}  // namespace

OpenFile::OpenFile(const fs::path& file) : name_(file.string()) {
  // Not to hang on a pipe that nobody writes to.
  descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) core::throw_io_error(name_, "cannot be read", errno);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    const int problem = errno;
    ::close(descriptor_);
    core::throw_io_error(name_, "cannot be read", problem);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    if (S_ISDIR(status.st_mode)) refuse_folder(file);
    throw core::IoError(name_, "is no regular file", "name an image file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
}

OpenFile::~OpenFile() { ::close(descriptor_); }

void OpenFile::read(std::size_t from, std::size_t count, char* target) const {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, target, std::min(count, std::size_t{1} << 30), static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) core::throw_io_error(name_, "cannot be read", errno);
    if (got == 0) throw DataError(name_, "became shorter while it was read", "wait until it is written");
    from += static_cast<std::size_t>(got);
    target += got;
    count -= static_cast<std::size_t>(got);
  }
}

std::string OpenFile::read(std::size_t from, std::size_t count) const {
  std::string bytes(from < size_ ? std::min(count, size_ - from) : 0, '\0');
  read(from, bytes.size(), bytes.data());
  return bytes;
}

bool is_gzip(std::string_view bytes) { return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b'; }

std::unique_ptr<char[]> allocate(std::size_t bytes, const std::string& file) {
  try {
    return std::unique_ptr<char[]>(new char[bytes]);
  } catch (const std::bad_alloc&) {
    throw DataError(file,
                    fmt::format("needs {:.1f} GB of memory, which are not there", static_cast<double>(bytes) / 1e9),
                    "use a machine with more memory, or check the file's dimensions");
  }
}

void refuse_short(const std::string& file, std::size_t found, std::size_t expected) {
  throw DataError(file, fmt::format("is truncated: {} bytes, its header says {}", found, expected), kRemedyTruncated);
}

void refuse_impossible(std::size_t expected, std::size_t packed_bytes, const std::string& file) {
  if (expected / kMostExpansion <= packed_bytes) return;
  throw DataError(file,
                  fmt::format("is truncated or damaged: its header says {} bytes, which cannot be packed into {}",
                              expected, packed_bytes),
                  kRemedyTruncated);
}

std::string unpack_start(const PackedBytes& packed, std::size_t count) {
  Inflater inflater(packed);
  std::string start(count, '\0');
  start.resize(inflater.read(start.data(), count));
  if (start.size() < count && inflater.truncated()) {
    throw DataError(packed.file,
                    fmt::format("is truncated: its {} stream breaks off within the header", name_of(packed.packing)),
                    kRemedyTruncated);
  }
  return start;
}

std::size_t unpacked_size(const PackedBytes& packed) {
  Inflater walk(packed);
  walk.finish();
  return walk.unpacked();
}

std::unique_ptr<char[]> unpack(const PackedBytes& packed, std::size_t expected, std::vector<std::string>& warnings) {
  refuse_impossible(expected, packed.bytes.size(), packed.file);
  if (expected > kSuspiciousBytes && expected / kSuspiciousExpansion > packed.bytes.size()) {
    const std::size_t found = unpacked_size(packed);
    if (found < expected) refuse_short(packed.file, found, expected);
  }
  std::unique_ptr<char[]> bytes = allocate(expected, packed.file);
  if (unpacks_fast(packed, bytes.get(), expected)) return bytes;
  Inflater inflater(packed);
  inflater.read(bytes.get(), expected);
  inflater.finish();
  if (inflater.unpacked() < expected) refuse_short(packed.file, inflater.unpacked(), expected);
  if (inflater.unpacked() > expected)
    warnings.push_back(fmt::format("has {} bytes behind its voxels", inflater.unpacked() - expected));
  if (inflater.left_over() > 0) {
    warnings.push_back(fmt::format("has {} bytes behind its {} stream", inflater.left_over(), name_of(packed.packing)));
  }
  return bytes;
}

std::string pack_gzip(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(std::clamp(level, 1, 12)), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size()));
  return packed;
}

bool unpacks_to(std::string_view packed, std::string_view bytes) {
  const std::string nameless;
  const std::unique_ptr<char[]> unpacked(new char[bytes.size()]);
  return unpacks_fast({packed, Packing::gzip, nameless}, unpacked.get(), bytes.size()) &&
         std::memcmp(unpacked.get(), bytes.data(), bytes.size()) == 0;
}

}  // namespace coopseg::image
