// The named tensors of one network, made from the list that its model files are judged by (model/tensor_layout.h).
//
//   Weights weights(model::layout_fcn16(/*classes=*/4, /*slow_thinking=*/false));
//   weights.initialise(/*seed=*/0);
//   weights.at("image_encoder/general_encoder.inc.0.weight")   // [16, 1, 3, 3]
//
// Blocks hold handles of these tensors: whatever is done here is seen there.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coopseg/core/safetensors.h"
#include "coopseg/model/tensor_layout.h"

namespace coopseg::network {

// How images, and with them the weights of convolutions, lie in memory. Channels-last is the faster one for the
// processor's convolutions; files always hold plain row-major arrays, and numbers agree but for rounding.
enum class MemoryOrder { channels_last, contiguous };

// `values` of [N, C, H, W] or [N, C, D, H, W] in that order; any other tensor is row-major.
at::Tensor in_order(const at::Tensor& values, MemoryOrder order);

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// Those whose names begin with one of the prefixes, in their order.
NamedTensors beginning_with(const std::vector<std::string>& prefixes, const NamedTensors& tensors);
// Batch norms' running means and variances among them.
std::vector<at::Tensor> running_statistics(const NamedTensors& tensors);

class Weights {
 public:
  // float32 on the processor, channels last; 0 (ones and near ones 1) until initialise() or load(). Parameters ask for
  // gradients.
  explicit Weights(std::vector<model::TensorLayout> layout);

  // Every number from `seed` and the tensor's name alone.
  void initialise(std::uint64_t seed);

  // Throws std::logic_error for a name that the layout does not have.
  const at::Tensor& at(const std::string& name) const;
  // "image_encoder/general_encoder.inc.0.weight" -> tensor, in the layout's order: what is trained; all.
  NamedTensors parameters() const;
  NamedTensors state() const;

  // The tensors stay the same ones: whoever holds a handle, an optimiser too, goes on with it. Gradients are dropped.
  void to_device(const std::string& device);  // "cpu", "cuda:0"
  void to_double();                           // for tests against double-precision numbers
  void to_order(MemoryOrder order);

  // Copies values. Every tensor must be there, behind `prefix`, with the right shape, a fitting type and finite values,
  // and no other of its modules, else DataError naming `file` and nothing has changed. Tensors of other modules are
  // passed over, so that an FTN can be taken out of a file that holds an STN, too.
  void load(const core::TensorFile& content, const std::string& file, const std::string& prefix = {});
  // The same of the tensors of `part` alone, all of this layout; the others stay as they are.
  void load_part(const std::vector<model::TensorLayout>& part, const core::TensorFile& content,
                 const std::string& file);
  void save(core::TensorFile& content, const std::string& prefix = {}) const;  // row-major

  // The same numbers as the other's, which is of the same layout, on whatever device.
  void copy(const Weights& from);

  // The mean teacher's step (Tarvainen and Valpola, NeurIPS 2017): each parameter becomes keep * itself + (1 - keep) *
  // the leader's. What else belongs to the state, the statistics of normalisation, stays. Both of one layout.
  void follow(const Weights& leader, double keep);

 private:
  std::vector<model::TensorLayout> layout_;
  NamedTensors tensors_;  // in the layout's order
  std::unordered_map<std::string, std::size_t> places_;
};

// Tensors to and from the container's plain bytes, row-major; from_stored gives a tensor of its own on the processor.
core::StoredTensor to_stored(const at::Tensor& tensor);
at::Tensor from_stored(const core::StoredTensor& tensor);

}  // namespace coopseg::network
