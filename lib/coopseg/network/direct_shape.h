// A convolution as its blocks need it, and how its work is cut. Private to this folder.
#pragma once

#include <algorithm>
#include <cstdint>

#include "coopseg/network/direct_kernels.h"

namespace coopseg::network::direct {

enum class Kind {
  same,   // three voxels along each axis, zeros around
  image,  // the same of a single channel: a chunk holds the 9 voxels of a plane of the kernel
  down,   // two voxels along each axis, stride 2: as one of single voxels with eight times the channels
  point,  // a single voxel
};

// A convolution as its blocks need it; sides are the output's.
struct Geometry {
  Kind kind;
  std::int64_t images, depth, height, width, in, out;
  int planes;  // of the kernel: 3, or 1 where it has no extent along the first axis
  // `in` and `out` are multiples of 8; in of an image is 1.

  int kernel_rows() const { return kind == Kind::same ? 3 : 1; }
  int kernel_columns() const { return kind == Kind::same ? 3 : 1; }
  // Half chunks lie side by side, so that a tile, which takes voxels a chunk apart, takes every second one.
  bool in_halves() const { return (kind == Kind::same || kind == Kind::point) && in % kChunk != 0; }
  int column_step() const { return in_halves() ? 2 : 1; }
  int chunk_channels() const { return in_halves() ? kHalfChunk : kChunk; }
  std::int64_t chunks() const {
    return kind == Kind::image ? 1 : (kind == Kind::down ? 8 * in : in) / chunk_channels();
  }
  int run_cells(const DirectKernels& kernels) const {
    const int per_cell = kChunk / kernels.voxel_cells;
    return kind == Kind::image ? (9 + per_cell - 1) / per_cell : kernel_columns() * chunk_channels() / per_cell;
  }
  // Of the gradient of an output channel's weights as it is summed. Of an image's each plane has room for a chunk; a
  // row of the kernel in half chunks for [chunk][2 pairs of columns][8 channels], the last column one too many.
  std::int64_t gradient_length() const {
    if (kind == Kind::image) return planes * kChunk;
    if (kind == Kind::down) return chunks() * kChunk;
    return planes * 3 * (in_halves() ? chunks() * 2 * kChunk : 3 * in);
  }
};

// As many units of work, at least, are made where there are as many: with fewer some processors would have nothing to
// do.
constexpr std::int64_t kLeastUnits = 8;

// How gradients of weights are cut: into parts of the input, whose sums are added in the end, and groups of the
// output's channels, each of which works on all of its part anew.
struct GradientCut {
  GradientCut(const Geometry& shape, std::int64_t stacks, std::int64_t numbers, bool whole = false)
      : parts(whole ? 1 : std::max<std::int64_t>(1, std::min({kMostParts, stacks, kPartialBytes / (4 * numbers)}))),
        groups(std::min<std::int64_t>((shape.out + kChunk - 1) / kChunk, (kLeastUnits + parts - 1) / parts)),
        group_channels(((shape.out + kChunk - 1) / kChunk + groups - 1) / groups * kChunk) {}
  std::int64_t parts, groups, group_channels;

 private:
  static constexpr std::int64_t kMostParts = 8;
  static constexpr std::int64_t kPartialBytes = 4 << 20;  // of all partial gradients of one weight
};

// Tiles of `rows` x width that a block of rows is cut into: work(first row, rows, first column, columns).
template <class Work>
void each_tile(const DirectKernels& kernels, bool half, std::int64_t height, std::int64_t width, const Work& work) {
  const std::int64_t most = half ? kernels.half_block_columns : kernels.block_columns;
  const std::int64_t parts = (width + most - 1) / most;
  std::int64_t row = 0;
  while (row < height) {
    std::int64_t rows = 1;
    while (!half && rows < kernels.most_rows && 2 * rows * width <= most && row + 2 * rows <= height) rows *= 2;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = part * width / parts, last = (part + 1) * width / parts;
      work(row, static_cast<int>(rows), first, static_cast<int>(last - first));
    }
    row += rows;
  }
}

}  // namespace coopseg::network::direct
