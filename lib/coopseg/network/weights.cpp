#include "coopseg/network/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <map>
#include <stdexcept>

#include "coopseg/core/random.h"
#include "coopseg/network/at_once.h"
#include "coopseg/network/in_pieces.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr double kNearOneDeviation = 0.02;

const std::map<std::string, at::ScalarType>& types() {
  static const std::map<std::string, at::ScalarType> kTypes = {
      {"F32", at::kFloat}, {"F64", at::kDouble}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
      {"I32", at::kInt},   {"I16", at::kShort},  {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};
  return kTypes;
}

template <class Draw>
void fill(at::Tensor& tensor, Draw draw) {
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  float* const begin = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) begin[i] = static_cast<float>(draw());
  tensor.copy_(values);
}

void initialise(const model::TensorLayout& entry, std::uint64_t seed, at::Tensor& tensor) {
  core::RandomStream random(seed, {"initialise", entry.full_name()});
  switch (entry.initial) {
    case model::Initial::zeros: tensor.zero_(); break;
    case model::Initial::ones: tensor.fill_(1); break;
    case model::Initial::near_one: fill(tensor, [&] { return 1 + kNearOneDeviation * random.normal(); }); break;
    case model::Initial::kaiming: {
      const double deviation = std::sqrt(2.0 / static_cast<double>(entry.fan));
      fill(tensor, [&] { return deviation * random.normal(); });
      break;
    }
    case model::Initial::uniform: {
      const double bound = 1 / std::sqrt(static_cast<double>(entry.fan));
      fill(tensor, [&] { return random.uniform(-bound, bound); });
      break;
    }
  }
}

}  // namespace

at::Tensor in_order(const at::Tensor& values, MemoryOrder order) {
  const bool last = order == MemoryOrder::channels_last;
  return values.contiguous(last && values.dim() == 4   ? at::MemoryFormat::ChannelsLast
                           : last && values.dim() == 5 ? at::MemoryFormat::ChannelsLast3d
                                                       : at::MemoryFormat::Contiguous);
}

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

NamedTensors beginning_with(const std::vector<std::string>& prefixes, const NamedTensors& tensors) {
  NamedTensors found;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(found), [&](const auto& named) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const std::string& prefix) { return named.first.rfind(prefix, 0) == 0; });
  });
  return found;
}

std::vector<at::Tensor> running_statistics(const NamedTensors& tensors) {
  const auto is_one = [](const std::string& name) {
    const std::string parameter = name.substr(name.rfind('.') + 1);
    return parameter == "running_mean" || parameter == "running_var";
  };
  std::vector<at::Tensor> found;
  for (const auto& [name, tensor] : tensors) {
    if (is_one(name)) found.push_back(tensor);
  }
  return found;
}

Weights::Weights(std::vector<model::TensorLayout> layout) : layout_(std::move(layout)) {
  for (const model::TensorLayout& entry : layout_) {
    const bool counts = entry.role == model::TensorRole::batches_tracked;
    at::Tensor tensor = at::zeros(entry.shape, counts ? at::kLong : at::kFloat);
    if (entry.initial == model::Initial::ones || entry.initial == model::Initial::near_one) tensor.fill_(1);
    tensor = in_order(tensor, MemoryOrder::channels_last);
    if (entry.role == model::TensorRole::parameter) tensor.set_requires_grad(true);
    places_.emplace(entry.full_name(), tensors_.size());
    tensors_.emplace_back(entry.full_name(), tensor);
  }
}

void Weights::initialise(std::uint64_t seed) {
  const at::NoGradGuard without_gradients;
  for (std::size_t i = 0; i < layout_.size(); ++i) network::initialise(layout_[i], seed, tensors_[i].second);
}

const at::Tensor& Weights::at(const std::string& name) const {
  const auto place = places_.find(name);
  if (place == places_.end()) throw std::logic_error("no weight is called " + name);
  return tensors_[place->second].second;
}

NamedTensors Weights::parameters() const {
  NamedTensors found;
  for (std::size_t i = 0; i < layout_.size(); ++i) {
    if (layout_[i].role == model::TensorRole::parameter) found.push_back(tensors_[i]);
  }
  return found;
}

NamedTensors Weights::state() const { return tensors_; }

// set_data() instead of new tensors: blocks, optimisers and callers hold the old handles.

void Weights::to_device(const std::string& device) {
  const at::NoGradGuard without_gradients;
  const at::Device target(device);
  for (auto& [name, tensor] : tensors_) {
    tensor.mutable_grad().reset();
    tensor.set_data(tensor.to(target));
  }
}

void Weights::to_double() {
  const at::NoGradGuard without_gradients;
  for (auto& [name, tensor] : tensors_) {
    if (!tensor.is_floating_point()) continue;
    tensor.mutable_grad().reset();
    tensor.set_data(tensor.to(at::kDouble));
  }
}

void Weights::to_order(MemoryOrder order) {
  const at::NoGradGuard without_gradients;
  for (auto& [name, tensor] : tensors_) {
    if (tensor.dim() < 4) continue;
    tensor.mutable_grad().reset();
    tensor.set_data(in_order(tensor, order));
  }
}

void Weights::load(const core::TensorFile& content, const std::string& file, const std::string& prefix) {
  model::check_state(content, layout_, file, prefix);
  const at::NoGradGuard without_gradients;
  for (auto& [name, tensor] : tensors_) tensor.copy_(from_stored(content.at(prefix + name, file)));
}

void Weights::load_part(const std::vector<model::TensorLayout>& part, const core::TensorFile& content,
                        const std::string& file) {
  model::check_state(content, part, file);
  const at::NoGradGuard without_gradients;
  for (const model::TensorLayout& entry : part) {
    at::Tensor tensor = at(entry.full_name());
    tensor.copy_(from_stored(content.at(entry.full_name(), file)));
  }
}

void Weights::save(core::TensorFile& content, const std::string& prefix) const {
  for (const auto& [name, tensor] : tensors_) content.tensors[prefix + name] = to_stored(tensor);
}

void Weights::copy(const Weights& from) {
  const at::NoGradGuard without_gradients;
  for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].second.copy_(from.tensors_.at(i).second);
}

void Weights::follow(const Weights& leader, double keep) {
  if (leader.tensors_.size() != tensors_.size()) throw std::logic_error("weights follow others of their own layout");
  std::vector<at::Tensor> on_gpu, leaders;
  for (std::size_t i = 0; i < layout_.size(); ++i) {
    if (layout_[i].role != model::TensorRole::parameter) continue;
    const at::Tensor &mine = tensors_[i].second, &theirs = leader.tensors_[i].second;
    if (mine.is_cpu()) {
      in_pieces({mine, theirs}, [&](const std::vector<at::Tensor>& own) { own[0].mul_(keep).add_(own[1], 1 - keep); });
    } else {
      on_gpu.push_back(mine);
      leaders.push_back(theirs);
    }
  }
  follow_at_once(on_gpu, leaders, keep);
}

}  // namespace coopseg::network
