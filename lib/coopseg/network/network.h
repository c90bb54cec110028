// What every network is to those who train it, validate it and write it: a function with named weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coopseg/network/precision.h"
#include "coopseg/network/rows.h"
#include "coopseg/network/weights.h"

namespace coopseg::network {

enum class Mode {
  train,   // batch statistics, running statistics updated
  frozen,  // batch statistics; running statistics untouched, affine parameters constants (hard examples)
  eval,    // running statistics
};

// Of images [N, channels, rows, columns] or [N, channels, X, Y, Z]; undefined what a network does not have.
struct Output {
  at::Tensor logits;    // [N, classes, ...]; of one class beside the background [N, 1, ...], for a sigmoid
  at::Tensor distance;  // signed distances, one channel a class
  at::Tensor code;      // of the bottleneck
  // Of the decoder's blocks, coarse to fine, the last as large as the image; where Network::give_features() asked for
  // them.
  std::vector<at::Tensor> features;
  at::Tensor stage;  // of the encoder, that Network::give_stage() asked for, before any dropout
};

// Of the networks that give stages of their encoder; the last is the bottleneck.
inline constexpr std::size_t kEncoderStages = 5;

// Not for two threads at once; ATen itself works with several.
class Network {
 public:
  virtual ~Network() = default;
  // Masks of dropout, where the network has any, are drawn from `dropout`; null: nothing is dropped.
  virtual Output forward(const at::Tensor& x, Mode mode, Dropout* dropout = nullptr) = 0;
  // What the network is judged by: in evaluation, without gradients. Logits, and distances where it has them.
  virtual Output predict(const at::Tensor& x) = 0;
  virtual int classes() const = 0;  // with background
  // Which stage of the encoder forward() gives in Output::stage: 1 the first, at the image's size, 5 the bottleneck; 0
  // none. Networks without stages, and other numbers, throw std::invalid_argument, which is never the user's doing.
  virtual void give_stage(std::size_t stage);
  virtual std::int64_t channels_of_stage(std::size_t stage) const;
  virtual std::int64_t reduction_of_stage(std::size_t stage) const;  // of each side: 1, 2, 4, 8, 16
  // What pre-training builds on; a network that cannot be pre-trained throws std::invalid_argument.
  virtual int dimensions() const;                 // of its images, 2 or 3
  virtual std::int64_t code_channels() const;     // of Output::code
  virtual std::int64_t feature_channels() const;  // of the last of Output::features
  virtual void give_features(bool given);         // in forward(); not unless told so
  // Output::code alone, without dropout. Nothing behind it is computed, so that statistics of the decoder stay.
  virtual at::Tensor encode(const at::Tensor& x, Mode mode);
  // Those of the weights' parameters that the code depends on, and the last of the features: what gets a gradient
  // through them.
  virtual NamedTensors code_parameters() const;
  virtual NamedTensors feature_parameters() const;
  virtual Weights& weights() = 0;
  virtual const Weights& weights() const = 0;
  virtual void use_precision(Precision precision) = 0;  // fp32 unless told otherwise
  virtual Precision precision() const = 0;
};

// Throws std::invalid_argument unless 1 <= stage <= kEncoderStages.
void check_encoder_stage(std::size_t stage);

// Logits as a softmax takes them, one channel a class: a single channel z becomes (0, z), of which the softmax is
// (1 - sigmoid(z), sigmoid(z)). Others stay.
at::Tensor softmax_logits(const at::Tensor& logits);

// A network's precision for as long as this lives.
class PrecisionScope {
 public:
  PrecisionScope(Network& network, Precision precision) : network_(network), before_(network.precision()) {
    network_.use_precision(precision);
  }
  ~PrecisionScope() { network_.use_precision(before_); }
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Network& network_;
  Precision before_;
};

}  // namespace coopseg::network
