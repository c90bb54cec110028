#include "coopseg/network/layers.h"

#include "coopseg/network/batch_norm.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr std::int64_t kCodeChannels = 128;

at::Tensor add(Store& store, const std::string& name, at::Tensor tensor, Role role, std::int64_t fan) {
  store.push_back({name, tensor, role, fan});
  if (store.back().is_parameter()) tensor.set_requires_grad(true);
  return tensor;
}

// In place: what stands before an activation (a batch norm, a sum, a convolution) does not need its output for its
// gradient.
at::Tensor activated(at::Tensor y, double slope) {
  if (slope == kIdentity) return y;
  return slope == kRelu ? at::relu_(y) : at::leaky_relu_(y, slope);
}

}  // namespace

Convolution::Convolution(Store& store, const std::string& name, std::int64_t in, std::int64_t out, int kernel,
                         int stride, Role bias_role)
    : stride_(stride), padding_(kernel / 2) {
  const std::int64_t fan = in * kernel * kernel;
  weight_ = add(store, name + ".weight", at::zeros({out, in, kernel, kernel}), Role::weight, fan);
  bias_ = add(store, name + ".bias", at::zeros({out}), bias_role, fan);
}

at::Tensor Convolution::with_weights(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
  return at::conv2d(x, weight.to(x.scalar_type()), bias.to(x.scalar_type()), stride_, padding_);
}

at::Tensor Convolution::operator()(const at::Tensor& x) const { return with_weights(x, weight_, bias_); }

TransposedConvolution::TransposedConvolution(Store& store, const std::string& name, std::int64_t channels) {
  // PyTorch's default initialisation takes the output channels of a transposed convolution for its fan-in.
  const std::int64_t fan = channels * 2 * 2;
  weight_ = add(store, name + ".weight", at::zeros({channels, channels, 2, 2}), Role::transposed_weight, fan);
  bias_ = add(store, name + ".bias", at::zeros({channels}), Role::transposed_bias, fan);
}

at::Tensor TransposedConvolution::operator()(const at::Tensor& x, Pass pass) const {
  const at::Tensor kernel = weight_.to(x.scalar_type()), offset = bias_.to(x.scalar_type());
  if (!pass.channels_last || !x.device().is_cpu()) return at::conv_transpose2d(x, kernel, offset, /*stride=*/2);
  // Strides do not overlap, so each of the four output pixels of an input pixel is a 1 x 1 convolution of its own. One
  // convolution to four times the channels and a copy are faster than the processor's transposed convolution, which
  // would also leave channels-last memory.
  const std::int64_t images = x.size(0), channels = x.size(1), rows = x.size(2), columns = x.size(3);
  const at::Tensor weight = kernel.permute({2, 3, 1, 0}).reshape({4 * channels, channels, 1, 1});
  return at::conv2d(x, weight, offset.repeat({4}))
      .permute({0, 2, 3, 1})
      .reshape({images, rows, columns, 2, 2, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({images, 2 * rows, 2 * columns, channels})
      .permute({0, 3, 1, 2});
}

NormedConvolution::NormedConvolution(Store& store, const std::string& convolution, const std::string& norm,
                                     std::int64_t in, std::int64_t out, int kernel)
    : convolution_(store, convolution, in, out, kernel) {
  weight_ = add(store, norm + ".weight", at::ones({out}), Role::norm_weight, 0);
  bias_ = add(store, norm + ".bias", at::zeros({out}), Role::norm_bias, 0);
  running_mean_ = add(store, norm + ".running_mean", at::zeros({out}), Role::running_mean, 0);
  running_variance_ = add(store, norm + ".running_var", at::ones({out}), Role::running_variance, 0);
  batches_tracked_ =
      add(store, norm + ".num_batches_tracked", at::zeros({}, at::kLong), Role::batches_tracked, 0);
}

at::Tensor NormedConvolution::operator()(const at::Tensor& x, Pass pass, double slope,
                                         const at::Tensor& residual) const {
  at::Tensor y;
  if (pass.fold) {
    const at::Tensor scale = weight_ * at::rsqrt(running_variance_ + kNormEpsilon);
    y = convolution_.with_weights(x, convolution_.weight() * scale.view({-1, 1, 1, 1}),
                                  (convolution_.bias() - running_mean_) * scale + bias_);
  } else {
    y = convolution_(x);
    // A single input channel does not say how it lies in memory, and the convolution takes the slower guess.
    if (pass.channels_last) y = y.contiguous(at::MemoryFormat::ChannelsLast);
    if (pass.mode == Mode::train) at::Tensor(batches_tracked_).add_(1);
    if (pass.mode != Mode::eval && has_fast_normalisation(y)) {
      const bool frozen = pass.mode == Mode::frozen;
      return normalise_channels_last(y, frozen ? weight_.detach() : weight_, frozen ? bias_.detach() : bias_,
                                     frozen ? at::Tensor() : running_mean_, frozen ? at::Tensor() : running_variance_,
                                     slope, residual);
    }
    y = normalised(y, pass);
  }
  if (residual.defined()) y.add_(residual);
  return activated(y, slope);
}

at::Tensor NormedConvolution::normalised(const at::Tensor& y, Pass pass) const {
  if (pass.bf16) return normalised(y.to(at::kFloat), {pass.mode, pass.channels_last}).to(at::kBFloat16);
  if (pass.mode == Mode::frozen) {
    return at::batch_norm(y, weight_.detach(), bias_.detach(), /*running_mean=*/{}, /*running_var=*/{},
                          /*training=*/true, kNormMomentum, kNormEpsilon, /*cudnn_enabled=*/true);
  }
  return at::batch_norm(y, weight_, bias_, running_mean_, running_variance_, pass.mode == Mode::train, kNormMomentum,
                        kNormEpsilon, /*cudnn_enabled=*/true);
}

DoubleConvolution::DoubleConvolution(Store& store, const std::string& name, std::int64_t in, std::int64_t out)
    : first_(store, name + ".0", name + ".1", in, out, 3), second_(store, name + ".3", name + ".4", out, out, 3) {}

at::Tensor DoubleConvolution::operator()(const at::Tensor& x, Pass pass, double slope,
                                         const at::Tensor& residual) const {
  return second_(first_(x, pass, kLeaky), pass, slope, residual);
}

Stage::Stage(Store& store, const std::string& name, std::int64_t in, std::int64_t out, Resize resize)
    : resize_(resize) {
  if (resize == Resize::down) down_ = Convolution(store, name + ".down", in, in, 3, 2);
  if (resize == Resize::transposed) up_ = TransposedConvolution(store, name + ".up", in);
  convolutions_ = DoubleConvolution(store, name + ".conv", in, out);
  input_ = Convolution(store, name + ".conv_input", in, out, 1);
}

at::Tensor Stage::operator()(const at::Tensor& x, Pass pass) const {
  if (resize_ == Resize::nearest) {
    const auto doubled = [](const at::Tensor& t) { return at::upsample_nearest2d(t, {t.size(2) * 2, t.size(3) * 2}); };
    // A 1 x 1 convolution does not mind whether equal pixels are made before or behind it; there are four times fewer
    // of them before.
    return convolutions_(doubled(x), pass, kLeaky, doubled(input_(x)));
  }
  const at::Tensor u = resize_ == Resize::down ? down_(x) : up_(x, pass);
  return convolutions_(u, pass, kLeaky, input_(u));
}

Encoder::Encoder(Store& store, const std::string& prefix, std::int64_t in)
    : inc_(store, prefix + "inc", in, 16),
      down1_(store, prefix + "down1", 16, 32, Resize::down),
      down2_(store, prefix + "down2", 32, 64, Resize::down),
      down3_(store, prefix + "down3", 64, kCodeChannels, Resize::down),
      down4_(store, prefix + "down4", kCodeChannels, kCodeChannels, Resize::down),
      final_(store, prefix + "final_conv.0", prefix + "final_conv.1", kCodeChannels, kCodeChannels, 1) {}

at::Tensor Encoder::operator()(const at::Tensor& x, Pass pass) const {
  const at::Tensor full = inc_(x, pass, kLeaky);
  return final_(down4_(down3_(down2_(down1_(full, pass), pass), pass), pass), pass, kRelu);
}

Decoder::Decoder(Store& store, const std::string& prefix, std::int64_t out, Resize up)
    : up1_(store, prefix + "up1", kCodeChannels, 64, up),
      up2_(store, prefix + "up2", 64, 32, up),
      up3_(store, prefix + "up3", 32, 16, up),
      up4_(store, prefix + "up4", 16, 16, up),
      final_(store, prefix + "final_conv", 16, out, 1, 1, Role::last_bias) {}

at::Tensor Decoder::operator()(const at::Tensor& code, Pass pass) const {
  return final_(up4_(up3_(up2_(up1_(code, pass), pass), pass), pass));
}

CodeDecoupler::CodeDecoupler(Store& store, const std::string& prefix)
    : convolutions_(store, prefix, kCodeChannels, kCodeChannels) {}

at::Tensor CodeDecoupler::operator()(const at::Tensor& code, Pass pass) const {
  return convolutions_(code, pass, kRelu);
}

}  // namespace coopseg::network
