// Weights of convolutions in the order in which tiles take them. Private to this folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coopseg/network/direct_shape.h"

namespace coopseg::network::direct {

// Where the weight of an output channel, an input channel and a place in the kernel stands.
struct WeightView {
  const float* values;
  std::ptrdiff_t out, in, plane, row, column;
};

WeightView view(const at::Tensor& weight);
// Of [coarse, fine, 2, 2, 2], channels last: the eight voxels' fine channels as those of one, in the order of memory.
WeightView reducing(const at::Tensor& weight);
// Of the same, the fine channels of the two neighbours along the last axis at a place of the first two.
WeightView expanding(const at::Tensor& weight, std::int64_t plane, std::int64_t row);
// That which computes the gradient of the input from that of the output.
WeightView mirrored(const at::Tensor& weight);

// Memory of the packed weights, as tensors keep theirs.
class Packed {
 public:
  Packed(const DirectKernels& kernels, std::int64_t out)
      : kernels_(kernels), out_(out), block_(out % kernels.block == 0 ? kernels.block : kernels.block / 2) {}

  std::int64_t block() const { return block_; }  // output channels
  std::int64_t blocks() const { return (out_ + block_ - 1) / block_; }
  std::int64_t channels_of(std::int64_t block) const { return std::min(block_, out_ - block * block_); }
  bool half() const { return block_ != kernels_.block; }
  std::int64_t cell_bytes() const { return block_ * 4; }  // of a cell and the channels of a block
  float* cells() { return memory_.data_ptr<float>(); }
  const char* data() const { return static_cast<const char*>(memory_.data_ptr()); }

  // Room for `count` cells, each with a block's channels.
  void reserve(std::int64_t count) { memory_ = at::empty({count * block_}, at::kFloat); }

  // `channels` cells' worth of input channels at `to`: from, + in, + 2 in, ...; of the outputs of `block`.
  void put(std::int64_t block, std::int64_t to, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels);
  // [channel][output], out of any order; outputs that there are not are 0.
  void collect(std::int64_t block, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels,
               float* to) const;

 private:
  void pair(const float* rows, float* cells) const;

  const DirectKernels& kernels_;
  std::int64_t out_, block_;
  at::Tensor memory_;
};

Packed pack(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight);

}  // namespace coopseg::network::direct

namespace coopseg::network {

class PackedWeight {
 public:
  struct Form {
    const DirectKernels* kernels;
    bool products;
    std::vector<direct::Packed> packs;
  };
  std::vector<Form> forms;
};

}  // namespace coopseg::network
