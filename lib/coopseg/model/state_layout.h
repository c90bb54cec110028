// Which tensors a model consists of: their names, order and shapes, known without LibTorch. network/ computes with
// them; a test holds both to each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/safetensors.h"

namespace coopseg::model {

enum class LayerKind { convolution, transposed_convolution, batch_norm };
enum class TensorRole { parameter, running_mean, running_variance, batches_tracked };

struct TensorLayout {
  std::string module;  // "image_encoder"
  std::string name;    // "general_encoder.inc.0.weight"; in model files "image_encoder/general_encoder.inc.0.weight"
  std::vector<std::int64_t> shape;
  LayerKind layer;
  TensorRole role;

  std::string full_name() const { return module + "/" + name; }
};

// The five modules of the networks of Chen et al., or the three of the FTN, in the order of the reference's
// state_dicts. `classes` counts the background. All of network_types() have the same tensors.
std::vector<TensorLayout> state_layout(int classes, bool slow_thinking);
std::vector<std::string> module_names(bool slow_thinking);

// Every tensor of `layout` must be in `content` with its shape, a floating type (batch counts: I64) and finite values,
// variances and counts not below 0; and no other tensor of its modules. Tensors of other modules are passed over, so
// that an FTN can be taken out of a file that holds an STN, too. Throws core::DataError naming `file` and the first
// fault.
void check_state(const core::TensorFile& content, const std::vector<TensorLayout>& layout, const std::string& file);

}  // namespace coopseg::model
