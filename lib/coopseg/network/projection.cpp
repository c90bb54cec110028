#include "coopseg/network/projection.h"

#include <cmath>
#include <cstdint>
#include <vector>

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

template <class Shape>  // of two convolutions of single voxels
const Shape& checked(const Shape& shape) {
  if (shape.in < 1 || shape.hidden < 1 || shape.out < 1)
    throw core::UsageError("projection", "cannot have no channels", "give 1 or more");
  if (shape.dimensions != 2 && shape.dimensions != 3)
    throw core::UsageError("projection", "takes images of two or three dimensions", "give 2 or 3");
  return shape;
}

// [U, K, X, Y, Z] to [pool * pool, U * K * Z]. Slices are channels to the pooling, and lie last in memory, where it is
// fastest and the perceptron's first product takes them as they are.
at::Tensor cells_of_slices(const at::Tensor& volumes, std::int64_t pool) {
  if (volumes.numel() == 0) return volumes.reshape({pool * pool, 0});  // which the pooling refuses
  const at::Tensor slices = volumes.permute({2, 3, 0, 1, 4}).flatten(2).unsqueeze(0);  // [1, X, Y, U * K * Z]
  const at::Tensor pooled = at::adaptive_avg_pool2d(slices.permute({0, 3, 1, 2}), {pool, pool});
  return pooled.permute({0, 2, 3, 1}).flatten(0, 2);
}

// A single slice as a volume.
at::Tensor as_volumes(const at::Tensor& feature) { return feature.dim() == 4 ? feature.unsqueeze(4) : feature; }

}  // namespace

at::Tensor alpha_dropout(const at::Tensor& x, const at::Tensor& keep, double probability) {
  const double p = probability, scale = 1 / std::sqrt((1 - p) * (1 + p * kLeastSelu * kLeastSelu));
  return x.masked_fill(keep.logical_not(), kLeastSelu) * scale - scale * kLeastSelu * p;
}

at::Tensor draw_keep_mask(at::IntArrayRef shape, double probability, core::RandomStream& draw) {
  at::Tensor keep = at::empty(shape, at::kBool);
  bool* const flags = keep.data_ptr<bool>();
  // There are millions of draws in a step. A byte decides all but one in 256 of them, which takes 32 bits more.
  const auto threshold = static_cast<std::uint64_t>(std::llround(std::ldexp(probability, 40)));
  const std::uint64_t first_byte = threshold >> 32, rest = threshold & 0xffffffffu;
  const std::int64_t count = keep.numel();
  std::uint32_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    bytes = i % 4 == 0 ? draw.bits() : bytes >> 8;
    const std::uint32_t byte = bytes & 0xffu;
    flags[i] = byte == first_byte ? draw.bits() >= rest : byte > first_byte;
  }
  return keep;
}

at::Tensor pooled_slices(const at::Tensor& feature, int pool) {
  const at::Tensor volumes = as_volumes(feature);
  return cells_of_slices(volumes, pool)
      .view({pool, pool, volumes.size(0), volumes.size(1), volumes.size(4)})
      .permute({2, 3, 4, 0, 1});
}

struct SliceProjection::Layers {
  Layers(const model::SliceProjectionShape& wanted, double probability)
      : shape(wanted), dropout(probability), weights(model::layout_slice_projection(wanted)) {}

  // Vectors are columns.
  at::Tensor linear(const at::Tensor& x, const std::string& name) const {
    const std::string full = std::string(model::kSliceProjectionModule) + "/mlp." + name;
    return at::addmm(weights.at(full + ".bias").unsqueeze(1), weights.at(full + ".weight"), x);
  }
  at::Tensor operator()(const at::Tensor& feature) const {
    const at::Tensor volumes = as_volumes(feature);
    const at::Tensor cells = cells_of_slices(volumes, shape.pool);
    return linear(at::relu(linear(at::relu(linear(cells, "0")), "2")), "4")
        .t()
        .view({volumes.size(0), volumes.size(1), volumes.size(4), shape.widths[2]});
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

at::Tensor SliceProjection::operator()(const at::Tensor& feature, Dropout* dropout) const {
  if (!dropout || layers_->dropout == 0) return (*layers_)(feature);
  std::vector<std::int64_t> shape = feature.sizes().vec();
  shape[0] = dropout->rows.whole(shape[0]);
  const at::Tensor keep = draw_keep_mask(shape, layers_->dropout, dropout->draws);
  return with_mask(feature, dropout->rows.own(keep).to(feature.device()));
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

struct PixelProjection::Layers {
  explicit Layers(const model::PixelProjectionShape& shape)
      : weights(model::layout_pixel_projection(shape)),
        first(weights, std::string(model::kPixelProjectionModule) + "/head.0"),
        second(weights, std::string(model::kPixelProjectionModule) + "/head.1") {}

  Weights weights;
  Convolution first, second;
};

PixelProjection::PixelProjection(const model::PixelProjectionShape& shape)
    : layers_(std::make_unique<Layers>(checked(shape))) {}

PixelProjection::~PixelProjection() = default;
PixelProjection::PixelProjection(PixelProjection&&) noexcept = default;
PixelProjection& PixelProjection::operator=(PixelProjection&&) noexcept = default;

at::Tensor PixelProjection::operator()(const at::Tensor& features) const {
  return layers_->second(layers_->first(features));
}

Weights& PixelProjection::weights() { return layers_->weights; }

const Weights& PixelProjection::weights() const { return layers_->weights; }

}  // namespace coopseg::network
