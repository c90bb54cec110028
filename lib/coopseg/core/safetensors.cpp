#include "coopseg/core/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/json.h"

namespace coopseg::core {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the format's own implementation
constexpr std::size_t kMaxDimensions = 32;
constexpr std::uint64_t kAlignment = 8;
constexpr const char* kMetadataKey = "__metadata__";
constexpr const char* kRemedy = "copy or download the file again; it must be a whole .safetensors file";

std::optional<std::uint64_t> bytes_per_element(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> kSizes = {{"F64", 8}, {"I64", 8},  {"F32", 4}, {"I32", 4},
                                                              {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"I8", 1},
                                                              {"U8", 1},  {"BOOL", 1}};
  const auto found = kSizes.find(dtype);
  if (found == kSizes.end()) return std::nullopt;
  return found->second;
}

// Bytes of an array, or nothing if the dtype is unknown or the number does not fit. Zeros do not excuse sides that
// would overflow: whoever multiplies them in another order would be surprised.
std::optional<std::uint64_t> byte_size(const std::string& dtype, const std::vector<std::int64_t>& shape) {
  const auto element = bytes_per_element(dtype);
  if (!element) return std::nullopt;
  std::uint64_t size = *element;
  bool empty = false;
  for (const std::int64_t side : shape) {
    if (side < 0) return std::nullopt;
    if (side == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(side), &size) ||
               size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return std::nullopt;
    }
  }
  return empty ? 0 : size;
}

struct Entry {
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::uint64_t> offsets;
  bool has_dtype = false, has_shape = false, has_offsets = false;
};

struct Header {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Entry> entries;
  std::uint64_t data_start = 0;
};

// Accepts exactly the format's structure while reading it, so that neither nesting nor repetition costs memory.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(Header& header, std::string file) : header_(header), file_(std::move(file)) {}

  bool start_object(std::size_t) override {
    if (place_ == Place::before) {
      place_ = Place::root;
    } else if (place_ == Place::root) {
      place_ = name_ == kMetadataKey ? Place::metadata : Place::entry;
    } else {
      refuse("an object where none belongs");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::entry) {
      const Entry& entry = header_.entries.at(name_);
      if (!entry.has_dtype || !entry.has_shape || !entry.has_offsets) refuse("lacks dtype, shape or data_offsets");
      place_ = Place::root;
    } else if (place_ == Place::metadata) {
      place_ = Place::root;
    } else {
      place_ = Place::after;
    }
    return true;
  }

  bool key(std::string& key) override {
    if (place_ == Place::root) {
      name_ = key;
      const bool is_new =
          key == kMetadataKey ? !std::exchange(seen_metadata_, true) : header_.entries.emplace(key, Entry{}).second;
      if (!is_new) refuse("stands twice in the header");
    } else if (place_ == Place::metadata) {
      key_ = key;
      if (header_.metadata.count(key)) refuse("holds '" + shown(key) + "' twice");
    } else {
      key_ = key;
      Entry& entry = header_.entries.at(name_);
      bool* seen = key == "dtype"          ? &entry.has_dtype
                   : key == "shape"        ? &entry.has_shape
                   : key == "data_offsets" ? &entry.has_offsets
                                           : nullptr;
      if (!seen) refuse("has an unknown field '" + shown(key) + "'");
      if (std::exchange(*seen, true)) refuse("has the field '" + key + "' twice");
    }
    return true;
  }

  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(key_, text);
    } else if (place_ == Place::entry && key_ == "dtype") {
      header_.entries.at(name_).dtype = text;
    } else {
      refuse("text where none belongs");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::entry || (key_ != "shape" && key_ != "data_offsets")) refuse("an array where none belongs");
    place_ = Place::array;
    return true;
  }

  bool end_array() override {
    place_ = Place::entry;
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ != Place::array) refuse("a number where none belongs");
    Entry& entry = header_.entries.at(name_);
    if (key_ == "shape") {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        refuse("has an impossible shape");
      }
      if (entry.shape.size() == kMaxDimensions) refuse("has more than 32 dimensions");
      entry.shape.push_back(static_cast<std::int64_t>(value));
    } else {
      if (entry.offsets.size() == 2) refuse("has more than two data_offsets");
      entry.offsets.push_back(value);
    }
    return true;
  }

  bool number_integer(std::int64_t) override { refuse("has a negative number"); }
  bool number_float(double, const std::string&) override { refuse("has a number that is not whole or too large"); }
  bool null() override { refuse("holds null"); }
  bool boolean(bool) override { refuse("holds true or false"); }
  bool binary(binary_t&) override { refuse("holds binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw DataError(file_, "its header is not JSON (at byte " + std::to_string(position + kLengthBytes) + ")", kRemedy);
  }

 private:
  enum class Place { before, root, metadata, entry, array, after };

  static std::string shown(const std::string& name) { return name.size() <= 80 ? name : name.substr(0, 80) + "..."; }

  [[noreturn]] void refuse(const std::string& problem) const {
    const std::string what = place_ == Place::before || name_.empty() ? "its header" : "entry '" + shown(name_) + "'";
    throw DataError(file_, what + ": " + problem, kRemedy);
  }

  Header& header_;
  std::string file_, name_, key_;
  Place place_ = Place::before;
  bool seen_metadata_ = false;
};

// A regular file, read front to back.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& file) : name_(file.string()) {
    // O_NONBLOCK: opening a named pipe without a writer must not wait for ever.
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) throw_io_error(name_, "cannot be opened", errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) {
      const int error_number = errno;
      ::close(descriptor_);
      throw_io_error(name_, "cannot be examined", error_number);
    }
    if (!S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw IoError(name_, "is not a regular file", "name a .safetensors file");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  // `offset` and `length` lie within size().
  std::string read(std::uint64_t offset, std::uint64_t length) const {
    std::string bytes(length, '\0');
    std::uint64_t done = 0;
    while (done < length) {
      const ssize_t got = ::pread(descriptor_, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_io_error(name_, "cannot be read", errno);
      if (got == 0) throw DataError(name_, "became shorter while it was read", "try again when nothing writes to it");
      done += static_cast<std::uint64_t>(got);
    }
    return bytes;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// Every byte of the data belongs to exactly one tensor.
void check_entries(const Header& header, const OpenFile& file) {
  const std::uint64_t data_bytes = file.size() - header.data_start;
  std::vector<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::string>> ranges;
  for (const auto& [name, entry] : header.entries) {
    const auto refuse = [&, &name = name](const std::string& problem) {
      throw DataError(file.name(), "tensor '" + name.substr(0, 200) + "' " + problem, kRemedy);
    };
    if (!bytes_per_element(entry.dtype)) refuse("has the unknown type '" + entry.dtype.substr(0, 40) + "'");
    if (entry.offsets.size() != 2) refuse("lacks data_offsets");
    const auto size = byte_size(entry.dtype, entry.shape);
    if (!size) refuse("has an impossible shape");
    const std::uint64_t begin = entry.offsets[0], end = entry.offsets[1];
    if (begin > end || end > data_bytes) {
      refuse("lies outside the file: bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
             std::to_string(data_bytes));
    }
    if (end - begin != *size) {
      refuse("has " + std::to_string(end - begin) + " bytes, its type and shape need " + std::to_string(*size));
    }
    ranges.push_back({{begin, end}, name});
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t position = 0;
  for (const auto& [range, name] : ranges) {
    if (range.first != position) {
      throw DataError(file.name(),
                      "tensor '" + name.substr(0, 200) + "' " +
                          (range.first < position ? "overlaps another" : "follows a gap in the data"),
                      kRemedy);
    }
    position = range.second;
  }
  if (position != data_bytes) {
    throw DataError(file.name(), "has " + std::to_string(data_bytes - position) + " bytes that belong to no tensor",
                    kRemedy);
  }
}

// ONNX files are Protocol Buffers of fields in rising order: the version of the format, a small number, and behind it
// the producer's name or what there is without one. A name counts where another field comes next.
bool is_onnx(std::string_view start, const std::string& file) {
  constexpr std::string_view kNextFields = "\x12\x1a\x22\x28\x32\x3a\x42\x72";
  const bool as_written = start.size() > 2 && start[0] == '\x08' && start[1] > 0 && start[1] < 32 &&
                          kNextFields.find(start[2]) != std::string_view::npos;
  return as_written || fs::path(file).extension() == ".onnx";
}

// Throws for models of other programs, with the way to one that can be read.
void refuse_foreign(std::string_view start, const std::string& file) {
  constexpr const char* kConvert =
      "convert .pth files of the reference implementation: cs-model import --from-reference DIR --out MODEL";
  const auto begins = [&](std::string_view with) { return start.substr(0, with.size()) == with; };
  const auto refuse = [&](const std::string& what, const std::string& remedy) {
    throw DataError(file, "is " + what + " and no .safetensors file", remedy);
  };
  if (begins("version https://git-lfs.github.com/")) refuse("a pointer of Git LFS", "git lfs pull");
  if (begins("PK\3\4")) refuse("a zip archive, as .pth files of PyTorch are,", kConvert);
  // Protocols from 2 on begin so.
  if (start.size() > 1 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5)
    refuse("a pickle of Python, as older .pth files and snapshots are,", kConvert);
  if (begins("\x89HDF\r\n\x1a\n")) refuse("an HDF5 file", "give the .safetensors file of a training");
  if (is_onnx(start, file))
    refuse("an ONNX file, for other programs,", "give the .safetensors file that it was made of");
}

Header read_header(const OpenFile& file) {
  if (file.size() < kLengthBytes + 2) {
    throw DataError(file.name(), "is too short for a .safetensors file (" + std::to_string(file.size()) + " bytes)",
                    kRemedy);
  }
  constexpr std::uint64_t kStartBytes = 64;  // enough to tell what else it is
  const std::string start = file.read(0, std::min(file.size(), kStartBytes));
  if (start[kLengthBytes] != '{') refuse_foreign(start, file.name());
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(start[i]);
  if (length > kMaxHeaderBytes || length > file.size() - kLengthBytes) {
    throw DataError(file.name(),
                    "is no .safetensors file or is cut off: its header would have " + std::to_string(length) +
                        " bytes, the file has " + std::to_string(file.size()),
                    kRemedy);
  }
  const std::string text = file.read(kLengthBytes, length);
  if (text.empty() || text.front() != '{') {
    throw DataError(file.name(), "is no .safetensors file: its header does not start with '{'", kRemedy);
  }
  Header header;
  header.data_start = kLengthBytes + length;
  HeaderReader reader(header, file.name());
  nlohmann::json::sax_parse(text, &reader);
  check_entries(header, file);
  return header;
}

}  // namespace

const StoredTensor& TensorFile::at(const std::string& name, const std::string& file) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    throw DataError(file, "holds no tensor '" + name + "'", "use a file written for this purpose, by this version");
  }
  return found->second;
}

TensorFile read_tensor_file(const fs::path& path) {
  const OpenFile file(path);
  Header header = read_header(file);
  TensorFile content;
  content.metadata = std::move(header.metadata);
  for (auto& [name, entry] : header.entries) {
    StoredTensor tensor;
    tensor.dtype = std::move(entry.dtype);
    tensor.shape = std::move(entry.shape);
    tensor.bytes = file.read(header.data_start + entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
    content.tensors.emplace_hint(content.tensors.end(), name, std::move(tensor));
  }
  return content;
}

std::map<std::string, std::string> read_tensor_metadata(const fs::path& path) {
  const OpenFile file(path);
  return read_header(file).metadata;
}

void write_tensor_file(const fs::path& path, const TensorFile& content, Overwrite overwrite) {
  // Wide types first, so that every array starts at a multiple of its element's size and can be mapped.
  std::vector<std::pair<std::uint64_t, const std::string*>> order;
  for (const auto& [name, tensor] : content.tensors) {
    const auto size = byte_size(tensor.dtype, tensor.shape);
    if (name == kMetadataKey || !size || *size != tensor.bytes.size()) {
      throw std::invalid_argument("tensor '" + name + "': name, type, shape and bytes do not agree");
    }
    order.emplace_back(*bytes_per_element(tensor.dtype), &name);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });

  std::map<std::string, std::uint64_t> begins;
  std::uint64_t position = 0;
  for (const auto& [width, name] : order) {
    begins[*name] = position;
    position += content.tensors.at(*name).bytes.size();
  }
  Json header = Json::object();
  if (!content.metadata.empty()) {
    Json metadata = Json::object();
    for (const auto& [key, value] : content.metadata) metadata[key] = value;
    header[kMetadataKey] = std::move(metadata);
  }
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t begin = begins.at(name);
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, begin + tensor.bytes.size()}}};
  }
  std::string text = to_line(header);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  if (text.size() > kMaxHeaderBytes) {
    throw DataError(path.string(), "its header would exceed 100 MB, more than readers accept",
                    "store fewer tensors or less metadata");
  }
  std::string length_bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length_bytes += static_cast<char>(text.size() >> (8 * i) & 0xff);

  AtomicFile file(path, overwrite);
  file.write(length_bytes);
  file.write(text);
  for (const auto& [width, name] : order) file.write(content.tensors.at(*name).bytes);
  file.commit();
}

}  // namespace coopseg::core
