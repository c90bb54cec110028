// The networks of Chen et al., MICCAI 2021: fast-thinking (FTN: image encoder, segmentation decoder, image decoder) and
// slow-thinking (STN: shape encoder, shape decoder), as one model of named modules.
//
// Images x are [N, 1, H, W], H and W multiples of 16, values in [0, 1]; codes [N, 128, H/16, W/16], non-negative;
// logits [N, classes, H, W]. Heavy torch headers stay in the .cpp files.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/network/precision.h"

namespace coopseg::network {

// The network types of the reference implementation, same modules and parameters.
//   FCN_16_standard: both codes; _share_code: the image decoder reads the shape code; _w_o_filter: the segmentation
//   decoder reads the image code.
struct Architecture {
  std::string type = "FCN_16_standard";
  int classes = 4;             // with background
  bool slow_thinking = false;  // with shape_encoder and shape_decoder
};

struct FtnOutput {
  at::Tensor image_code, shape_code, logits, reconstruction;  // reconstruction is undefined if not asked for
};

enum class Mode {
  train,   // batch statistics, running statistics updated
  frozen,  // batch statistics; running statistics untouched, affine parameters constants (hard examples)
  eval,    // running statistics
};

// How images lie in memory while they pass through the network. Channels-last is the faster one for the processor's
// convolutions; files always hold plain row-major arrays, and numbers agree but for rounding.
enum class Layout { channels_last, contiguous };

// Throws core::UsageError for an unknown type or fewer than two classes.
void check_architecture(const Architecture& architecture);

//   Model model({"FCN_16_standard", /*classes=*/4, /*slow_thinking=*/false});
//   model.initialise(/*seed=*/0);
//   FtnOutput out = model.run_ftn(x, Mode::train, /*with_reconstruction=*/true);
//   cross_entropy(out.logits, labels).backward();
//
// Not for two threads at once; ATen itself works with several.
class Model {
 public:
  // Weights are 0 (those of batch norms 1) until initialise() or load_state(). Throws core::UsageError.
  explicit Model(const Architecture& architecture);
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  const Architecture& architecture() const;

  // Kaiming-normal convolutions, normal(1, 0.02) batch norms, as the reference; every number from `seed` and the
  // parameter's name alone.
  void initialise(std::uint64_t seed);

  // Forward passes through one module each, in the given mode. Throws std::invalid_argument if an input's shape does
  // not fit, which is never the user's doing.
  at::Tensor encode_image(const at::Tensor& x, Mode mode, at::Tensor* shape_code);  // returns the image code
  at::Tensor decode_segmentation(const at::Tensor& shape_code, Mode mode);
  at::Tensor decode_image(const at::Tensor& image_code, Mode mode);
  at::Tensor correct_shape(const at::Tensor& probabilities, Mode mode, at::Tensor* code = nullptr);  // STN: logits

  FtnOutput run_ftn(const at::Tensor& x, Mode mode, bool with_reconstruction);
  // STN on softmax(logits / 2).
  at::Tensor run_stn(const at::Tensor& logits, Mode mode);
  // Evaluation mode, without gradients: steps 0 gives the FTN's logits, n >= 1 applies the STN n times. Batch norms are
  // folded into the convolutions, which changes results by rounding only.
  at::Tensor predict(const at::Tensor& x, int stn_steps);

  // "image_encoder/general_encoder.inc.0.weight" -> tensor, in the order of the reference's state_dict. The tensors are
  // the model's own: writing into them changes it (within at::NoGradGuard for parameters). They stay the model's own
  // after to_device(), to_double() and use_layout(). Their memory need not be row-major.
  std::vector<std::pair<std::string, at::Tensor>> parameters() const;           // trainable
  std::vector<std::pair<std::string, at::Tensor>> state() const;                // parameters and buffers
  std::vector<std::string> modules() const;                                     // "image_encoder", ...

  void to_device(const std::string& device);  // "cpu", "cuda:0"
  void to_double();                           // for tests against double-precision numbers
  void use_layout(Layout layout);             // channels_last unless told otherwise
  void use_precision(Precision precision);    // fp32 unless told otherwise
  Precision precision() const;

  // Copies values. Every tensor of the model must be there with the right shape, a fitting type and finite values, and
  // no other of its modules, else DataError naming `file` and the model is as before. Tensors of other modules are
  // passed over, so that an FTN can be taken out of a file that holds an STN, too.
  void load_state(const core::TensorFile& content, const std::string& file);
  void save_state(core::TensorFile& content) const;  // row-major

 private:
  struct Modules;
  std::unique_ptr<Modules> modules_;
};

// A model's precision for as long as this lives.
class PrecisionScope {
 public:
  PrecisionScope(Model& model, Precision precision) : model_(model), before_(model.precision()) {
    model_.use_precision(precision);
  }
  ~PrecisionScope() { model_.use_precision(before_); }
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Model& model_;
  Precision before_;
};

// Tensors to and from the container's plain bytes, row-major; from_stored gives a tensor of its own on the processor.
core::StoredTensor to_stored(const at::Tensor& tensor);
at::Tensor from_stored(const core::StoredTensor& tensor);

}  // namespace coopseg::network
