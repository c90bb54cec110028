#include "coopseg/network/layers.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "coopseg/network/batch_norm.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

// In place: what stands before an activation (a batch norm, a sum, a convolution) does not need its output for its
// gradient.
at::Tensor activated(at::Tensor y, double slope) {
  if (slope == kIdentity) return y;
  return slope == kRelu ? at::relu_(y) : at::leaky_relu_(y, slope);
}

// As a convolution of x takes it. Where x is of no image LibTorch takes the weight for a contiguous one.
at::Tensor kernel_for(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor kernel = weight.to(x.scalar_type());
  return x.numel() == 0 ? kernel.contiguous() : kernel;
}

// A convolution of single voxels is a matrix product where channels are last.
at::Tensor pointwise(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor voxels = x.permute({0, 2, 3, 4, 1});
  return at::linear(voxels, weight.flatten(1).to(x.scalar_type()), bias.to(x.scalar_type())).permute({0, 4, 1, 2, 3});
}

}  // namespace

Convolution::Convolution(const Weights& weights, const std::string& name, std::int64_t stride)
    : weight_(weights.at(name + ".weight")),
      bias_(weights.at(name + ".bias")),
      stride_(stride),
      padding_((weight_.size(2) - 1) / 2) {}

at::Tensor Convolution::with_weights(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                     BiasGradient bias_gradient, PackedWeight* packed) const {
  if (has_direct_convolution(x, weight, stride_)) return convolve_directly(x, weight, bias, bias_gradient, packed);
  if (weight.dim() == 5 && weight.size(2) == 1) return pointwise(x, weight, bias);
  const at::Tensor kernel = kernel_for(x, weight), offset = bias.to(x.scalar_type());
  return kernel.dim() == 5 ? at::conv3d(x, kernel, offset, stride_, padding_)
                           : at::conv2d(x, kernel, offset, stride_, padding_);
}

at::Tensor Convolution::operator()(const at::Tensor& x, BiasGradient bias_gradient) const {
  return with_weights(x, weight_, bias_, bias_gradient);
}

TransposedConvolution::TransposedConvolution(const Weights& weights, const std::string& name)
    : weight_(weights.at(name + ".weight")), bias_(weights.at(name + ".bias")) {}

at::Tensor TransposedConvolution::operator()(const at::Tensor& x, Pass pass, BiasGradient bias_gradient) const {
  return with_weights(x, weight_, bias_, pass, bias_gradient);
}

at::Tensor TransposedConvolution::with_weights(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias,
                                               Pass pass, BiasGradient bias_gradient, PackedWeight* packed) const {
  if (has_direct_expansion(x, weights)) return expand_directly(x, weights, bias, bias_gradient, packed);
  const bool as_products = weights.dim() == 4 && pass.channels_last && x.device().is_cpu();
  // LibTorch 1.13 has no transposed convolution of bfloat16 for the processor.
  if (!as_products && x.device().is_cpu() && x.scalar_type() == at::kBFloat16)
    return with_weights(x.to(at::kFloat), weights, bias, pass, bias_gradient).to(at::kBFloat16);
  const at::Tensor kernel = kernel_for(x, weights), offset = bias.to(x.scalar_type());
  if (kernel.dim() == 5) return at::conv_transpose3d(x, kernel, offset, /*stride=*/2);
  if (!as_products) return at::conv_transpose2d(x, kernel, offset, /*stride=*/2);
  // Strides do not overlap, so each of the four output pixels of an input pixel is a 1 x 1 convolution of its own. One
  // convolution to four times the channels and a copy are faster than the processor's transposed convolution, which
  // would also leave channels-last memory.
  const std::int64_t images = x.size(0), rows = x.size(2), columns = x.size(3), channels = kernel.size(1);
  const at::Tensor weight = kernel.permute({2, 3, 1, 0}).reshape({4 * channels, kernel.size(0), 1, 1});
  return at::conv2d(x, weight, offset.repeat({4}))
      .permute({0, 2, 3, 1})
      .reshape({images, rows, columns, 2, 2, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({images, 2 * rows, 2 * columns, channels})
      .permute({0, 3, 1, 2});
}

Normalisation::Normalisation(const Weights& weights, const std::string& name)
    : weight_(weights.at(name + ".weight")),
      bias_(weights.at(name + ".bias")),
      running_mean_(weights.at(name + ".running_mean")),
      running_variance_(weights.at(name + ".running_var")),
      batches_tracked_(weights.at(name + ".num_batches_tracked")) {}

at::Tensor Normalisation::scale() const { return weight_ * at::rsqrt(running_variance_ + kNormEpsilon); }

at::Tensor Normalisation::shift(const at::Tensor& bias) const { return (bias - running_mean_) * scale() + bias_; }

at::Tensor Normalisation::operator()(at::Tensor y, Pass pass, double slope, const at::Tensor& residual) const {
  // A single input channel does not say how it lies in memory, and the convolution takes the slower guess.
  if (pass.channels_last) y = in_order(y, MemoryOrder::channels_last);
  if (y.dim() == 5 && !residual.defined()) return then_add(y, pass, slope, {});
  if (weight_.defined()) {
    if (pass.mode == Mode::train) at::Tensor(batches_tracked_).add_(1);
    if (pass.mode != Mode::eval && has_fast_normalisation(y)) {
      const bool frozen = pass.mode == Mode::frozen;
      return normalise_channels_last(y, frozen ? weight_.detach() : weight_, frozen ? bias_.detach() : bias_,
                                     frozen ? at::Tensor() : running_mean_, frozen ? at::Tensor() : running_variance_,
                                     slope, residual);
    }
  }
  y = normalised(y, pass);
  if (residual.defined()) y.add_(residual);
  return activated(y, slope);
}

at::Tensor Normalisation::then_add(at::Tensor y, Pass pass, double slope, const at::Tensor& skip) const {
  if (pass.channels_last) y = in_order(y, MemoryOrder::channels_last);
  if (weight_.defined() && pass.mode == Mode::train) at::Tensor(batches_tracked_).add_(1);
  if ((pass.mode != Mode::eval || !weight_.defined()) && has_fast_normalisation(y)) {
    if (!weight_.defined()) return normalise_volumes(y, {}, {}, {}, {}, slope, skip, Statistics::image);
    const bool frozen = pass.mode == Mode::frozen;
    return normalise_volumes(y, frozen ? weight_.detach() : weight_, frozen ? bias_.detach() : bias_,
                             frozen ? at::Tensor() : running_mean_, frozen ? at::Tensor() : running_variance_, slope,
                             skip, Statistics::batch);
  }
  y = activated(normalised(y, pass), slope);
  return skip.defined() ? y + skip : y;
}

at::Tensor Normalisation::normalised(const at::Tensor& y, Pass pass) const {
  // A GPU's norms take bfloat16 beside weights of float32, and sum in float32.
  if (pass.bf16 && (y.is_cpu() || group_of_statistics()))
    return normalised(y.to(at::kFloat), {pass.mode, pass.channels_last}).to(at::kBFloat16);
  if (y.numel() == 0 && !(weight_.defined() && group_of_statistics())) return y;  // a part without an image
  if (!weight_.defined()) {
    return at::instance_norm(y, /*weight=*/{}, /*bias=*/{}, /*running_mean=*/{}, /*running_var=*/{},
                             /*use_input_stats=*/true, kNormMomentum, kNormEpsilon, /*cudnn_enabled=*/true);
  }
  const bool frozen = pass.mode == Mode::frozen;
  if (Group* const together = pass.mode == Mode::eval ? nullptr : group_of_statistics()) {
    return normalise_together(y, frozen ? weight_.detach() : weight_, frozen ? bias_.detach() : bias_,
                              frozen ? at::Tensor() : running_mean_, frozen ? at::Tensor() : running_variance_,
                              *together);
  }
  if (frozen) {
    return at::batch_norm(y, weight_.detach(), bias_.detach(), /*running_mean=*/{}, /*running_var=*/{},
                          /*training=*/true, kNormMomentum, kNormEpsilon, /*cudnn_enabled=*/true);
  }
  return at::batch_norm(y, weight_, bias_, running_mean_, running_variance_, pass.mode == Mode::train, kNormMomentum,
                        kNormEpsilon, /*cudnn_enabled=*/true);
}

namespace {

// `factors`, one for each output channel, for weights whose output channels are the dimension `at`.
at::Tensor along(const at::Tensor& factors, const at::Tensor& weights, std::size_t at) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weights.dim()), 1);
  shape[at] = -1;
  return factors.view(shape);
}

// Whether both have the same bits in the same order of memory.
bool has_numbers_of(const at::Tensor& tensor, const at::Tensor& kept) {
  return tensor.is_cpu() && kept.is_cpu() && tensor.scalar_type() == kept.scalar_type() &&
         tensor.sizes() == kept.sizes() && tensor.strides() == kept.strides() &&
         std::memcmp(tensor.data_ptr(), kept.data_ptr(), tensor.nbytes()) == 0;
}

}  // namespace

void Folded::make(const at::Tensor& weight, const at::Tensor& bias, const Normalisation& norm, std::size_t out) {
  std::vector<at::Tensor> made_of = norm.folded_tensors();
  made_of.insert(made_of.end(), {weight, bias});
  if (std::equal(made_of.begin(), made_of.end(), made_of_.begin(), made_of_.end(), has_numbers_of)) return;
  weight_ = weight * along(norm.scale(), weight, out);
  bias_ = norm.shift(bias);
  packed_ = nothing_packed();
  for (at::Tensor& tensor : made_of) tensor = tensor.detach().clone();
  made_of_ = std::move(made_of);
}

NormedConvolution::NormedConvolution(const Weights& weights, const std::string& convolution, const std::string& norm)
    : convolution_(weights, convolution), norm_(weights, norm) {}

NormedConvolution::NormedConvolution(Convolution convolution, Normalisation norm)
    : convolution_(std::move(convolution)), norm_(std::move(norm)) {}

at::Tensor NormedConvolution::operator()(const at::Tensor& x, Pass pass, double slope,
                                         const at::Tensor& residual) const {
  if (!pass.fold || !norm_.can_fold()) {
    folded_.forget();
    return norm_(convolution_(x, norm_.bias_gradient(pass)), pass, slope, residual);
  }
  folded_.make(convolution_.weight(), convolution_.bias(), norm_, /*out=*/0);
  at::Tensor y =
      convolution_.with_weights(x, folded_.weight(), folded_.bias(), BiasGradient::computed, folded_.packed());
  if (residual.defined()) y.add_(residual);
  return activated(y, slope);
}

NormedTransposedConvolution::NormedTransposedConvolution(TransposedConvolution convolution, Normalisation norm)
    : convolution_(std::move(convolution)), norm_(std::move(norm)) {}

at::Tensor NormedTransposedConvolution::operator()(const at::Tensor& x, Pass pass, double slope,
                                                   const at::Tensor& skip) const {
  if (!pass.fold || !norm_.can_fold()) {
    folded_.forget();
    return norm_.then_add(convolution_(x, pass, norm_.bias_gradient(pass)), pass, slope, skip);
  }
  folded_.make(convolution_.weight(), convolution_.bias(), norm_, /*out=*/1);
  const at::Tensor y = activated(
      convolution_.with_weights(x, folded_.weight(), folded_.bias(), pass, BiasGradient::computed, folded_.packed()),
      slope);
  return skip.defined() ? y.add_(skip) : y;
}

DoubleConvolution::DoubleConvolution(const Weights& weights, const std::string& name)
    : first_(weights, name + ".0", name + ".1"), second_(weights, name + ".3", name + ".4") {}

at::Tensor DoubleConvolution::operator()(const at::Tensor& x, Pass pass, double slope,
                                         const at::Tensor& residual) const {
  return second_(first_(x, pass, kLeaky), pass, slope, residual);
}

Stage::Stage(const Weights& weights, const std::string& name, Resize resize)
    : resize_(resize), input_(weights, name + ".conv_input"), convolutions_(weights, name + ".conv") {
  if (resize == Resize::down) down_ = Convolution(weights, name + ".down", /*stride=*/2);
  if (resize == Resize::transposed) up_ = TransposedConvolution(weights, name + ".up");
}

at::Tensor Stage::operator()(const at::Tensor& x, Pass pass) const {
  if (resize_ == Resize::nearest) {
    const auto doubled = [](const at::Tensor& t) {
      if (t.dim() == 5) return at::upsample_nearest3d(t, {t.size(2) * 2, t.size(3) * 2, t.size(4) * 2});
      return at::upsample_nearest2d(t, {t.size(2) * 2, t.size(3) * 2});
    };
    // A 1 x 1 convolution does not mind whether equal pixels are made before or behind it; there are four times fewer
    // of them before.
    return convolutions_(doubled(x), pass, kLeaky, doubled(input_(x)));
  }
  const at::Tensor u = resize_ == Resize::down ? down_(x) : up_(x, pass);
  return convolutions_(u, pass, kLeaky, input_(u));
}

Encoder::Encoder(const Weights& weights, const std::string& prefix)
    : inc_(weights, prefix + "inc"),
      down1_(weights, prefix + "down1", Resize::down),
      down2_(weights, prefix + "down2", Resize::down),
      down3_(weights, prefix + "down3", Resize::down),
      down4_(weights, prefix + "down4", Resize::down),
      final_(weights, prefix + "final_conv.0", prefix + "final_conv.1") {}

at::Tensor Encoder::operator()(const at::Tensor& x, Pass pass) const {
  const at::Tensor full = inc_(x, pass, kLeaky);
  return final_(down4_(down3_(down2_(down1_(full, pass), pass), pass), pass), pass, kRelu);
}

Decoder::Decoder(const Weights& weights, const std::string& prefix, Resize up)
    : up1_(weights, prefix + "up1", up),
      up2_(weights, prefix + "up2", up),
      up3_(weights, prefix + "up3", up),
      up4_(weights, prefix + "up4", up),
      final_(weights, prefix + "final_conv") {}

at::Tensor Decoder::operator()(const at::Tensor& code, Pass pass, std::vector<at::Tensor>* features) const {
  at::Tensor x = code;
  for (const Stage* const up : {&up1_, &up2_, &up3_, &up4_}) {
    x = (*up)(x, pass);
    if (features) features->push_back(x);
  }
  return final_(x);
}

CodeDecoupler::CodeDecoupler(const Weights& weights, const std::string& prefix) : convolutions_(weights, prefix) {}

at::Tensor CodeDecoupler::operator()(const at::Tensor& code, Pass pass) const {
  return convolutions_(code, pass, kRelu);
}

}  // namespace coopseg::network
