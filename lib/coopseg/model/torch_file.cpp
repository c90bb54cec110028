#include "coopseg/model/torch_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/tensor_numbers.h"
#include "coopseg/model/pickle.h"
#include "coopseg/model/zip_archive.h"
#include "coopseg/model/layout_fcn16.h"

namespace coopseg::model {
namespace {

constexpr const char* kTorchFileRemedy = "only files of torch.save(state_dict) can be read";

// The one top folder of the archive with its slash: "image_encoder/", "archive/".
std::string stem_of(const ZipArchive& archive, const std::string& file) {
  std::string stem;
  for (const std::string& name : archive.names()) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash) != "/data.pkl") continue;
    if (!stem.empty()) throw core::DataError(file, "holds two pickles", kTorchFileRemedy);
    stem = name.substr(0, slash + 1);
  }
  if (stem.empty()) throw core::DataError(file, "holds no data.pkl: it is not a file of torch.save", kTorchFileRemedy);
  return stem;
}

class TorchFile {
 public:
  TorchFile(std::string_view bytes, const std::string& file)
      : file_(file),
        archive_(checked_form(bytes, file), file),
        stem_(stem_of(archive_, file)),
        pickle_(archive_.content(stem_ + "data.pkl"), file),
        memory_left_(bytes.size()) {
    const std::string order = stem_ + "byteorder";
    if (archive_.holds(order) && archive_.content(order) != "little") {
      refuse("was written on a big-endian machine");
    }
  }

  PickleId root() const { return pickle_.root(); }

  const PickleDict& dict(PickleId id, const std::string& what) const {
    const auto* found = std::get_if<PickleDict>(&pickle_.at(id));
    if (!found) refuse(what + " is no dict");
    return *found;
  }

  const std::string& text(PickleId id, const std::string& what) const {
    const auto* found = std::get_if<std::string>(&pickle_.at(id));
    if (!found) refuse(what + " is no text");
    return *found;
  }

  std::optional<std::int64_t> integer(PickleId id) const {
    const auto* found = std::get_if<std::int64_t>(&pickle_.at(id));
    return found ? std::optional(*found) : std::nullopt;
  }

  std::optional<PickleId> member(PickleId id, const std::string& name) const {
    std::optional<PickleId> found;
    for (const auto& [key, value] : dict(id, "its content").items) {
      const auto* text = std::get_if<std::string>(&pickle_.at(key));
      if (text && *text == name) found = value;
    }
    return found;
  }

  StateDict state_dict(PickleId id, const std::string& what) {
    StateDict state;
    std::set<std::string> names;
    for (const auto& [key, value] : dict(id, what).items) {
      const std::string& name = text(key, "a name in " + what);
      const auto* tensor = std::get_if<PickleTensor>(&pickle_.at(value));
      if (!tensor) refuse("'" + shown(name) + "' in " + what + " is no tensor");
      if (!names.insert(name).second) refuse("'" + shown(name) + "' stands twice in " + what);
      state.emplace_back(name, stored(*tensor, name));
    }
    return state;
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw core::DataError(file_, problem, kTorchFileRemedy);
  }

 private:
  static std::string_view checked_form(std::string_view bytes, const std::string& file) {
    // How PyTorch before 1.6 began its files: a pickle of a large magic number.
    constexpr std::string_view kOldForm = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    if (bytes.substr(0, kOldForm.size()) == kOldForm) {
      throw core::DataError(file, "has the form of PyTorch before 1.6",
                            "load it in Python and write it again with torch.save");
    }
    return bytes;
  }

  core::StoredTensor stored(const PickleTensor& tensor, const std::string& name) {
    const auto fail = [&](const std::string& problem) { refuse("tensor '" + shown(name) + "' " + problem); };
    const auto& storage = std::get<PickleStorage>(pickle_.at(tensor.storage));
    const std::uint64_t width = bytes_per_element(storage.dtype);
    const std::string_view content = archive_.content(stem_ + "data/" + storage.key);
    if (content.size() % width != 0 || content.size() / width != storage.elements) {
      fail("has a storage of " + std::to_string(content.size()) + " bytes, expected " +
           std::to_string(storage.elements) + " numbers of " + std::to_string(width));
    }
    std::uint64_t elements = 1, last = 0;  // `last`: the farthest element, from the tensor's first
    bool too_large = tensor.offset < 0;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      const std::int64_t side = tensor.shape[i], stride = tensor.strides[i];
      if (side < 0 || stride < 0) fail("has a negative size or stride");
      std::uint64_t reach = 0;
      too_large = too_large || __builtin_mul_overflow(elements, static_cast<std::uint64_t>(side), &elements) ||
                  (side > 1 && (__builtin_mul_overflow(static_cast<std::uint64_t>(side) - 1,
                                                       static_cast<std::uint64_t>(stride), &reach) ||
                                __builtin_add_overflow(last, reach, &last)));
    }
    // Not more elements than the storage has: a stride of 0 could repeat one number without end.
    const auto offset = static_cast<std::uint64_t>(tensor.offset);
    if (too_large || elements > storage.elements || offset > storage.elements ||
        (elements > 0 && last >= storage.elements - offset)) {
      fail("reaches outside its storage of " + std::to_string(storage.elements) + " numbers");
    }
    // Nor may many tensors copy one storage again and again.
    if (elements * width > memory_left_) refuse("holds tensors of more bytes than it has itself");
    memory_left_ -= elements * width;
    return {storage.dtype, tensor.shape, row_major(tensor, content, elements, width)};
  }

  static std::string row_major(const PickleTensor& tensor, std::string_view content, std::uint64_t elements,
                               std::uint64_t width) {
    std::string bytes;
    bytes.reserve(elements * width);
    std::vector<std::int64_t> index(tensor.shape.size(), 0);
    auto at = static_cast<std::uint64_t>(tensor.offset);
    for (std::uint64_t i = 0; i < elements; ++i) {
      bytes.append(content.substr(at * width, width));
      for (std::size_t axis = index.size(); axis-- > 0;) {
        const auto stride = static_cast<std::uint64_t>(tensor.strides[axis]);
        at += stride;
        if (++index[axis] < tensor.shape[axis]) break;
        at -= stride * static_cast<std::uint64_t>(tensor.shape[axis]);
        index[axis] = 0;
      }
    }
    return bytes;
  }

  const std::string& file_;
  ZipArchive archive_;
  std::string stem_;
  Pickle pickle_;
  std::uint64_t memory_left_;
};

// Writes what TorchFile reads: the opcodes that Python itself would choose, without its memo.
class PickleWriter {
 public:
  explicit PickleWriter(std::string& out) : out_(out) {}

  void op(unsigned char code) { out_ += static_cast<char>(code); }
  void global(const char* module, const std::string& name) { out_ += "c" + std::string(module) + "\n" + name + "\n"; }
  void text(const std::string& value) {
    op('X');
    put_u32(out_, static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void integer(std::uint64_t value) {
    if (value <= 0xff) {
      op('K');
      op(static_cast<unsigned char>(value));
    } else if (value <= 0xffff) {
      op('M');
      put_u16(out_, static_cast<std::uint16_t>(value));
    } else if (value <= 0x7fffffff) {
      op('J');
      put_u32(out_, static_cast<std::uint32_t>(value));
    } else {
      op(0x8a);
      op(8);
      put_u32(out_, static_cast<std::uint32_t>(value));
      put_u32(out_, static_cast<std::uint32_t>(value >> 32));
    }
  }
  void tuple(const std::vector<std::uint64_t>& values) {
    op('(');
    for (const std::uint64_t value : values) integer(value);
    op('t');
  }
  void empty_ordered_dict() {
    global("collections", "OrderedDict");
    op(')');
    op('R');
  }

 private:
  std::string& out_;
};

const char* storage_type(const std::string& dtype) {
  static const std::map<std::string, const char*> kTypes = {
      {"F32", "FloatStorage"}, {"F64", "DoubleStorage"}, {"F16", "HalfStorage"},  {"BF16", "BFloat16Storage"},
      {"I64", "LongStorage"},  {"I32", "IntStorage"},    {"I16", "ShortStorage"}, {"I8", "CharStorage"},
      {"U8", "ByteStorage"},   {"BOOL", "BoolStorage"}};
  return kTypes.at(dtype);
}

void write_tensor(PickleWriter& out, const core::StoredTensor& tensor, const std::string& key) {
  std::vector<std::uint64_t> shape(tensor.shape.begin(), tensor.shape.end()), strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::uint64_t>(shape[i], 1);
  out.global("torch._utils", "_rebuild_tensor_v2");
  out.op('(');
  out.op('(');
  out.text("storage");
  out.global("torch", storage_type(tensor.dtype));
  out.text(key);
  out.text("cpu");
  out.integer(tensor.bytes.size() / bytes_per_element(tensor.dtype));
  out.op('t');
  out.op('Q');
  out.integer(0);
  out.tuple(shape);
  out.tuple(strides);
  out.op(0x89);  // requires no gradient
  out.empty_ordered_dict();
  out.op('t');
  out.op('R');
}

}  // namespace

StateDict read_state_dict(std::string_view bytes, const std::string& file) {
  TorchFile content(bytes, file);
  return content.state_dict(content.root(), "its state_dict");
}

Snapshot read_snapshot(std::string_view bytes, const std::string& file) {
  TorchFile content(bytes, file);
  const auto network = content.member(content.root(), "network_type");
  const auto modules = content.member(content.root(), "model_state");
  if (!network || !modules) content.refuse("lacks 'network_type' or 'model_state': it is no snapshot of a run");
  Snapshot snapshot;
  snapshot.network = content.text(*network, "its network_type");
  if (const auto epoch = content.member(content.root(), "epoch")) snapshot.epoch = content.integer(*epoch);
  for (const auto& [key, value] : content.dict(*modules, "its model_state").items) {
    const std::string& name = content.text(key, "a name in its model_state");
    // Known names, each once, before any is read: many names may stand for one dict.
    const auto known = module_names(/*slow_thinking=*/true);
    if (std::find(known.begin(), known.end(), name) == known.end())
      content.refuse("holds the module '" + shown(name) + "', which the networks do not have");
    if (snapshot.modules.count(name)) content.refuse("'" + shown(name) + "' stands twice in its model_state");
    snapshot.modules.emplace(name, content.state_dict(value, "'" + name + "'"));
  }
  return snapshot;
}

std::string state_dict_file(const StateDict& state, const std::string& stem) {
  std::string pickle;
  PickleWriter out(pickle);
  out.op(0x80);
  out.op(2);
  out.empty_ordered_dict();
  out.op('(');
  std::vector<ZipEntry> storages;
  for (const auto& [name, tensor] : state) {
    const std::string key = std::to_string(storages.size());
    out.text(name);
    write_tensor(out, tensor, key);
    storages.push_back({fmt::format("{}/data/{}", stem, key), tensor.bytes});
  }
  out.op('u');
  out.op('.');
  std::vector<ZipEntry> entries = {{stem + "/data.pkl", pickle}};
  entries.insert(entries.end(), storages.begin(), storages.end());
  entries.push_back({stem + "/version", "3\n"});
  return stored_zip(entries);
}

}  // namespace coopseg::model
