// Files of Python's torch.save that hold tensors, to and from plain bytes, without Python and without LibTorch
// (whose own reader refuses every OrderedDict, and with it every state_dict).
//
//   StateDict state = read_state_dict(core::read_file("image_encoder.pth"), "image_encoder.pth");
//   std::string bytes = state_dict_file(state, "image_encoder");   // torch.load(..., weights_only=True) reads it
//
// Tensors come out row-major, whatever their strides were. All errors are core::DataError with the file's name: a
// damaged archive (zip_archive.h), a pickle that is more than data (pickle.h), a tensor outside its storage, tensors
// that would need more memory than the file has bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coopseg/core/safetensors.h"

namespace coopseg::model {

// Names and tensors of one module, in its own order: "inc.0.weight", ...
using StateDict = std::vector<std::pair<std::string, core::StoredTensor>>;

StateDict read_state_dict(std::string_view bytes, const std::string& file);

// What an interrupted run of the reference implementation leaves. Its optimiser's state is passed over.
struct Snapshot {
  std::string network;                // "FCN_16_standard"
  std::optional<std::int64_t> epoch;  // as it stands in the file
  std::map<std::string, StateDict> modules;
};
Snapshot read_snapshot(std::string_view bytes, const std::string& file);

// The file that torch.save(OrderedDict(state)) would write but for the layers' version numbers, which load_state_dict
// does not need. `stem` is the folder in the archive, by custom the file's name. Equal input gives equal bytes.
std::string state_dict_file(const StateDict& state, const std::string& stem);

}  // namespace coopseg::model
