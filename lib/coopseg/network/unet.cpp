#include "coopseg/network/unet.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/network/batch_norm.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr double kSlope = 0.01;  // of the leaky ReLU of Hu et al.'s
constexpr std::size_t kDepth = model::kUNetDepth;

std::string name_of(const std::string& layer) { return std::string(model::kUNetModule) + "/" + layer; }

// Overwrites x, which no gradient needs: a convolution's output.
at::Tensor activated(at::Tensor x, double slope) { return slope == kRelu ? at::relu_(x) : at::leaky_relu_(x, slope); }

at::Tensor halved(const at::Tensor& x) { return at::max_pool2d(x, /*kernel_size=*/{2, 2}, /*stride=*/{2, 2}); }

at::Tensor doubled(const at::Tensor& x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/true);
}

}  // namespace

// A convolution with or without a norm behind it, and the activation.
class UNetLayer {
 public:
  UNetLayer(Convolution convolution, double slope) : plain_(std::move(convolution)), has_norm_(false), slope_(slope) {}
  UNetLayer(Convolution convolution, Normalisation norm, double slope)
      : normed_(std::move(convolution), std::move(norm)), has_norm_(true), slope_(slope) {}

  at::Tensor operator()(const at::Tensor& x, Pass pass) const {
    return has_norm_ ? normed_(x, pass, slope_) : activated(plain_(x), slope_);
  }

 private:
  Convolution plain_;
  NormedConvolution normed_;
  bool has_norm_;
  double slope_;
};

struct UNet::Blocks {
  explicit Blocks(const model::UNetShape& wanted) : shape(wanted), weights(model::layout_unet(wanted)) {
    const auto& names = model::unet_stages(shape.upsampling);
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::size_t k = 0; k < names[i].convolutions.size(); ++k) {
        stages[i].push_back(layer(i, names[i].convolutions[k], names[i].batch_norms[k]));
      }
      if (!names[i].up.empty()) ups.emplace_back(weights, name_of(names[i].up));
    }
    head = Convolution(weights, name_of(model::unet_head(shape.upsampling)));
    if (shape.distances > 0) distance = Convolution(weights, name_of(model::kUNetDistanceHead));
  }

  bool is_bilinear() const { return shape.upsampling == model::Upsampling::bilinear; }

  UNetLayer layer(std::size_t stage, const std::string& name, const std::string& batch_norm) const {
    Convolution convolution(weights, name_of(name));
    if (is_bilinear()) return {convolution, Normalisation(weights, name_of(batch_norm)), kRelu};
    if (stage < kDepth) return {convolution, Normalisation(), kSlope};
    return {convolution, stage == kDepth ? kRelu : kSlope};
  }

  at::Tensor through(std::size_t stage, at::Tensor x, Pass pass) const {
    for (const UNetLayer& layer : stages[stage]) x = layer(x, pass);
    return x;
  }

  at::Tensor beside_skip(std::size_t step, const at::Tensor& below, const at::Tensor& skip, Pass pass) const {
    if (is_bilinear()) return at::cat({skip, doubled(below)}, 1);
    return at::cat({step == 0 ? below : ups[step](below, pass), skip}, 1);
  }

  Output run(const at::Tensor& images, Pass pass, bool code_alone = false) const;
  // Of the stages up to `last`, the widest being kDepth.
  NamedTensors parameters_through(std::size_t last) const;

  model::UNetShape shape;
  Precision precision = Precision::fp32;
  Weights weights;
  std::array<std::vector<UNetLayer>, 2 * kDepth + 1> stages;
  std::vector<TransposedConvolution> ups;  // empty where the way up is bilinear
  Convolution head, distance;
  std::size_t given_stage = 0;  // of the encoder
  bool gives_features = false;
};

NamedTensors UNet::Blocks::parameters_through(std::size_t last) const {
  const auto& names = model::unet_stages(shape.upsampling);
  std::vector<std::string> prefixes;
  for (std::size_t i = 0; i <= last; ++i) {
    for (const auto& layers : {names[i].convolutions, names[i].batch_norms}) {
      for (const std::string& layer : layers)
        if (!layer.empty()) prefixes.push_back(name_of(layer) + ".");
    }
    if (!names[i].up.empty()) prefixes.push_back(name_of(names[i].up) + ".");
  }
  return beginning_with(prefixes, weights.parameters());
}

Output UNet::Blocks::run(const at::Tensor& images, Pass pass, bool code_alone) const {
  const bool fits = images.dim() == 4 && images.size(1) == shape.channels &&
                    images.size(2) % model::kUNetReduction == 0 && images.size(3) % model::kUNetReduction == 0;
  if (!fits) {
    throw std::invalid_argument("a U-Net's input must be [N, " + std::to_string(shape.channels) +
                                ", H, W] with sides that are multiples of 16");
  }
  const auto full = [&](const at::Tensor& t) { return pass.bf16 ? t.to(at::kFloat) : t; };
  at::Tensor x = in_order(pass.bf16 ? images.to(at::kBFloat16) : images, MemoryOrder::channels_last);
  Output out;
  std::array<at::Tensor, kDepth> skips;
  for (std::size_t i = 0; i < kDepth; ++i) {
    skips[i] = through(i, x, pass);
    if (given_stage == i + 1 && !pass.fold) out.stage = full(skips[i]);
    x = halved(skips[i]);
  }
  x = through(kDepth, x, pass);
  if (given_stage == kDepth + 1 && !pass.fold) out.stage = full(x);
  if (!is_bilinear()) x = activated(ups[0](x, pass), kRelu);
  if (!pass.fold) out.code = full(x);
  if (code_alone) return out;
  for (std::size_t step = 0; step < kDepth; ++step) {
    x = beside_skip(step, x, std::exchange(skips[kDepth - 1 - step], {}), pass);
    x = through(kDepth + 1 + step, x, pass);
    if (gives_features && !pass.fold) out.features.push_back(full(x));
  }
  out.logits = full(head(x));
  if (shape.distances > 0) out.distance = at::tanh(full(distance(x)));
  return out;
}

namespace {
const model::UNetShape& checked(const model::UNetShape& shape) {
  if (shape.channels < 1 || shape.filters < 1)
    throw core::UsageError("network", "cannot have no channels or no filters", "give 1 or more");
  if (shape.logits < 1)
    throw core::UsageError("network", "cannot have no classes", "name one class or more besides the background");
  if (shape.distances < 0)
    throw core::UsageError("network", "cannot have a negative number of distance maps", "give 0 or more");
  return shape;
}
}  // namespace

UNet::UNet(const model::UNetShape& shape) : blocks_(std::make_unique<Blocks>(checked(shape))) {}

UNet::~UNet() = default;

const model::UNetShape& UNet::shape() const { return blocks_->shape; }

Output UNet::forward(const at::Tensor& x, Mode mode, Dropout*) {
  return blocks_->run(x, {mode, true, precision() == Precision::bf16, false});
}

Output UNet::predict(const at::Tensor& x) {
  const at::NoGradGuard without_gradients;
  return blocks_->run(x, {Mode::eval, true, precision() == Precision::bf16, true});
}

void UNet::give_stage(std::size_t stage) {
  if (stage > 0) check_encoder_stage(stage);
  blocks_->given_stage = stage;
}

std::int64_t UNet::channels_of_stage(std::size_t stage) const {
  check_encoder_stage(stage);
  return std::int64_t{shape().filters} << (stage - 1);
}

std::int64_t UNet::reduction_of_stage(std::size_t stage) const {
  check_encoder_stage(stage);
  return std::int64_t{1} << (stage - 1);
}

std::int64_t UNet::code_channels() const { return shape().filters * (blocks_->is_bilinear() ? 16 : 8); }

std::int64_t UNet::feature_channels() const { return shape().filters; }

void UNet::give_features(bool given) { blocks_->gives_features = given; }

at::Tensor UNet::encode(const at::Tensor& x, Mode mode) {
  return blocks_->run(x, {mode, true, precision() == Precision::bf16, false}, /*code_alone=*/true).code;
}

NamedTensors UNet::code_parameters() const { return blocks_->parameters_through(kDepth); }

NamedTensors UNet::feature_parameters() const { return blocks_->parameters_through(2 * kDepth); }

int UNet::classes() const { return blocks_->shape.logits == 1 ? 2 : blocks_->shape.logits; }

Weights& UNet::weights() { return blocks_->weights; }

const Weights& UNet::weights() const { return blocks_->weights; }

void UNet::use_precision(Precision precision) { blocks_->precision = precision; }

Precision UNet::precision() const { return blocks_->precision; }

}  // namespace coopseg::network
