// The inner loops of direct_convolution.h: one register tile each, of the output or of the weights' gradient. Compiled
// once for each instruction set, in files of their own that may include nothing whose functions another file could
// take over. Private to this folder.
//
// Cells are what a multiplication takes at once: one float, or two bfloat16 as the 32 bits that they fill. A voxel of a
// chunk of 16 channels is `voxel` cells side by side.
#pragma once

#include <cstddef>

namespace coopseg::network {

constexpr int kChunk = 16;      // channels of the input that are worked on at a time
constexpr int kHalfChunk = 8;   // of what has no multiple of them
constexpr int kMostPlanes = 3;  // of a kernel along its first axis
constexpr int kMostRows = 4, kMostColumns = 16;

// Outputs of `rows` x `columns` neighbouring voxels, of the channels that stand side by side in `weights`, are the sums
// over chunks, planes, rows and cells of input times weight, always in that order.
struct OutputTile {
  const void* planes[kMostPlanes];  // the tile's first voxel, with the kernel's first row; null: zeros, left out
  std::ptrdiff_t chunk_cells;       // from a chunk to the next
  std::ptrdiff_t row_cells;         // from a row to the next
  int chunks, kernel_planes, kernel_rows;
  int run_cells;        // of a row of the kernel: its width times a voxel's cells
  const void* weights;  // [chunk][plane][row][cell][channel]
  const float* bias;
  void* out;                          // float, or bfloat16 where inputs are
  std::ptrdiff_t out_row, out_voxel;  // elements
};

// Adds to gradients of weights the sums over voxels of input times the gradient above.
struct WeightTile {
  const void* const* x;                          // of each slab, 16 cells of channels of its first voxel
  const void* const* above;                      // of each slab, cells of the first voxel's channels
  int slabs, rows, columns;                      // each slab has as many
  std::ptrdiff_t x_columns[kMostPlanes];         // cells: where the input of each of the columns of `gradient` begins
  std::ptrdiff_t above_start;                    // cells
  std::ptrdiff_t x_row, above_row, above_voxel;  // cells; x has 16 for a voxel
  float* gradient;                               // [channel above][..., column, channel of x]
  std::ptrdiff_t gradient_channel, gradient_column;
};

// Winograd's minimal filtering (Lavin and Gray, CVPR 2016), of 2 x 2 outputs of a 3 x 3 kernel in a plane: 16 products
// in place of 36, each of transformed inputs, transformed weights and, transformed back, outputs. Of the gradient of
// weights, too. "Squares" are the 2 x 2 outputs.
constexpr int kProducts = 16;

struct InputTransform {
  const float* rows[4];         // of the input, from the one above the square on; null: zeros
  std::ptrdiff_t voxel, width;  // elements from a voxel to the next; voxels of a row
  float* out;                   // [product] and then [square][16 channels]
  std::ptrdiff_t out_product;
};

struct GradientTransform {
  const float* rows[2];  // the second null: zeros
  std::ptrdiff_t channels, width;
  float* out;  // [product] and then [square][channel]
  std::ptrdiff_t out_product;
};

struct OutputTransform {
  const float* products;  // [product][square][channel]
  int squares, channels;
  const float* bias;
  float* rows[2];  // the first square's outputs; the second null: left out
  std::ptrdiff_t voxel;
  bool whole;  // else the last square has one column
};

struct DirectKernels {
  bool bf16;
  int voxel_cells;
  int block;  // output channels of a tile, where their number is a multiple; else half as many
  int block_columns, half_block_columns;  // most columns of a tile
  int most_rows;                          // of a tile of few columns
  int above_channels;                     // of a weight tile
  int above_channels_alone;               // of one of a single column, where their number is a multiple
  void (*output)(const OutputTile& tile, int rows, int columns, bool half_block);
  void (*weights)(const WeightTile& tile, int columns, int above_channels);  // 1 to 3 columns
  // 16 x 16 numbers, rows to columns.
  void (*transpose)(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row);
  // Null in bfloat16, which is too coarse for it.
  void (*transform_input)(const InputTransform& of);
  void (*transform_gradient)(const GradientTransform& of);
  void (*transform_output)(const OutputTransform& of);
};

// Null where the compiler has no such instructions; whether the processor has them is for the caller to ask.
const DirectKernels* direct_kernels_avx2();
const DirectKernels* direct_kernels_avx512();
const DirectKernels* direct_kernels_avx512_bf16();

}  // namespace coopseg::network
