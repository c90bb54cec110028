// Reads the pickles in which torch.save describes tensors, as data: nothing is looked up, called or executed.
//
// A pickle is a program for a small stack machine, and Python's own reader runs what it names. This one knows the
// opcodes that a state_dict needs and its names (OrderedDict, the two functions that rebuild tensors, the types of
// storages); whatever else a pickle asks for (os.system, numpy, a class) is refused, and so is what Python would not
// have written: an unknown opcode, a protocol other than 2, bytes behind the end.
//
//   const Pickle pickle(bytes, "image_encoder.pth");
//   if (const auto* members = std::get_if<PickleDict>(&pickle.at(pickle.root()))) ...
//
// Values refer to each other by number, so that neither deep nesting nor a list that holds itself costs stack or leaks,
// and a value that stands in many places costs once. Memory is bounded by the pickle's length, at most 4 MiB (a model
// needs 10 KB), and by a million values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace coopseg::model {

using PickleId = std::uint32_t;  // number of a value in its Pickle

struct PickleTuple {
  std::vector<PickleId> items;
};
struct PickleList {
  std::vector<PickleId> items;
};
struct PickleDict {  // a dict or an OrderedDict, in the order of its insertions; a key may stand twice
  std::vector<std::pair<PickleId, PickleId>> items;
};
enum class PickleGlobal { ordered_dict, rebuild_tensor, rebuild_parameter, storage_type };
struct PickleName {
  PickleGlobal what;
  std::string dtype;  // of a storage type, as in core/safetensors.h: "F32"
};
struct PickleStorage {
  std::string dtype, key;  // its bytes are the archive's entry data/<key>
  std::uint64_t elements = 0;
};
// A view of a storage; neither shape nor place have been checked against the storage's size.
struct PickleTensor {
  PickleId storage;
  std::int64_t offset;  // elements
  std::vector<std::int64_t> shape, strides;
};
// None, bool, int, float, str, ...
using PickleValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleTuple, PickleList,
                                 PickleDict, PickleName, PickleStorage, PickleTensor>;

class Pickle {
 public:
  // Throws core::DataError with `file` and the place in the pickle.
  Pickle(std::string_view bytes, const std::string& file);

  PickleId root() const { return root_; }
  const PickleValue& at(PickleId id) const { return values_[id]; }

 private:
  friend class PickleMachine;
  std::vector<PickleValue> values_;
  PickleId root_ = 0;
};

}  // namespace coopseg::model
