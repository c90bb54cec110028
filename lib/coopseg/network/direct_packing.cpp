#include "coopseg/network/direct_packing.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "coopseg/network/libtorch.h"

namespace coopseg::network::direct {

WeightView view(const at::Tensor& weight) {
  return {weight.data_ptr<float>(), weight.stride(0), weight.stride(1),
          weight.stride(2),         weight.stride(3), weight.stride(4)};
}

WeightView mirrored(const at::Tensor& weight) {
  WeightView v = view(weight);
  v.values += (weight.size(2) - 1) * v.plane + 2 * (v.row + v.column);
  return {v.values, v.in, v.out, -v.plane, -v.row, -v.column};
}

WeightView reducing(const at::Tensor& weight) { return {weight.data_ptr<float>(), weight.stride(0), 1, 0, 0, 0}; }

WeightView expanding(const at::Tensor& weight, std::int64_t plane, std::int64_t row) {
  const float* const corner = weight.data_ptr<float>() + plane * weight.stride(2) + row * weight.stride(3);
  return {corner, 1, weight.stride(0), 0, 0, 0};
}

void Packed::put(std::int64_t block, std::int64_t to, const float* from, std::ptrdiff_t in, std::ptrdiff_t out,
                 int channels) {
  float* const cells = memory_.data_ptr<float>() + to * block_;
  if (!kernels_.bf16) {
    collect(block, from, in, out, channels, cells);
    return;
  }
  float rows[kChunk * 2 * kChunk];
  collect(block, from, in, out, channels, rows);
  if (channels % 2) std::fill_n(rows + channels * block_, block_, 0.0f);
  for (int i = 0; i < channels; i += 2) pair(rows + i * block_, cells + i / 2 * block_);
}

void Packed::collect(std::int64_t block, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels,
                     float* to) const {
  const std::int64_t outputs = channels_of(block);
  if (outputs < block_) std::fill_n(to, channels * block_, 0.0f);
  if (out == 1) {
    for (int i = 0; i < channels; ++i) std::copy_n(from + i * in, outputs, to + i * block_);
  } else if (in == 1 && channels == kChunk && outputs % kChunk == 0) {
    for (std::int64_t o = 0; o < outputs; o += kChunk) kernels_.transpose(from + o * out, out, to + o, block_);
  } else {
    for (std::int64_t o = 0; o < outputs; ++o)
      for (int i = 0; i < channels; ++i) to[i * block_ + o] = from[i * in + o * out];
  }
}

// Two rows as pairs of bfloat16, the first in the lower half.
void Packed::pair(const float* rows, float* cells) const {
  std::uint32_t bits[4 * kChunk];
  std::memcpy(bits, rows, static_cast<std::size_t>(2 * block_) * sizeof *bits);
  const auto rounded = [](std::uint32_t b) { return b + 0x7fff + ((b >> 16) & 1); };
  for (std::int64_t o = 0; o < block_; ++o)
    bits[o] = (rounded(bits[o]) >> 16) | (rounded(bits[block_ + o]) & 0xffff0000);
  std::memcpy(cells, bits, static_cast<std::size_t>(block_) * sizeof *bits);
}

Packed pack(const Geometry& shape, const DirectKernels& kernels, const WeightView& weight) {
  Packed packed(kernels, shape.out);
  const std::int64_t chunks = shape.chunks(), blocks = packed.blocks(), channels = shape.chunk_channels();
  const std::int64_t run = shape.run_cells(kernels), rows = shape.kernel_rows(), planes = shape.planes;
  const std::int64_t chunk_cells = planes * rows * run;
  packed.reserve(blocks * chunks * chunk_cells);
  at::parallel_for(0, blocks * chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t block = i / chunks, chunk = i % chunks;
      const float* const from = weight.values + block * packed.block() * weight.out;
      std::int64_t to = i * chunk_cells;
      const auto put = [&](std::ptrdiff_t start, std::ptrdiff_t in, std::int64_t count, std::int64_t cells) {
        packed.put(block, to, from + start, in, weight.out, static_cast<int>(count));
        to += cells;
      };
      if (shape.kind == Kind::image) {
        // The rows and columns of the kernel lie evenly in memory.
        for (std::int64_t plane = 0; plane < planes; ++plane) put(plane * weight.plane, weight.column, 9, run);
        continue;
      }
      const std::ptrdiff_t first = chunk * channels * weight.in;
      for (std::int64_t plane = 0; plane < planes; ++plane)
        for (std::int64_t row = 0; row < rows; ++row)
          for (int column = 0; column < shape.kernel_columns(); ++column)
            put(first + plane * weight.plane + row * weight.row + column * weight.column, weight.in, channels,
                run / shape.kernel_columns());
    }
  });
  return packed;
}

}  // namespace coopseg::network::direct
