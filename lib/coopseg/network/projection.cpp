#include "coopseg/network/projection.h"

#include <cmath>
#include <cstdint>

#include "coopseg/core/error.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr double kLeastSelu = -1.7580993408473766;  // -scale * alpha of the SELU

const model::SliceProjectionShape& checked(const model::SliceProjectionShape& shape, double dropout) {
  if (shape.pool < 1 || shape.widths[0] < 1 || shape.widths[1] < 1 || shape.widths[2] < 1)
    throw core::UsageError("projection", "cannot have no cells or no widths", "give 1 or more");
  if (!(dropout >= 0 && dropout < 1))
    throw core::UsageError("projection", "drops voxels with a probability", "give 0 or more, below 1");
  return shape;
}

const model::VoxelProjectionShape& checked(const model::VoxelProjectionShape& shape) {
  if (shape.in < 1 || shape.hidden < 1 || shape.out < 1)
    throw core::UsageError("projection", "cannot have no channels", "give 1 or more");
  if (shape.dimensions != 2 && shape.dimensions != 3)
    throw core::UsageError("projection", "takes images of two or three dimensions", "give 2 or 3");
  return shape;
}

}  // namespace

at::Tensor alpha_dropout(const at::Tensor& x, const at::Tensor& keep, double probability) {
  const double p = probability, scale = 1 / std::sqrt((1 - p) * (1 + p * kLeastSelu * kLeastSelu));
  return x.masked_fill(keep.logical_not(), kLeastSelu) * scale - scale * kLeastSelu * p;
}

at::Tensor draw_keep_mask(at::IntArrayRef shape, double probability, core::RandomStream& draw) {
  at::Tensor keep = at::empty(shape, at::kBool);
  bool* const flags = keep.data_ptr<bool>();
  // 32 bits a draw, and no division: there are millions of them in a step.
  const auto dropped = static_cast<std::uint64_t>(std::llround(std::ldexp(probability, 32)));
  const std::int64_t count = keep.numel();
  for (std::int64_t i = 0; i < count; ++i) flags[i] = draw.bits() >= dropped;
  return keep;
}

at::Tensor pooled_slices(const at::Tensor& feature, int pool) {
  const at::Tensor volumes = feature.dim() == 4 ? feature.unsqueeze(4) : feature;
  // Slices are channels to the pooling. They lie last in memory, as it likes them to.
  const at::Tensor slices = volumes.flatten(0, 1).permute({0, 3, 1, 2});
  const at::Tensor pooled = at::adaptive_avg_pool2d(slices, {pool, pool});
  // So is the gradient: of another order it is several times as slow, and what follows it, too.
  if (pooled.requires_grad() && pooled.is_cpu()) {
    pooled.register_hook(
        [](const at::Tensor& gradient) { return gradient.contiguous(at::MemoryFormat::ChannelsLast); });
  }
  return pooled.view({volumes.size(0), volumes.size(1), volumes.size(4), pool, pool});
}

struct SliceProjection::Layers {
  Layers(const model::SliceProjectionShape& wanted, double probability)
      : shape(wanted), dropout(probability), weights(model::layout_slice_projection(wanted)) {}

  at::Tensor linear(const at::Tensor& x, const std::string& name) const {
    const std::string full = std::string(model::kSliceProjectionModule) + "/mlp." + name;
    return at::linear(x, weights.at(full + ".weight"), weights.at(full + ".bias"));
  }
  at::Tensor operator()(const at::Tensor& feature) const {
    const at::Tensor cells = pooled_slices(feature, shape.pool).flatten(3);
    return linear(at::relu(linear(at::relu(linear(cells, "0")), "2")), "4");
  }

  model::SliceProjectionShape shape;
  double dropout;
  Weights weights;
};

SliceProjection::SliceProjection(const model::SliceProjectionShape& shape, double dropout)
    : layers_(std::make_unique<Layers>(checked(shape, dropout), dropout)) {}

SliceProjection::~SliceProjection() = default;
SliceProjection::SliceProjection(SliceProjection&&) noexcept = default;
SliceProjection& SliceProjection::operator=(SliceProjection&&) noexcept = default;

at::Tensor SliceProjection::operator()(const at::Tensor& feature, core::RandomStream* dropout) const {
  if (!dropout || layers_->dropout == 0) return (*layers_)(feature);
  return with_mask(feature, draw_keep_mask(feature.sizes(), layers_->dropout, *dropout).to(feature.device()));
}

at::Tensor SliceProjection::with_mask(const at::Tensor& feature, const at::Tensor& keep) const {
  return (*layers_)(alpha_dropout(feature, keep, layers_->dropout));
}

Weights& SliceProjection::weights() { return layers_->weights; }

const Weights& SliceProjection::weights() const { return layers_->weights; }

struct VoxelProjection::Layers {
  Layers(const std::string& module, const model::VoxelProjectionShape& shape)
      : weights(model::layout_voxel_projection(module, shape)),
        first(weights, module + "/mlp.0"),
        second(weights, module + "/mlp.2") {}

  Weights weights;
  Convolution first, second;
};

VoxelProjection::VoxelProjection(const std::string& module, const model::VoxelProjectionShape& shape)
    : layers_(std::make_unique<Layers>(module, checked(shape))) {}

VoxelProjection::~VoxelProjection() = default;
VoxelProjection::VoxelProjection(VoxelProjection&&) noexcept = default;
VoxelProjection& VoxelProjection::operator=(VoxelProjection&&) noexcept = default;

at::Tensor VoxelProjection::operator()(const at::Tensor& features) const {
  return layers_->second(at::relu(layers_->first(features)));
}

Weights& VoxelProjection::weights() { return layers_->weights; }

const Weights& VoxelProjection::weights() const { return layers_->weights; }

}  // namespace coopseg::network
