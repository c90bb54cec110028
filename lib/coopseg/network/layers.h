// The blocks that the five modules are made of (Chen et al., MICCAI 2021; the reference implementation's
// FCN_16_standard). Private to this folder: programs use model.h.
//
// The blocks are plain tensors and ATen functions instead of torch::nn modules, because a frozen batch norm needs
// other arguments than nn::BatchNorm2d can give: its C++ form updates the running statistics even when told not to.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/network/model.h"

namespace coopseg::network {

// What a tensor of the state is; decides how it is initialised and whether it is trained.
enum class Role {
  weight,             // of a convolution
  bias,               // of a convolution
  last_bias,          // of a decoder's last convolution
  transposed_weight,  // of a transposed convolution
  transposed_bias,
  norm_weight,
  norm_bias,
  running_mean,
  running_variance,
  batches_tracked,
};

struct NamedTensor {
  std::string name;  // "image_encoder/general_encoder.inc.0.weight"
  at::Tensor tensor;
  Role role;
  std::int64_t fan;  // of the layer, for its initialisation; 0 where it has none

  bool is_parameter() const {
    return role != Role::running_mean && role != Role::running_variance && role != Role::batches_tracked;
  }
};

// Makes the tensors and keeps them in the order of the reference's state_dict. They share storage with the blocks'.
using Store = std::vector<NamedTensor>;

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
  Convolution(Store& store, const std::string& name, std::int64_t in, std::int64_t out, int kernel, int stride = 1,
              Role bias_role = Role::bias);
  // The weights are converted to the type of x.
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor with_weights(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const;
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_, bias_;
  int stride_ = 1, padding_ = 0;
};

class TransposedConvolution {  // kernel 2, stride 2
 public:
  TransposedConvolution() = default;
  TransposedConvolution(Store& store, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x, Pass pass) const;

 private:
  at::Tensor weight_, bias_;
};

// A convolution, the batch norm behind it, the sum with `residual` where it is defined, and the activation.
class NormedConvolution {
 public:
  NormedConvolution() = default;
  NormedConvolution(Store& store, const std::string& convolution, const std::string& norm, std::int64_t in,
                    std::int64_t out, int kernel);
  at::Tensor operator()(const at::Tensor& x, Pass pass, double slope, const at::Tensor& residual = {}) const;

 private:
  at::Tensor normalised(const at::Tensor& y, Pass pass) const;

  Convolution convolution_;
  at::Tensor weight_, bias_, running_mean_, running_variance_, batches_tracked_;
};

// conv3, norm, leaky ReLU, conv3, norm, sum with `residual`, activation.
class DoubleConvolution {
 public:
  DoubleConvolution() = default;
  DoubleConvolution(Store& store, const std::string& name, std::int64_t in, std::int64_t out);
  at::Tensor operator()(const at::Tensor& x, Pass pass, double slope, const at::Tensor& residual = {}) const;

 private:
  NormedConvolution first_, second_;
};

enum class Resize { down, nearest, transposed };  // by two

// Resizes by two, then a residual double convolution.
class Stage {
 public:
  Stage() = default;
  Stage(Store& store, const std::string& name, std::int64_t in, std::int64_t out, Resize resize);
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
  Encoder(Store& store, const std::string& prefix, std::int64_t in);
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
  Decoder(Store& store, const std::string& prefix, std::int64_t out, Resize up);
  at::Tensor operator()(const at::Tensor& code, Pass pass) const;

 private:
  Stage up1_, up2_, up3_, up4_;
  Convolution final_;
};

// The image code to the shape code.
class CodeDecoupler {
 public:
  CodeDecoupler() = default;
  CodeDecoupler(Store& store, const std::string& prefix);
  at::Tensor operator()(const at::Tensor& code, Pass pass) const;

 private:
  DoubleConvolution convolutions_;
};

}  // namespace coopseg::network
