// Weights to and from safetensors.
#include <ATen/ATen.h>

#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "coopseg/core/error.h"
#include "coopseg/network/modules.h"

namespace coopseg::network {
namespace {

constexpr const char* kRemedy = "use a model file of the same network, classes and version";

const std::map<std::string, at::ScalarType>& types() {
  static const std::map<std::string, at::ScalarType> kTypes = {
      {"F32", at::kFloat}, {"F64", at::kDouble}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
      {"I32", at::kInt},   {"I16", at::kShort},  {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};
  return kTypes;
}

std::string text(at::IntArrayRef shape) {
  std::string text = "[";
  for (const std::int64_t side : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(side);
  return text + "]";
}

std::string module_of(const std::string& name) { return name.substr(0, name.find('/')); }

// The value for `entry` out of a file, checked against what the network can hold.
at::Tensor checked_value(const NamedTensor& entry, const core::StoredTensor& stored, int classes,
                         const std::string& file) {
  const auto refuse = [&](const std::string& problem) {
    throw core::DataError(file, "tensor '" + entry.name + "' " + problem, kRemedy);
  };
  const bool is_last = entry.name == "segmentation_decoder/final_conv.weight";
  if (is_last && !stored.shape.empty() && stored.shape[0] != classes) {
    throw core::DataError(file,
                          "is a model of " + std::to_string(stored.shape[0]) + " classes (with background), expected " +
                              std::to_string(classes),
                          "use the classes that the model was trained with");
  }
  if (at::IntArrayRef(stored.shape) != entry.tensor.sizes()) {
    refuse("has the shape " + text(stored.shape) + ", expected " + text(entry.tensor.sizes()));
  }
  const at::Tensor value = from_stored(stored);
  if (entry.role == Role::batches_tracked) {
    if (value.scalar_type() != at::kLong) refuse("has the type " + stored.dtype + ", expected I64");
    if (value.item<std::int64_t>() < 0) refuse("counts a negative number of batches");
    return value;
  }
  if (!value.is_floating_point()) refuse("has the type " + stored.dtype + ", expected F32");
  if (!at::isfinite(value).all().item<bool>()) refuse("holds NaN or infinite values");
  if (entry.role == Role::running_variance && (value < 0).any().item<bool>()) refuse("holds a negative variance");
  return value;
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
  const at::NoGradGuard without_gradients;
  std::vector<at::Tensor> values;
  std::set<std::string> own_modules, own_names;
  const std::vector<std::string> names = modules();
  own_modules.insert(names.begin(), names.end());
  for (const NamedTensor& entry : modules_->store) {
    values.push_back(
        checked_value(entry, content.at(entry.name, file), modules_->architecture.classes, file));
    own_names.insert(entry.name);
  }
  for (const auto& [name, stored] : content.tensors) {
    if (own_modules.count(module_of(name)) && !own_names.count(name)) {
      throw core::DataError(file, "holds the tensor '" + name + "', which this network does not have", kRemedy);
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) modules_->store[i].tensor.copy_(values[i]);
}

void Model::save_state(core::TensorFile& content) const {
  for (const NamedTensor& entry : modules_->store) content.tensors[entry.name] = to_stored(entry.tensor);
}

}  // namespace coopseg::network
