// Heads that semi-supervised methods and pre-training put behind a network to compare what it says of volumes. They are
// dropped when training is over.
//
//   SliceProjection head({/*pool=*/128, /*widths=*/{256, 256, 128}}, /*dropout=*/0.1);
//   head.weights().initialise(/*seed=*/0);
//   Dropout draw{core::RandomStream(seed, {"alpha dropout", "student"}, {iteration})};
//   at::Tensor h = head(image + distance, &draw);  // [volumes, classes, slices, 128]
//
// Weights are 0 until they are initialised or loaded. The constructors throw core::UsageError for a shape that no head
// can have. Not for two threads at once; ATen itself works with several.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "coopseg/core/random.h"
#include "coopseg/model/layout_heads.h"
#include "coopseg/network/rows.h"
#include "coopseg/network/weights.h"

namespace coopseg::network {

// Alpha dropout (Klambauer et al., NeurIPS 2017): what is dropped becomes the least value of a SELU, and all is then
// scaled and shifted so that mean 0 and variance 1 stay. `keep` bool, of the shape of x; `probability` of being
// dropped.
at::Tensor alpha_dropout(const at::Tensor& x, const at::Tensor& keep, double probability);
// True with probability 1 - `probability`, to 40 bits of it, on the processor; drawn in row-major order.
at::Tensor draw_keep_mask(at::IntArrayRef shape, double probability, core::RandomStream& draw);

// [U, K, X, Y, Z], of which each Z is a slice, or single slices [U, K, X, Y] to [U, K, slices, pool, pool]: cell i of
// an axis of n voxels is the mean of voxels floor(i n / pool) to ceil((i + 1) n / pool) - 1, so small slices are
// repeated.
at::Tensor pooled_slices(const at::Tensor& feature, int pool);

// SimCVD's head (You et al., IEEE TMI 2022): alpha dropout, pooling, a perceptron with ReLU between its layers.
class SliceProjection {
 public:
  // `dropout` is a probability below 1; 0: none.
  SliceProjection(const model::SliceProjectionShape& shape, double dropout);
  ~SliceProjection();
  SliceProjection(SliceProjection&&) noexcept;
  SliceProjection& operator=(SliceProjection&&) noexcept;

  // [U, K, X, Y, Z] or [U, K, X, Y] to [U, K, slices, widths[2]], not normalised. Each voxel of each class is dropped
  // by a draw of its own; null: nothing is dropped.
  at::Tensor operator()(const at::Tensor& feature, Dropout* dropout) const;
  // With a mask of the feature's shape.
  at::Tensor with_mask(const at::Tensor& feature, const at::Tensor& keep) const;
  Weights& weights();
  const Weights& weights() const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

// Two convolutions of single voxels with a ReLU between them, as contrastive learning at voxels has them.
class VoxelProjection {
 public:
  // `module` begins the names of its weights: "projection" gives "projection/mlp.0.weight".
  VoxelProjection(const std::string& module, const model::VoxelProjectionShape& shape);
  ~VoxelProjection();
  VoxelProjection(VoxelProjection&&) noexcept;
  VoxelProjection& operator=(VoxelProjection&&) noexcept;

  at::Tensor operator()(const at::Tensor& features) const;  // [N, in, ...] to [N, out, ...], not normalised
  Weights& weights();
  const Weights& weights() const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

// What contrastive pre-training compares (Hu et al., MICCAI 2021): two convolutions of single voxels, without an
// activation between them. Of the mean of a code over space, [N, in, 1, 1 (, 1)], they are the linear layers of that
// paper's SimCLR head.
class PixelProjection {
 public:
  explicit PixelProjection(const model::PixelProjectionShape& shape);
  ~PixelProjection();
  PixelProjection(PixelProjection&&) noexcept;
  PixelProjection& operator=(PixelProjection&&) noexcept;

  at::Tensor operator()(const at::Tensor& features) const;  // [N, in, ...] to [N, out, ...], not normalised
  Weights& weights();
  const Weights& weights() const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace coopseg::network
