// Weights to and from safetensors.

#include <cstring>
#include <map>
#include <stdexcept>

#include "coopseg/model/state_layout.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/modules.h"

namespace coopseg::network {
namespace {

const std::map<std::string, at::ScalarType>& types() {
  static const std::map<std::string, at::ScalarType> kTypes = {
      {"F32", at::kFloat}, {"F64", at::kDouble}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
      {"I32", at::kInt},   {"I16", at::kShort},  {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};
  return kTypes;
}

}  // namespace

core::StoredTensor to_stored(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  core::StoredTensor stored;
  for (const auto& [name, type] : types()) {
    if (type == plain.scalar_type()) stored.dtype = name;
  }
  if (stored.dtype.empty()) throw std::invalid_argument("a tensor of this type cannot be stored");
  stored.shape = plain.sizes().vec();
  stored.bytes.assign(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  return stored;
}

at::Tensor from_stored(const core::StoredTensor& stored) {
  const auto type = types().find(stored.dtype);
  if (type == types().end()) throw std::invalid_argument("a stored tensor has the unknown type " + stored.dtype);
  at::Tensor tensor = at::empty(stored.shape, at::TensorOptions(type->second));
  if (tensor.nbytes() != stored.bytes.size()) {
    throw std::invalid_argument("a stored tensor's bytes do not fit its shape");
  }
  if (type->second == at::kBool) {
    // Any byte but 0 and 1 would be undefined behaviour in a bool.
    bool* const flags = tensor.data_ptr<bool>();
    for (std::size_t i = 0; i < stored.bytes.size(); ++i) flags[i] = stored.bytes[i] != 0;
  } else if (!stored.bytes.empty()) {
    std::memcpy(tensor.data_ptr(), stored.bytes.data(), stored.bytes.size());
  }
  return tensor;
}

void Model::load_state(const core::TensorFile& content, const std::string& file) {
  const Architecture& architecture = modules_->architecture;
  model::check_state(content, model::state_layout(architecture.classes, architecture.slow_thinking), file);
  const at::NoGradGuard without_gradients;
  for (NamedTensor& entry : modules_->store) entry.tensor.copy_(from_stored(content.at(entry.name, file)));
}

void Model::save_state(core::TensorFile& content) const {
  for (const NamedTensor& entry : modules_->store) content.tensors[entry.name] = to_stored(entry.tensor);
}

}  // namespace coopseg::network
