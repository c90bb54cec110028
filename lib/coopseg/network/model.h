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

#include "coopseg/model/network_type.h"
#include "coopseg/network/network.h"

namespace coopseg::network {

struct Architecture {
  model::NetworkType type = model::NetworkType::fcn_16;
  int classes = 4;             // with background
  bool slow_thinking = false;  // with shape_encoder and shape_decoder
};

struct FtnOutput {
  at::Tensor image_code, shape_code, logits, reconstruction;  // reconstruction is undefined if not asked for
};

// Throws core::UsageError for fewer than two classes.
void check_architecture(const Architecture& architecture);

//   Model model({model::NetworkType::fcn_16, /*classes=*/4, /*slow_thinking=*/false});
//   model.initialise(/*seed=*/0);
//   FtnOutput out = model.run_ftn(x, Mode::train, /*with_reconstruction=*/true);
//   cross_entropy(out.logits, labels).backward();
//
// Not for two threads at once; ATen itself works with several.
class Model : public Network {
 public:
  // Weights are 0 (those of batch norms 1) until initialise() or load_state(). Throws core::UsageError.
  explicit Model(const Architecture& architecture);
  ~Model() override;
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  const Architecture& architecture() const;

  // The FTN's logits, its shape code and, if asked for, features of the segmentation decoder, from [N, 64, H/8, W/8] to
  // [N, 16, H, W]. There is no dropout in these networks.
  Output forward(const at::Tensor& x, Mode mode, Dropout* dropout = nullptr) override;
  // The STN's, after one step, where there is one; else the FTN's.
  Output predict(const at::Tensor& x) override;
  int classes() const override { return architecture().classes; }
  int dimensions() const override { return 2; }
  std::int64_t code_channels() const override;
  std::int64_t feature_channels() const override;
  void give_features(bool given) override;
  at::Tensor encode(const at::Tensor& x, Mode mode) override;
  NamedTensors code_parameters() const override;
  NamedTensors feature_parameters() const override;
  Weights& weights() override;
  const Weights& weights() const override;
  void use_precision(Precision precision) override;
  Precision precision() const override;

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
  // Of each number of steps its logits, in their order; no step is computed twice. At least one number is given.
  std::vector<at::Tensor> predict_each(const at::Tensor& x, const std::vector<int>& stn_steps);

  // The weights' (weights.h), by shorter names.
  void initialise(std::uint64_t seed) { weights().initialise(seed); }
  NamedTensors parameters() const { return weights().parameters(); }
  NamedTensors state() const { return weights().state(); }
  std::vector<std::string> modules() const;  // "image_encoder", ...
  void to_device(const std::string& device) { weights().to_device(device); }
  void to_double() { weights().to_double(); }
  void load_state(const core::TensorFile& content, const std::string& file) { weights().load(content, file); }
  void save_state(core::TensorFile& content) const { weights().save(content); }

  void use_order(MemoryOrder order);  // channels_last unless told otherwise

 private:
  struct Modules;
  std::unique_ptr<Modules> modules_;
};

}  // namespace coopseg::network
