#include "coopseg/hdf5/array.h"

#include <fmt/format.h>
#include <hdf5.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>

#include "coopseg/core/error.h"
#include "coopseg/core/memory.h"

namespace coopseg::hdf5 {

namespace fs = std::filesystem;
using core::DataError;

namespace {

constexpr hsize_t kLongestAxis = 32767;  // as NIfTI has it
// Deflate cannot pack better than 258 bytes into 2 bits.
constexpr std::uint64_t kMostExpansion = 1032;
// To look one of them up takes as long as there are others, unless they are packed.
constexpr std::uint64_t kMostPieces = 10000;
constexpr std::uint64_t kChecksumBytes = 4;  // of fletcher32, behind what it is of

const char* const kFetchAgain = "copy or download it again";
const char* const kWriteAgain = "write it again as a plain array of numbers, packed with gzip or not at all";

template <herr_t (*close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id) : id_(id) {}
  ~Handle() {
    if (id_ >= 0) close(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }
  bool good() const { return id_ >= 0; }

 private:
  hid_t id_;
};
using File = Handle<H5Fclose>;
using Object = Handle<H5Oclose>;
using Properties = Handle<H5Pclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;

// What the library says went wrong first: "inflate() failed".
std::string last_words() {
  std::string words;
  const auto take = [](unsigned, const H5E_error2_t* error, void* said) -> herr_t {
    auto& text = *static_cast<std::string*>(said);
    if (text.empty() && error->desc) text = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &words);
  return words.empty() ? "HDF5's library does not say why" : words;
}

// How many bytes the stream becomes; no more than a few beyond `expected` are made.
std::uint64_t unpacked_size(const std::vector<unsigned char>& packed, std::uint64_t expected) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  std::vector<unsigned char> waste(std::size_t{1} << 16);
  stream.next_in = const_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::uint64_t made = 0;
  for (int status = Z_OK; status == Z_OK && made <= expected;) {
    stream.next_out = waste.data();
    stream.avail_out = static_cast<uInt>(waste.size());
    status = inflate(&stream, Z_NO_FLUSH);
    made += waste.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  return made;
}

class DataSet {
 public:
  DataSet(const fs::path& file, const std::string& name)
      : file_name_(file.string()),
        name_(name),
        file_bytes_(regular_file_size(file)),
        file_(open_file()),
        object_(open_object()),
        space_(H5Dget_space(object_)),
        type_(H5Dget_type(object_)),
        how_(H5Dget_create_plist(object_)) {
    if (!space_.good() || !type_.good() || !how_.good()) refuse("cannot be opened: " + last_words(), kFetchAgain);
    check_type();
    check_sizes();
    check_filters();
    check_storage();
  }

  const std::vector<std::size_t>& size() const { return size_; }

  std::vector<double> read() const {
    if (!piece_.empty()) check_pieces();
    require_memory();
    std::vector<double> values;
    try {
      values.resize(count_);
    } catch (const std::bad_alloc&) {
      refuse_memory();
    }
    if (H5Dread(object_, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      refuse("cannot be read: " + last_words(), kFetchAgain);
    return values;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& remedy) const {
    throw DataError(file_name_, fmt::format("its data set '{}' {}", name_, problem), remedy);
  }

  // A pipe would let the library wait for ever.
  static std::uint64_t regular_file_size(const fs::path& file) {
    std::error_code failed;
    const fs::file_status status = fs::status(file, failed);
    if (failed) throw core::IoError(file.string(), "cannot be read: " + failed.message());
    if (!fs::is_regular_file(status))
      throw core::IoError(file.string(),
                          fs::is_directory(status) ? "is a folder, expected an HDF5 file" : "is no regular file");
    const std::uint64_t bytes = fs::file_size(file, failed);
    if (failed) throw core::IoError(file.string(), "cannot be read: " + failed.message());
    return bytes;
  }

  hid_t open_file() const {
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    const Properties access(H5Pcreate(H5P_FILE_ACCESS));
    // Whatever the environment names; and read-only folders allow no lock.
    if (H5Pset_fapl_sec2(access) < 0 || H5Pset_file_locking(access, false, true) < 0)
      throw DataError(file_name_, "cannot be read: " + last_words());
    const hid_t file = H5Fopen(file_name_.c_str(), H5F_ACC_RDONLY, access);
    if (file < 0) {
      throw DataError(file_name_, "is no HDF5 file, or a damaged or truncated one: " + last_words(), kFetchAgain);
    }
    return file;
  }

  hid_t open_object() const {
    if (H5Lexists(file_, name_.c_str(), H5P_DEFAULT) <= 0)
      refuse("is not there", "rename it: 'image' and 'label' are read, from the root of the file");
    H5L_info_t link;
    if (H5Lget_info(file_, name_.c_str(), &link, H5P_DEFAULT) < 0)
      refuse("cannot be opened: " + last_words(), kFetchAgain);
    if (link.type != H5L_TYPE_HARD) refuse("is a link to another place, and links are not followed", kWriteAgain);
    const hid_t object = H5Oopen(file_, name_.c_str(), H5P_DEFAULT);
    if (object < 0) refuse("cannot be opened: " + last_words(), kFetchAgain);
    if (H5Iget_type(object) == H5I_DATASET) return object;
    H5Oclose(object);
    refuse("is no data set but a group or a type", kWriteAgain);
  }

  // A type can be described bit by bit, which damaged files do in ways that overrun the library.
  void check_type() {
    const hid_t known[] = {H5T_STD_U8LE,  H5T_STD_I8LE,   H5T_STD_U16LE,  H5T_STD_I16LE,  H5T_STD_U32LE,
                           H5T_STD_I32LE, H5T_STD_U64LE,  H5T_STD_I64LE,  H5T_STD_U8BE,   H5T_STD_I8BE,
                           H5T_STD_U16BE, H5T_STD_I16BE,  H5T_STD_U32BE,  H5T_STD_I32BE,  H5T_STD_U64BE,
                           H5T_STD_I64BE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE};
    const auto is_ours = [&](hid_t type) { return H5Tequal(type_, type) > 0; };
    if (std::none_of(std::begin(known), std::end(known), is_ours))
      refuse("does not hold plain numbers: whole ones of 8 to 64 bits, or fractions of 32 or 64", kWriteAgain);
    voxel_bytes_ = H5Tget_size(type_);
  }

  void check_sizes() {
    if (H5Sget_simple_extent_type(space_) != H5S_SIMPLE) refuse("is no array", kWriteAgain);
    const int rank = H5Sget_simple_extent_ndims(space_);
    if (rank < 1 || rank > 3) refuse(fmt::format("has {} dimensions, expected 2 or 3", rank), kWriteAgain);
    std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space_, sizes.data(), nullptr);
    for (const hsize_t size : sizes) {
      if (size < 1 || size > kLongestAxis)
        refuse(fmt::format("is {} voxels, expected 1 to {} along each axis", fmt::join(sizes, " x "), kLongestAxis),
               kFetchAgain);
      size_.push_back(static_cast<std::size_t>(size));
      count_ *= static_cast<std::size_t>(size);
    }
    unpacked_bytes_ = std::uint64_t{count_} * voxel_bytes_;
  }

  void check_filters() {
    filters_ = H5Pget_nfilters(how_);
    for (int i = 0; i < filters_; ++i) {
      unsigned flags = 0, settings = 0;
      std::size_t values = 0;
      char name[64] = "";
      const H5Z_filter_t filter =
          H5Pget_filter2(how_, static_cast<unsigned>(i), &flags, &values, nullptr, sizeof name, name, &settings);
      if (filter == H5Z_FILTER_SHUFFLE && !deflate_ && !checksum_) continue;
      if (filter == H5Z_FILTER_FLETCHER32 && !checksum_) {
        checksum_ = i;
        continue;
      }
      if (filter != H5Z_FILTER_DEFLATE || deflate_ || checksum_) {
        refuse(fmt::format("is packed in a way that is not read: filter {}{}", filter,
                           checksum_  ? " after a checksum"
                           : deflate_ ? " after gzip"
                                      : ""),
               "write it again, packed with gzip or not at all");
      }
      deflate_ = i;
    }
  }

  // Everything must have been written, by bytes of this file, and fit into them.
  void check_storage() {
    const H5D_layout_t layout = H5Pget_layout(how_);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(how_) != 0)
      refuse("keeps its voxels in other files, which are not read", kWriteAgain);
    if (layout == H5D_CHUNKED) find_pieces();
    const std::uint64_t stored = H5Dget_storage_size(object_);
    if (stored == 0) refuse("was never written: the file holds none of its voxels", kFetchAgain);
    const std::uint64_t most = deflate_ ? kMostExpansion : 1;
    if (stored > file_bytes_ || unpacked_bytes_ / most > stored) {
      refuse(
          fmt::format("is of {} bytes, of which a file of {} holds {}: it is damaged, truncated or was never written",
                      unpacked_bytes_, file_bytes_, stored),
          kFetchAgain);
    }
  }

  // HDF5's chunks. Those at the far sides are stored whole.
  void find_pieces() {
    piece_.resize(size_.size());
    const int rank = static_cast<int>(piece_.size());
    if (H5Pget_chunk(how_, rank, piece_.data()) != rank) refuse("cannot be opened: " + last_words(), kFetchAgain);
    unpacked_bytes_ = voxel_bytes_;
    std::uint64_t pieces = 1;
    for (std::size_t a = 0; a < piece_.size(); ++a) {
      if (piece_[a] < 1 || piece_[a] > kLongestAxis) refuse("is kept in impossible pieces", kFetchAgain);
      const std::uint64_t along = (size_[a] + piece_[a] - 1) / piece_[a];
      pieces *= along;
      unpacked_bytes_ *= along * piece_[a];
    }
    if (filters_ == 0 && pieces > kMostPieces)
      refuse(fmt::format("is kept in {} pieces that are not packed", pieces), kWriteAgain);
  }

  void check_pieces() const {
    std::vector<hsize_t> at(piece_.size(), 0);
    do check_piece(at);
    while (go_on(at));
  }

  // To the next piece, if there is one: the last axis runs fastest.
  bool go_on(std::vector<hsize_t>& at) const {
    for (std::size_t axis = at.size(); axis-- > 0;) {
      at[axis] += piece_[axis];
      if (at[axis] < size_[axis]) return true;
      at[axis] = 0;
    }
    return false;
  }

  // HDF5's library unpacks a piece to wherever its stream ends, and reads it as if it had the size that it should have:
  // memory of others, where it is shorter, and all there is, where it is much longer.
  void check_piece(const std::vector<hsize_t>& at) const {
    const std::uint64_t stored = stored_bytes(at);
    if (stored == 0)
      refuse(fmt::format("lacks the piece at voxel {}: it was never written whole", fmt::join(at, ", ")), kFetchAgain);
    if (stored > file_bytes_) refuse("holds a piece larger than the file", kFetchAgain);
    std::uint64_t expected = voxel_bytes_;
    for (const hsize_t size : piece_) expected *= size;
    if (filters_ > 0 ? unpacks_to(at, stored, expected) : stored == expected) return;
    refuse(fmt::format("holds another number of bytes than its sizes say, at voxel {}", fmt::join(at, ", ")),
           kFetchAgain);
  }

  // Without filters the quick function says what should be stored, not what is.
  std::uint64_t stored_bytes(const std::vector<hsize_t>& at) const {
    hsize_t stored = 0;
    unsigned skipped = 0;
    haddr_t address = 0;
    const herr_t status = filters_ > 0 ? H5Dget_chunk_storage_size(object_, at.data(), &stored)
                                       : H5Dget_chunk_info_by_coord(object_, at.data(), &skipped, &address, &stored);
    return status < 0 ? 0 : stored;
  }

  bool unpacks_to(const std::vector<hsize_t>& at, std::uint64_t stored, std::uint64_t expected) const {
    std::vector<unsigned char> packed(static_cast<std::size_t>(stored));
    std::uint32_t skipped = 0;
    if (H5Dread_chunk(object_, H5P_DEFAULT, at.data(), &skipped, packed.data()) < 0)
      refuse("cannot be read: " + last_words(), kFetchAgain);
    const auto was_applied = [&](const std::optional<int>& filter) { return filter && (skipped >> *filter & 1) == 0; };
    if (was_applied(deflate_)) return unpacked_size(packed, expected) == expected;
    return packed.size() == expected + (was_applied(checksum_) ? kChecksumBytes : 0);
  }

  void require_memory() const {
    const std::uint64_t memory = core::machine_memory_bytes();
    if (memory > 0 && std::uint64_t{count_} * sizeof(double) + unpacked_bytes_ > memory) refuse_memory();
  }
  [[noreturn]] void refuse_memory() const {
    refuse(fmt::format("needs {} of memory, which are not there",
                       core::gigabytes(std::uint64_t{count_} * sizeof(double) + unpacked_bytes_)),
           "use a machine with more memory, or check the array's sizes");
  }

  std::string file_name_, name_;
  std::uint64_t file_bytes_;
  File file_;
  Object object_;
  Space space_;
  Type type_;
  Properties how_;
  std::vector<std::size_t> size_;
  std::size_t count_ = 1, voxel_bytes_ = 0;
  std::uint64_t unpacked_bytes_ = 0;
  int filters_ = 0;
  std::optional<int> deflate_, checksum_;  // which of the filters they are
  std::vector<hsize_t> piece_;             // sizes of the chunks; empty where there are none
};

}  // namespace

}  // namespace coopseg::hdf5

extern "C" {

void coopseg_hdf5_read_array(const std::filesystem::path& file, const std::string& name, bool with_values,
                             coopseg::hdf5::Array& array) {
  // Debian's library is built for one thread.
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> alone(one_at_a_time);
  const coopseg::hdf5::DataSet data(file, name);
  array.size = data.size();
  array.values = with_values ? data.read() : std::vector<double>();
}

void coopseg_hdf5_version(std::string& version) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  version = fmt::format("{}.{}.{}", major, minor, release);
}
}
