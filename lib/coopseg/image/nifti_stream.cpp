#include "coopseg/image/nifti_stream.h"

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

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

// Deflate cannot pack better than 258 bytes into 2 bits.
constexpr std::size_t kMostExpansion = 1032;
// From here on a stream is walked before memory is taken for what it promises.
constexpr std::size_t kSuspiciousExpansion = 100;
constexpr std::size_t kSuspiciousBytes = std::size_t{64} << 20;
constexpr std::size_t kPeekBytes = std::size_t{64} << 10;

const char* const kRemedyTruncated = "copy or download it again";

class OpenFile {
 public:
  explicit OpenFile(const fs::path& file) : name_(file.string()) {
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
      throw core::IoError(name_, S_ISDIR(status.st_mode) ? "is a folder, expected an image file" : "is no regular file",
                          "name a .nii or .nii.gz file");
    }
    size_ = static_cast<std::size_t>(status.st_size);
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::size_t size() const { return size_; }

  void read(std::size_t from, std::size_t count, char* target) const {
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
  std::string start(std::size_t count) const {
    std::string bytes(std::min(count, size_), '\0');
    read(0, bytes.size(), bytes.data());
    return bytes;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

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

// zlib's stream over all gzip members, in pieces.
class Inflater {
 public:
  Inflater(std::string_view packed, const std::string& file) : packed_(packed), file_(file) {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Up to `count` bytes; fewer only at the end of the stream. Throws DataError for a damaged or truncated stream.
  std::size_t read(char* target, std::size_t count) {
    std::size_t done = 0;
    while (done < count && !ended_) {
      const std::size_t piece = std::min(packed_.size() - used_, std::size_t{1} << 30);
      const std::size_t room = std::min(count - done, std::size_t{1} << 30);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed_.data() + used_));
      stream_.avail_in = static_cast<uInt>(piece);
      stream_.next_out = reinterpret_cast<Bytef*>(target + done);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      used_ += piece - stream_.avail_in;
      const std::size_t made = room - stream_.avail_out;
      done += made;
      unpacked_ += made;
      if (status == Z_STREAM_END) {
        if (is_gzip(packed_.substr(used_))) {
          inflateReset(&stream_);
        } else {
          ended_ = true;
        }
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw DataError(file_,
                        fmt::format("is a damaged gzip file: {} after {} unpacked bytes",
                                    stream_.msg ? stream_.msg : "unusable stream", unpacked_),
                        kRemedyTruncated);
      } else if (made == 0 && used_ == packed_.size()) {
        truncated_ = true;
        return done;
      }
    }
    return done;
  }

  bool truncated() const { return truncated_; }
  std::size_t unpacked() const { return unpacked_; }
  std::size_t left_over() const { return packed_.size() - used_; }

  // Walks what is left to its checksums.
  void finish() {
    std::string waste(kPeekBytes, '\0');
    while (read(waste.data(), waste.size()) == waste.size()) {
    }
    if (truncated_) {
      throw DataError(file_, fmt::format("is truncated: its gzip stream breaks off after {} unpacked bytes", unpacked_),
                      kRemedyTruncated);
    }
  }

 private:
  std::string_view packed_;
  const std::string& file_;
  z_stream stream_{};
  std::size_t used_ = 0, unpacked_ = 0;
  bool ended_ = false, truncated_ = false;
};

[[noreturn]] void refuse_short(const std::string& file, std::size_t found, std::size_t expected) {
  throw DataError(file, fmt::format("is truncated: {} bytes, its header says {}", found, expected), kRemedyTruncated);
}

void refuse_impossible(const NiftiHeader& header, std::size_t packed_bytes, const std::string& file) {
  if (header.total_bytes() / kMostExpansion > packed_bytes) {
    throw DataError(file,
                    fmt::format("is truncated or damaged: its header says {} bytes, which cannot be packed into {}",
                                header.total_bytes(), packed_bytes),
                    kRemedyTruncated);
  }
}

NiftiHeader unpack_header(std::string_view packed, const std::string& file) {
  char start[kHeaderBytes];
  Inflater inflater(packed, file);
  const std::size_t found = inflater.read(start, kHeaderBytes);
  if (found < kHeaderBytes && inflater.truncated()) {
    throw DataError(file, "is truncated: its gzip stream breaks off within the header", kRemedyTruncated);
  }
  return parse_header({start, found}, file);
}

void unpack(std::string_view packed, const std::string& file, NiftiBytes& result) {
  const std::size_t expected = result.header.total_bytes();
  refuse_impossible(result.header, packed.size(), file);
  if (result.header.wrong_bits) {
    Inflater walk(packed, file);
    walk.finish();
    judge_bits(result.header, walk.unpacked(), file);
  }
  if (expected > kSuspiciousBytes && expected / kSuspiciousExpansion > packed.size()) {
    Inflater walk(packed, file);
    walk.finish();
    if (walk.unpacked() < expected) refuse_short(file, walk.unpacked(), expected);
  }
  result.bytes = allocate(expected, file);

  // The usual file, one member of exactly this size, goes through libdeflate, which is about twice as fast.
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> fast(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!fast) throw std::bad_alloc();
  std::size_t used = 0, made = 0;
  if (libdeflate_gzip_decompress_ex(fast.get(), packed.data(), packed.size(), result.bytes.get(), expected, &used,
                                    &made) == LIBDEFLATE_SUCCESS &&
      used == packed.size() && made == expected) {
    return;
  }
  Inflater inflater(packed, file);
  inflater.read(result.bytes.get(), expected);
  inflater.finish();
  if (inflater.unpacked() < expected) refuse_short(file, inflater.unpacked(), expected);
  if (inflater.unpacked() > expected) {
    result.warnings.push_back(fmt::format("has {} bytes behind its voxels", inflater.unpacked() - expected));
  }
  if (inflater.left_over() > 0) {
    result.warnings.push_back(fmt::format("has {} bytes behind its gzip stream", inflater.left_over()));
  }
}

void refuse_hdf5(std::string_view start, const std::string& file) {
  if (start.substr(0, 8) != std::string_view("\x89HDF\r\n\x1a\n", 8)) return;
  throw DataError(file, "is an HDF5 file, which only cs-preprocess reads",
                  "make NIfTI files of it first: cs-preprocess --cases LIST --h5-spacing X,Y,Z --out DIR");
}

bool ends_with(const std::string& text, const char* ending) {
  const std::size_t length = std::strlen(ending);
  return text.size() >= length && text.compare(text.size() - length, length, ending) == 0;
}

void refuse_pair(const std::string& file) {
  for (const char* ending : {".hdr", ".img", ".hdr.gz", ".img.gz"}) {
    if (ends_with(file, ending)) {
      throw DataError(file, "is one half of a .hdr/.img pair, expected header and voxels in one file",
                      "convert the pair to a single .nii or .nii.gz");
    }
  }
}

void to_machine_order(NiftiBytes& result) {
  const std::size_t width = bytes_of(result.header.type);
  if (!result.header.swapped || width == 1) return;
  char* const first = result.bytes.get() + result.header.data_offset;
  for (char* voxel = first; voxel != first + result.header.data_bytes; voxel += width)
    std::reverse(voxel, voxel + width);
}

}  // namespace

NiftiBytes read_nifti_bytes(const fs::path& path) {
  const std::string file = path.string();
  const OpenFile input(path);
  refuse_pair(file);
  if (input.size() == 0) throw DataError(file, "is empty", kRemedyTruncated);
  NiftiBytes result;
  if (is_gzip(input.start(2))) {
    const auto packed = allocate(input.size(), file);
    input.read(0, input.size(), packed.get());
    const std::string_view view(packed.get(), input.size());
    result.header = unpack_header(view, file);
    unpack(view, file, result);
    if (ends_with(file, ".nii"))
      result.warnings.emplace_back("is gzip-compressed although its name does not end in .gz");
    to_machine_order(result);
    return result;
  }
  const std::string start = input.start(kHeaderBytes);
  refuse_hdf5(start, file);
  result.header = parse_header(start, file);
  judge_bits(result.header, input.size(), file);
  const std::size_t expected = result.header.total_bytes();
  if (input.size() < expected) refuse_short(file, input.size(), expected);
  result.bytes = allocate(expected, file);
  input.read(0, expected, result.bytes.get());
  if (input.size() > expected) {
    result.warnings.push_back(fmt::format("has {} bytes behind its voxels", input.size() - expected));
  }
  if (ends_with(file, ".gz")) result.warnings.emplace_back("is not gzip-compressed although its name ends in .gz");
  to_machine_order(result);
  return result;
}

NiftiHeader read_nifti_header_bytes(const fs::path& path) {
  const std::string file = path.string();
  const OpenFile input(path);
  refuse_pair(file);
  if (input.size() == 0) throw DataError(file, "is empty", kRemedyTruncated);
  const std::string start = input.start(kPeekBytes);
  if (is_gzip(start)) {
    const NiftiHeader header = unpack_header(start, file);
    refuse_impossible(header, input.size(), file);
    return header.wrong_bits ? read_nifti_bytes(path).header : header;
  }
  refuse_hdf5(start, file);
  NiftiHeader header = parse_header(start, file);
  judge_bits(header, input.size(), file);
  if (input.size() < header.total_bytes()) refuse_short(file, input.size(), header.total_bytes());
  return header;
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
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw std::bad_alloc();
  const std::unique_ptr<char[]> unpacked(new char[bytes.size()]);
  std::size_t used = 0, made = 0;
  return libdeflate_gzip_decompress_ex(decompressor.get(), packed.data(), packed.size(), unpacked.get(), bytes.size(),
                                       &used, &made) == LIBDEFLATE_SUCCESS &&
         used == packed.size() && made == bytes.size() && std::memcmp(unpacked.get(), bytes.data(), made) == 0;
}

}  // namespace coopseg::image
