// Weights of convolutions in the order in which tiles take them. Private to this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "coopseg/network/direct_shape.h"

namespace coopseg::network::direct {

// Where the weight of an output channel, an input channel and a place in the kernel stands.
struct WeightView {
  const float* values;
  std::ptrdiff_t out, in, plane, row, column;
};

WeightView view(const at::Tensor& weight);
// That which computes the gradient of the input from that of the output.
WeightView mirrored(const at::Tensor& weight);

// Memory of the packed weights, as tensors keep theirs.
class Packed {
 public:
  Packed(const DirectKernels& kernels, std::int64_t out)
      : kernels_(kernels), block_(out % kernels.block == 0 ? kernels.block : kernels.block / 2) {}

  std::int64_t block() const { return block_; }
  bool half() const { return block_ != kernels_.block; }
  std::int64_t cell_bytes() const { return block_ * 4; }  // of a cell and the channels of a block
  float* cells() { return memory_.data_ptr<float>(); }
  const char* data() const { return static_cast<const char*>(memory_.data_ptr()); }

  // Room for `count` cells, each with a block's channels.
  void reserve(std::int64_t count) { memory_ = at::empty({count * block_}, at::kFloat); }

  // `channels` cells' worth of input channels at `to`: from, + in, + 2 in, ...; of the block's outputs.
  void put(std::int64_t to, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels);
  // [channel][output], out of any order.
  void collect(const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels, float* to) const;

 private:
  void pair(const float* rows, float* cells) const;

  const DirectKernels& kernels_;
  std::int64_t block_;
  at::Tensor memory_;
};

Packed pack(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight);

}  // namespace coopseg::network::direct
