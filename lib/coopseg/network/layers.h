// The blocks that networks are made of, with handles of the weights that their names say: those that all share, then
// those of the five modules of Chen et al., MICCAI 2021 (the reference implementation's FCN_16_standard). Private to
// this folder: programs use model.h and vnet.h.
//
// The blocks are plain tensors and ATen functions instead of torch::nn modules, because a frozen batch norm needs
// other arguments than nn::BatchNorm2d can give: its C++ form updates the running statistics even when told not to.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/network/direct_convolution.h"
#include "coopseg/network/model.h"
#include "coopseg/network/weights.h"

namespace coopseg::network {

// How a pass treats the batch norms.
struct Pass {
  Mode mode = Mode::eval;
  bool channels_last = true;
  bool bf16 = false;  // activations between the layers are bfloat16; weights and statistics never
  bool fold = false;  // evaluation without gradients: batch norms are folded into the convolutions before them
};

class Convolution {
 public:
  Convolution() = default;
  // The kernel's size and the number of dimensions are those of its weight.
  Convolution(const Weights& weights, const std::string& name, std::int64_t stride = 1);
  // The weights are converted to the type of x.
  at::Tensor operator()(const at::Tensor& x, BiasGradient bias_gradient = BiasGradient::computed) const;
  at::Tensor with_weights(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          BiasGradient bias_gradient = BiasGradient::computed, PackedWeight* packed = nullptr) const;
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_, bias_;
  std::int64_t stride_ = 1, padding_ = 0;
};

class TransposedConvolution {  // kernel 2, stride 2
 public:
  TransposedConvolution() = default;
  TransposedConvolution(const Weights& weights, const std::string& name);
  at::Tensor operator()(const at::Tensor& x, Pass pass, BiasGradient bias_gradient = BiasGradient::computed) const;
  at::Tensor with_weights(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Pass pass,
                          BiasGradient bias_gradient = BiasGradient::computed, PackedWeight* packed = nullptr) const;
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_, bias_;
};

// A batch norm, the sum with `residual` where it is defined, and the activation; or an instance norm without parameters
// in its place.
class Normalisation {
 public:
  Normalisation() = default;  // instance norm
  Normalisation(const Weights& weights, const std::string& name);
  // Overwrites y, which nothing else may need.
  at::Tensor operator()(at::Tensor y, Pass pass, double slope, const at::Tensor& residual = {}) const;
  // With the sum behind the activation.
  at::Tensor then_add(at::Tensor y, Pass pass, double slope, const at::Tensor& skip) const;

  // Evaluation is y * scale() + shift(): what stands before a batch norm can do that by its own weights.
  bool can_fold() const { return weight_.defined(); }
  at::Tensor scale() const;
  at::Tensor shift(const at::Tensor& bias) const;  // of a convolution with this bias
  std::vector<at::Tensor> folded_tensors() const { return {weight_, bias_, running_mean_, running_variance_}; }

  // What the bias of the convolution before it is for: nothing, where the mean is the batch's own.
  BiasGradient bias_gradient(Pass pass) const {
    return pass.mode == Mode::eval && can_fold() ? BiasGradient::computed : BiasGradient::zero;
  }

 private:
  at::Tensor normalised(const at::Tensor& y, Pass pass) const;

  at::Tensor weight_, bias_, running_mean_, running_variance_, batches_tracked_;
};

// A convolution and the norm behind it as one convolution, which is kept, on the processor, for as long as the numbers
// that it is made of stay the same. The numbers themselves tell: version counters do not, as optimisers, norms and
// set_data() write past them, and comparing takes less time than making it.
class Folded {
 public:
  // `out` is the dimension of the weight that has the output's channels.
  void make(const at::Tensor& weight, const at::Tensor& bias, const Normalisation& norm, std::size_t out);
  void forget() { *this = {}; }
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  PackedWeight* packed() const { return packed_.get(); }

 private:
  at::Tensor weight_, bias_;
  std::shared_ptr<PackedWeight> packed_;
  std::vector<at::Tensor> made_of_;  // copies
};

class NormedConvolution {
 public:
  NormedConvolution() = default;
  NormedConvolution(const Weights& weights, const std::string& convolution, const std::string& norm);
  NormedConvolution(Convolution convolution, Normalisation norm);
  at::Tensor operator()(const at::Tensor& x, Pass pass, double slope, const at::Tensor& residual = {}) const;

 private:
  Convolution convolution_;
  Normalisation norm_;
  mutable Folded folded_;
};

class NormedTransposedConvolution {
 public:
  NormedTransposedConvolution() = default;
  NormedTransposedConvolution(TransposedConvolution convolution, Normalisation norm);
  // The sum with `skip`, which may be undefined, stands behind the activation.
  at::Tensor operator()(const at::Tensor& x, Pass pass, double slope, const at::Tensor& skip) const;

 private:
  TransposedConvolution convolution_;
  Normalisation norm_;
  mutable Folded folded_;
};

// conv3, norm, leaky ReLU, conv3, norm, sum with `residual`, activation.
class DoubleConvolution {
 public:
  DoubleConvolution() = default;
  DoubleConvolution(const Weights& weights, const std::string& name);
  at::Tensor operator()(const at::Tensor& x, Pass pass, double slope, const at::Tensor& residual = {}) const;

 private:
  NormedConvolution first_, second_;
};

enum class Resize { down, nearest, transposed };  // by two

// Resizes by two, then a residual double convolution.
class Stage {
 public:
  Stage() = default;
  Stage(const Weights& weights, const std::string& name, Resize resize);
  at::Tensor operator()(const at::Tensor& x, Pass pass) const;

 private:
  Resize resize_ = Resize::nearest;
  Convolution down_, input_;
  TransposedConvolution up_;
  DoubleConvolution convolutions_;
};

// [N, in, H, W] to a non-negative code [N, 128, H/16, W/16].
class Encoder {
 public:
  Encoder() = default;
  Encoder(const Weights& weights, const std::string& prefix);
  at::Tensor operator()(const at::Tensor& x, Pass pass) const;

 private:
  DoubleConvolution inc_;
  Stage down1_, down2_, down3_, down4_;
  NormedConvolution final_;
};

// A code to [N, out, H, W], without a last activation.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Weights& weights, const std::string& prefix, Resize up);
  // `features`, where it is given, gets those of the four stages.
  at::Tensor operator()(const at::Tensor& code, Pass pass, std::vector<at::Tensor>* features = nullptr) const;

 private:
  Stage up1_, up2_, up3_, up4_;
  Convolution final_;
};

// The image code to the shape code.
class CodeDecoupler {
 public:
  CodeDecoupler() = default;
  CodeDecoupler(const Weights& weights, const std::string& prefix);
  at::Tensor operator()(const at::Tensor& code, Pass pass) const;

 private:
  DoubleConvolution convolutions_;
};

}  // namespace coopseg::network
