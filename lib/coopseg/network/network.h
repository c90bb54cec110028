// What every network is to those who train it, validate it and write it: a function with named weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "coopseg/network/precision.h"
#include "coopseg/network/weights.h"

namespace coopseg::network {

enum class Mode {
  train,   // batch statistics, running statistics updated
  frozen,  // batch statistics; running statistics untouched, affine parameters constants (hard examples)
  eval,    // running statistics
};

// Of images [N, channels, H, W] or [N, channels, D, H, W]; undefined what a network does not have.
struct Output {
  at::Tensor logits;                 // [N, classes, ...]
  at::Tensor distance;               // signed distances, one channel a class
  at::Tensor code;                   // of the bottleneck
  std::vector<at::Tensor> features;  // of the decoder's blocks, coarse to fine
};

// Not for two threads at once; ATen itself works with several.
class Network {
 public:
  virtual ~Network() = default;
  virtual Output forward(const at::Tensor& x, Mode mode) = 0;
  // Logits of the output that the network is judged by: in evaluation, without gradients.
  virtual at::Tensor predict(const at::Tensor& x) = 0;
  virtual int classes() const = 0;  // with background
  virtual Weights& weights() = 0;
  virtual const Weights& weights() const = 0;
  virtual void use_precision(Precision precision) = 0;  // fp32 unless told otherwise
  virtual Precision precision() const = 0;
};

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
