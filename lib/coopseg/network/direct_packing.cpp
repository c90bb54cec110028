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

void Packed::put(std::int64_t to, const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels) {
  float* const cells = memory_.data_ptr<float>() + to * block_;
  if (!kernels_.bf16) {
    collect(from, in, out, channels, cells);
    return;
  }
  float rows[kChunk * 2 * kChunk];
  collect(from, in, out, channels, rows);
  if (channels % 2) std::fill_n(rows + channels * block_, block_, 0.0f);
  for (int i = 0; i < channels; i += 2) pair(rows + i * block_, cells + i / 2 * block_);
}

void Packed::collect(const float* from, std::ptrdiff_t in, std::ptrdiff_t out, int channels, float* to) const {
  if (out == 1) {
    for (int i = 0; i < channels; ++i) std::copy_n(from + i * in, block_, to + i * block_);
  } else if (in == 1 && channels == kChunk) {
    for (std::int64_t o = 0; o < block_; o += kChunk) kernels_.transpose(from + o * out, out, to + o, block_);
  } else {
    for (std::int64_t o = 0; o < block_; ++o)
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
  const std::int64_t chunks = shape.chunks(), blocks = shape.out / packed.block();
  const std::int64_t run = shape.run_cells(kernels), rows = shape.kernel_rows(), planes = shape.planes;
  const std::int64_t chunk_cells = planes * rows * run;
  packed.reserve(blocks * chunks * chunk_cells);
  at::parallel_for(0, blocks * chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t block = i / chunks, chunk = i % chunks;
      const float* const from = weight.values + block * packed.block() * weight.out;
      std::int64_t to = i * chunk_cells;
      if (shape.kind == Kind::down) {
        const std::int64_t corner = chunk / (shape.in / kChunk), first = chunk % (shape.in / kChunk) * kChunk;
        packed.put(to,
                   from + first * weight.in + corner / 4 * weight.plane + corner / 2 % 2 * weight.row +
                       corner % 2 * weight.column,
                   weight.in, weight.out, kChunk);
        continue;
      }
      if (shape.kind == Kind::point) {
        packed.put(to, from + chunk * kChunk * weight.in, weight.in, weight.out, kChunk);
        continue;
      }
      for (std::int64_t plane = 0; plane < planes; ++plane) {
        if (shape.kind == Kind::image) {
          // The rows and columns of the kernel lie evenly in memory.
          packed.put(to, from + plane * weight.plane, weight.column, weight.out, 9);
          to += run;
          continue;
        }
        for (std::int64_t row = 0; row < rows; ++row)
          for (int column = 0; column < 3; ++column, to += kernels.voxel_cells) {
            packed.put(
                to,
                from + chunk * kChunk * weight.in + plane * weight.plane + row * weight.row + column * weight.column,
                weight.in, weight.out, kChunk);
          }
      }
    }
  });
  return packed;
}

}  // namespace coopseg::network::direct
