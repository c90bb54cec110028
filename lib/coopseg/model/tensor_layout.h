// Which tensors a network consists of, known without LibTorch. A network has one list of them (layout_fcn16.h): model
// files are judged by it, and network/ makes its weights from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/safetensors.h"

namespace coopseg::model {

enum class LayerKind { convolution, transposed_convolution, batch_norm, linear };
enum class TensorRole { parameter, running_mean, running_variance, batches_tracked };

// What a training begins with.
enum class Initial {
  zeros,
  ones,
  near_one,  // normal, mean 1, standard deviation 0.02
  kaiming,   // normal, standard deviation sqrt(2 / fan)
  uniform,   // in +-1 / sqrt(fan), PyTorch's default
};

struct TensorLayout {
  std::string module;  // "image_encoder"
  std::string name;    // "general_encoder.inc.0.weight"; in model files "image_encoder/general_encoder.inc.0.weight"
  std::vector<std::int64_t> shape;
  LayerKind layer;
  TensorRole role;
  Initial initial;
  std::int64_t fan;  // of the layer, for `initial`; 0 where that needs none

  std::string full_name() const { return module + "/" + name; }
};

// Every tensor of `layout` must be in `content`, its name behind `prefix`, with its shape, a floating type (batch
// counts: I64) and finite values, variances and counts not below 0; and no other tensor of its modules. Tensors of
// other modules are passed over, so that an FTN can be taken out of a file that holds an STN, too. Throws
// core::DataError naming `file` and the first fault.
void check_state(const core::TensorFile& content, const std::vector<TensorLayout>& layout, const std::string& file,
                 const std::string& prefix = {});

}  // namespace coopseg::model
