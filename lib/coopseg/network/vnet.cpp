#include "coopseg/network/vnet.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/network/batch_norm.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/voxel_heads.h"

namespace coopseg::network {
namespace {

constexpr std::size_t kStages = 5;

using Convolutions = std::vector<NormedConvolution>;

// One for a channel of an image, [N, C]; undefined where nothing is dropped.
at::Tensor dropout_factors(const at::Tensor& x, double probability, Dropout* dropout) {
  if (!dropout || probability == 0) return {};
  at::Tensor mask = at::empty({dropout->rows.whole(x.size(0)), x.size(1)},
                              at::TensorOptions(at::kFloat).pinned_memory(x.is_cuda()));
  float* const values = mask.data_ptr<float>();
  for (std::int64_t i = 0; i < mask.numel(); ++i)
    values[i] = dropout->draws.chance(probability) ? 0.0f : static_cast<float>(1 / (1 - probability));
  return dropout->rows.own(mask);
}

at::Tensor times(const at::Tensor& x, const at::Tensor& factors) {
  return factors.defined() ? x * factors.to(x.options(), /*non_blocking=*/true).view({x.size(0), x.size(1), 1, 1, 1}) : x;
}

}  // namespace

struct VNet::Blocks {
  explicit Blocks(const model::VNetShape& wanted) : shape(wanted), weights(model::layout_vnet(wanted)) {
    for (const model::VNetBlock& block : model::vnet_blocks()) add(block);
    const bool two_heads = shape.distances > 0;
    if (two_heads) distance = Convolution(weights, name_of("out_conv"));
    segmentation = Convolution(weights, name_of(two_heads ? "out_conv2" : "out_conv"));
  }

  static std::string name_of(const std::string& layer) { return std::string(model::kVNetModule) + "/" + layer; }

  Normalisation norm_of(const std::string& block, int i) const {
    if (shape.norm == model::Norm::instance) return {};
    return {weights, name_of(block + ".conv." + std::to_string(3 * i + 1))};
  }

  void add(const model::VNetBlock& block) {
    Convolutions convolutions;
    for (int i = 0; i < block.count; ++i) {
      const std::string name = name_of(block.name + ".conv." + std::to_string(3 * i));
      const Normalisation norm = norm_of(block.name, i);
      switch (block.kind) {
        case model::VNetBlock::Kind::convolutions: convolutions.emplace_back(Convolution(weights, name), norm); break;
        case model::VNetBlock::Kind::down: downs.emplace_back(Convolution(weights, name, /*stride=*/2), norm); break;
        case model::VNetBlock::Kind::up: ups.emplace_back(TransposedConvolution(weights, name), norm); break;
      }
    }
    if (block.kind == model::VNetBlock::Kind::convolutions) stages.push_back(std::move(convolutions));
  }

  static at::Tensor through(const Convolutions& convolutions, at::Tensor x, Pass pass) {
    for (const NormedConvolution& convolution : convolutions) x = convolution(x, pass, kRelu);
    return x;
  }

  Output run(const at::Tensor& images, Pass pass, Dropout* dropout, bool code_alone = false) const;
  // Of the encoder, or of all blocks.
  NamedTensors parameters_of_blocks(bool encoder_alone) const;
  // Logits and distances of the last stage, its channels multiplied by the factors.
  VoxelHeads heads(const at::Tensor& x, const at::Tensor& factors) const;

  model::VNetShape shape;
  Precision precision = Precision::fp32;
  double dropout_probability = 0.5;
  std::size_t given_stage = 0;  // of the encoder
  bool gives_features = false;
  Weights weights;
  std::vector<Convolutions> stages;  // five on the way down, four on the way up
  Convolutions downs;
  std::vector<NormedTransposedConvolution> ups;
  Convolution segmentation, distance;
};

VoxelHeads VNet::Blocks::heads(const at::Tensor& x, const at::Tensor& factors) const {
  if (has_voxel_heads(x))
    return apply_voxel_heads(x, factors, segmentation.weight(), segmentation.bias(), distance.weight(),
                             distance.bias());
  const at::Tensor dropped = times(x, factors);
  return {segmentation(dropped), shape.distances > 0 ? distance(dropped) : at::Tensor()};
}

NamedTensors VNet::Blocks::parameters_of_blocks(bool encoder_alone) const {
  std::vector<std::string> prefixes;
  for (const model::VNetBlock& block : model::vnet_blocks()) {
    if (encoder_alone && block.kind == model::VNetBlock::Kind::up) break;
    prefixes.push_back(name_of(block.name) + ".");
  }
  return beginning_with(prefixes, weights.parameters());
}

Output VNet::Blocks::run(const at::Tensor& images, Pass pass, Dropout* dropout, bool code_alone) const {
  const bool fits = images.dim() == 5 && images.size(1) == shape.channels &&
                    images.size(2) % model::kVNetReduction == 0 && images.size(3) % model::kVNetReduction == 0 &&
                    images.size(4) % model::kVNetReduction == 0;
  if (!fits) {
    throw std::invalid_argument("a V-Net's input must be [N, " + std::to_string(shape.channels) +
                                ", X, Y, Z] with sides that are multiples of 16");
  }
  const auto full = [&](const at::Tensor& t) { return pass.bf16 ? t.to(at::kFloat) : t; };
  at::Tensor x = in_order(pass.bf16 ? images.to(at::kBFloat16) : images, MemoryOrder::channels_last);
  Output out;
  std::array<at::Tensor, kStages - 1> skips;
  for (std::size_t i = 0; i + 1 < kStages; ++i) {
    skips[i] = through(stages[i], x, pass);
    if (given_stage == i + 1 && !pass.fold) out.stage = full(skips[i]);
    x = downs[i](skips[i], pass, kRelu);
  }
  const at::Tensor bottleneck = through(stages[kStages - 1], x, pass);
  if (given_stage == kStages && !pass.fold) out.stage = full(bottleneck);
  if (!pass.fold) out.code = full(bottleneck);
  if (code_alone) return out;
  x = times(bottleneck, dropout_factors(bottleneck, dropout_probability, dropout));
  for (std::size_t i = kStages - 1; i-- > 0;) {
    x = ups[kStages - 2 - i](x, pass, kRelu, std::exchange(skips[i], {}));
    x = through(stages[2 * kStages - 2 - i], x, pass);
    if (gives_features && !pass.fold) out.features.push_back(full(x));
  }
  const VoxelHeads found = heads(x, dropout_factors(x, dropout_probability, dropout));
  out.logits = full(found.first);
  if (shape.distances > 0) out.distance = at::tanh(full(found.second));
  return out;
}

namespace {
const model::VNetShape& checked(const model::VNetShape& shape) {
  const auto refuse = [](const std::string& problem, const std::string& remedy) {
    throw core::UsageError("network", problem, remedy);
  };
  if (shape.channels < 1 || shape.filters < 1) refuse("cannot have no channels or no filters", "give 1 or more");
  if (shape.logits < 1) refuse("cannot have no classes", "name one class or more besides the background");
  if (shape.distances < 0) refuse("cannot have a negative number of distance maps", "give 0 or more");
  return shape;
}
}  // namespace

VNet::VNet(const model::VNetShape& shape) : blocks_(std::make_unique<Blocks>(checked(shape))) {}

VNet::~VNet() = default;

const model::VNetShape& VNet::shape() const { return blocks_->shape; }

Output VNet::forward(const at::Tensor& x, Mode mode, Dropout* dropout) {
  return blocks_->run(x, {mode, true, precision() == Precision::bf16, false}, dropout);
}

Output VNet::predict(const at::Tensor& x) {
  const at::NoGradGuard without_gradients;
  return blocks_->run(x, {Mode::eval, true, precision() == Precision::bf16, true}, nullptr);
}

void VNet::set_dropout(double probability) {
  if (!(probability >= 0 && probability < 1))
    throw core::UsageError("dropout", "has the probability " + std::to_string(probability), "give 0 up to below 1");
  blocks_->dropout_probability = probability;
}

void VNet::give_stage(std::size_t stage) {
  if (stage > 0) check_encoder_stage(stage);
  blocks_->given_stage = stage;
}

std::int64_t VNet::channels_of_stage(std::size_t stage) const {
  check_encoder_stage(stage);
  return std::int64_t{shape().filters} << (stage - 1);
}

std::int64_t VNet::reduction_of_stage(std::size_t stage) const {
  check_encoder_stage(stage);
  return std::int64_t{1} << (stage - 1);
}

std::int64_t VNet::code_channels() const { return channels_of_stage(kStages); }

std::int64_t VNet::feature_channels() const { return shape().filters; }

void VNet::give_features(bool given) { blocks_->gives_features = given; }

at::Tensor VNet::encode(const at::Tensor& x, Mode mode) {
  return blocks_->run(x, {mode, true, precision() == Precision::bf16, false}, nullptr, /*code_alone=*/true).code;
}

NamedTensors VNet::code_parameters() const { return blocks_->parameters_of_blocks(/*encoder_alone=*/true); }

NamedTensors VNet::feature_parameters() const { return blocks_->parameters_of_blocks(/*encoder_alone=*/false); }

int VNet::classes() const { return blocks_->shape.logits == 1 ? 2 : blocks_->shape.logits; }

Weights& VNet::weights() { return blocks_->weights; }

const Weights& VNet::weights() const { return blocks_->weights; }

void VNet::use_precision(Precision precision) { blocks_->precision = precision; }

Precision VNet::precision() const { return blocks_->precision; }

}  // namespace coopseg::network
