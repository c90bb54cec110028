// The loops of direct_kernels.h over an instruction set `I`:
//   Vector, Cell, kLanes (channels of a vector), kVoxel (cells of a voxel), zero(), load(floats), load_cells(cells),
//   all(cell), multiply_add(a, b, sum), store(Element*, vector), add_to(float*, vector); of float32 plus(a, b) and
//   minus(a, b)
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
  for (int i = 0; i < tile.slabs * tile.rows; ++i) {
    const int slab = i / tile.rows, row = i % tile.rows;
    const Cell* x[kColumns];
#pragma GCC unroll 3
    for (int k = 0; k < kColumns; ++k)
      x[k] = static_cast<const Cell*>(tile.x[slab]) + tile.x_columns[k] + row * tile.x_row;
    const Cell* above = static_cast<const Cell*>(tile.above[slab]) + tile.above_start + row * tile.above_row;
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

// B^T d of four values.
template <class I>
void transform_four(const typename I::Vector (&d)[4], typename I::Vector (&out)[4]) {
  out[0] = I::minus(d[0], d[2]);
  out[1] = I::plus(d[1], d[2]);
  out[2] = I::minus(d[2], d[1]);
  out[3] = I::minus(d[1], d[3]);
}

template <class I>
void transform_input(const InputTransform& of) {
  using Vector = typename I::Vector;
  const std::ptrdiff_t squares = (of.width + 1) / 2;
  for (int v = 0; v < kChunk; v += I::kLanes) {
    const auto column = [&](std::ptrdiff_t at, Vector(&out)[4]) {
      Vector d[4];
      for (int r = 0; r < 4; ++r) {
        const bool inside = of.rows[r] && at >= 0 && at < of.width;
        d[r] = inside ? I::load(of.rows[r] + at * of.voxel + v) : I::zero();
      }
      transform_four<I>(d, out);
    };
    Vector columns[4][4];
    column(-1, columns[0]);
    column(0, columns[1]);
    float* out = of.out + v;
    for (std::ptrdiff_t square = 0; square < squares; ++square, out += kChunk) {
      column(2 * square + 1, columns[2]);
      column(2 * square + 2, columns[3]);
      for (int r = 0; r < 4; ++r) {
        const Vector d[4] = {columns[0][r], columns[1][r], columns[2][r], columns[3][r]};
        Vector products[4];
        transform_four<I>(d, products);
        for (int c = 0; c < 4; ++c) I::store(out + (4 * r + c) * of.out_product, products[c]);
      }
      for (int r = 0; r < 4; ++r) columns[0][r] = columns[2][r], columns[1][r] = columns[3][r];
    }
  }
}

// A y of two values.
template <class I>
void transform_two(typename I::Vector first, typename I::Vector second, typename I::Vector (&out)[4]) {
  out[0] = first;
  out[1] = I::plus(first, second);
  out[2] = I::minus(first, second);
  out[3] = I::minus(I::zero(), second);
}

template <class I>
void transform_gradient(const GradientTransform& of) {
  using Vector = typename I::Vector;
  const std::ptrdiff_t squares = (of.width + 1) / 2;
  for (std::ptrdiff_t square = 0; square < squares; ++square) {
    for (std::ptrdiff_t v = 0; v < of.channels; v += I::kLanes) {
      Vector columns[2][4];
      for (int c = 0; c < 2; ++c) {
        const std::ptrdiff_t at = 2 * square + c;
        const bool inside = at < of.width;
        transform_two<I>(inside ? I::load(of.rows[0] + at * of.channels + v) : I::zero(),
                         inside && of.rows[1] ? I::load(of.rows[1] + at * of.channels + v) : I::zero(), columns[c]);
      }
      for (int r = 0; r < 4; ++r) {
        Vector products[4];
        transform_two<I>(columns[0][r], columns[1][r], products);
        for (int c = 0; c < 4; ++c)
          I::store(of.out + (4 * r + c) * of.out_product + square * of.channels + v, products[c]);
      }
    }
  }
}

template <class I>
void transform_output(const OutputTransform& of) {
  using Vector = typename I::Vector;
  const std::ptrdiff_t product = static_cast<std::ptrdiff_t>(of.squares) * of.channels;
  for (int square = 0; square < of.squares; ++square) {
    const bool both = of.whole || square + 1 < of.squares;
    for (int v = 0; v < of.channels; v += I::kLanes) {
      const float* const from = of.products + static_cast<std::ptrdiff_t>(square) * of.channels + v;
      Vector rows[2][4];
      for (int c = 0; c < 4; ++c) {
        const auto m = [&](int r) { return I::load(from + (4 * r + c) * product); };
        const Vector one = m(1), two = m(2);
        rows[0][c] = I::plus(I::plus(m(0), one), two);
        rows[1][c] = I::minus(I::minus(one, two), m(3));
      }
      const Vector bias = I::load(of.bias + v);
      for (int r = 0; r < 2 && of.rows[r]; ++r) {
        float* const out = of.rows[r] + 2 * square * of.voxel + v;
        I::store(out, I::plus(I::plus(I::plus(rows[r][0], rows[r][1]), rows[r][2]), bias));
        if (both) {
          I::store(out + of.voxel, I::plus(I::minus(I::minus(rows[r][1], rows[r][2]), rows[r][3]), bias));
        }
      }
    }
  }
}

template <class I>
void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
  for (int r = 0; r < 16; r += I::kLanes) {
    for (int c = 0; c < 16; c += I::kLanes)
      I::transpose(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
  }
}

}  // namespace
}  // namespace coopseg::network
