// The loops of direct_kernels.h over an instruction set `I`:
//   Vector, Cell, kLanes (channels of a vector), kVoxel (cells of a voxel), zero(), load(floats), load_cells(cells),
//   all(cell), multiply_add(a, b, sum), store(Element*, vector), add_to(float*, vector)
// Everything here belongs to the file that includes it, which is compiled for that set.
#pragma once

#include <utility>

#include "coopseg/network/direct_kernels.h"

namespace coopseg::network {
namespace {

template <class I, int kRows, int kColumns, int kVectors>
void output_tile(const OutputTile& tile) {
  using Cell = typename I::Cell;
  using Vector = typename I::Vector;
  Vector sums[kRows][kColumns][kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const Vector start = I::load(tile.bias + v * I::kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
      for (int c = 0; c < kColumns; ++c) sums[r][c][v] = start;
  }
  const Cell* weights = static_cast<const Cell*>(tile.weights);
  for (int chunk = 0; chunk < tile.chunks; ++chunk) {
    for (int plane = 0; plane < tile.kernel_planes; ++plane) {
      if (!tile.planes[plane]) {
        weights += static_cast<std::ptrdiff_t>(tile.kernel_rows) * tile.run_cells * kVectors * I::kLanes;
        continue;
      }
      const Cell* x = static_cast<const Cell*>(tile.planes[plane]) + chunk * tile.chunk_cells;
      for (int row = 0; row < tile.kernel_rows; ++row, x += tile.row_cells) {
        const Cell* rows[kRows];
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) rows[r] = x + r * tile.row_cells;
#pragma GCC unroll 2
        for (int cell = 0; cell < tile.run_cells; ++cell, weights += kVectors * I::kLanes) {
          Vector w[kVectors];
#pragma GCC unroll 2
          for (int v = 0; v < kVectors; ++v) w[v] = I::load_cells(weights + v * I::kLanes);
#pragma GCC unroll 4
          for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
            for (int c = 0; c < kColumns; ++c) {
              const Vector value = I::all(rows[r] + cell + c * I::kVoxel);
#pragma GCC unroll 2
              for (int v = 0; v < kVectors; ++v) sums[r][c][v] = I::multiply_add(value, w[v], sums[r][c][v]);
            }
        }
      }
    }
  }
  using Element = typename I::Element;
  Element* const out = static_cast<Element*>(tile.out);
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int c = 0; c < kColumns; ++c)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v)
        I::store(out + r * tile.out_row + c * tile.out_voxel + v * I::kLanes, sums[r][c][v]);
}

using OutputFunction = void (*)(const OutputTile&);

template <class I, int kRows, int kVectors, int... kColumns>
void output_of_rows(const OutputTile& tile, int columns, std::integer_sequence<int, kColumns...>) {
  static constexpr OutputFunction kTiles[] = {&output_tile<I, kRows, kColumns + 1, kVectors>...};
  kTiles[columns - 1](tile);
}

template <class I, int kColumns, int kAbove>
void weight_tile(const WeightTile& tile) {
  using Cell = typename I::Cell;
  using Vector = typename I::Vector;
  constexpr int kVectors = kChunk / I::kLanes;
  Vector sums[kAbove][kColumns][kVectors];
#pragma GCC unroll 16
  for (int a = 0; a < kAbove; ++a)
#pragma GCC unroll 3
    for (int k = 0; k < kColumns; ++k)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[a][k][v] = I::zero();
  for (int row = 0; row < tile.rows; ++row) {
    const Cell* x[kColumns];
#pragma GCC unroll 3
    for (int k = 0; k < kColumns; ++k) x[k] = static_cast<const Cell*>(tile.x[k]) + row * tile.x_row;
    const Cell* above = static_cast<const Cell*>(tile.above) + row * tile.above_row;
    for (int column = 0; column < tile.columns; ++column, above += tile.above_voxel) {
      Vector values[kAbove];
      if constexpr (kAbove * kVectors < 8) {  // few registers: the gradient stays in them
#pragma GCC unroll 16
        for (int a = 0; a < kAbove; ++a) values[a] = I::all(above + a);
#pragma GCC unroll 3
        for (int k = 0; k < kColumns; ++k)
#pragma GCC unroll 2
          for (int v = 0; v < kVectors; ++v) {
            const Vector input = I::load_cells(x[k] + column * kChunk + v * I::kLanes);
#pragma GCC unroll 16
            for (int a = 0; a < kAbove; ++a) sums[a][k][v] = I::multiply_add(values[a], input, sums[a][k][v]);
          }
      } else {
        Vector input[kColumns][kVectors];
#pragma GCC unroll 3
        for (int k = 0; k < kColumns; ++k)
#pragma GCC unroll 2
          for (int v = 0; v < kVectors; ++v) input[k][v] = I::load_cells(x[k] + column * kChunk + v * I::kLanes);
#pragma GCC unroll 16
        for (int a = 0; a < kAbove; ++a) {
          const Vector value = I::all(above + a);
#pragma GCC unroll 3
          for (int k = 0; k < kColumns; ++k)
#pragma GCC unroll 2
            for (int v = 0; v < kVectors; ++v) sums[a][k][v] = I::multiply_add(value, input[k][v], sums[a][k][v]);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int a = 0; a < kAbove; ++a)
#pragma GCC unroll 3
    for (int k = 0; k < kColumns; ++k)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v)
        I::add_to(tile.gradient + a * tile.gradient_channel + k * tile.gradient_column + v * I::kLanes, sums[a][k][v]);
}

}  // namespace
}  // namespace coopseg::network
