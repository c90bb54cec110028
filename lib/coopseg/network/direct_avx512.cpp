// Compiled for AVX-512.
#include "coopseg/network/direct_kernels.h"

#if defined(__AVX512F__)

#include <immintrin.h>

#include "coopseg/network/direct_tiles.h"
#include "coopseg/network/direct_transpose.h"

namespace coopseg::network {
namespace {

struct Avx512 {
  using Vector = __m512;
  using Cell = float;
  using Element = float;
  static constexpr int kLanes = 16, kVoxel = kChunk;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_loadu_ps(from); }
  static Vector load_cells(const Cell* from) { return _mm512_loadu_ps(from); }
  static Vector all(const Cell* from) { return _mm512_set1_ps(*from); }
  static Vector multiply_add(Vector a, Vector b, Vector sum) { return _mm512_fmadd_ps(a, b, sum); }
  static Vector plus(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector minus(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static void store(Element* to, Vector value) { _mm512_storeu_ps(to, value); }
  static void add_to(float* to, Vector value) { _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), value)); }
  static void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
    transpose_16(from, from_row, to, to_row);
  }
};

void output(const OutputTile& tile, int rows, int columns, bool half_block) {
  if (half_block) return output_of_rows<Avx512, 1, 1>(tile, columns, std::make_integer_sequence<int, 16>());
  if (rows == 4) return output_of_rows<Avx512, 4, 2>(tile, columns, std::make_integer_sequence<int, 3>());
  if (rows == 2) return output_of_rows<Avx512, 2, 2>(tile, columns, std::make_integer_sequence<int, 7>());
  output_of_rows<Avx512, 1, 2>(tile, columns, std::make_integer_sequence<int, 14>());
}

void weights(const WeightTile& tile, int columns, int above_channels) {
  if (columns == 3) return weight_tile<Avx512, 3, 8>(tile);
  if (columns == 2) return weight_tile<Avx512, 2, 8>(tile);
  if (above_channels == 8) return weight_tile<Avx512, 1, 8>(tile);
  weight_tile<Avx512, 1, 16>(tile);
}

constexpr DirectKernels kKernels = {false,
                                    Avx512::kVoxel,
                                    32,
                                    14,
                                    16,
                                    4,
                                    8,
                                    16,
                                    &output,
                                    &weights,
                                    &transpose<Avx512>,
                                    &transform_input<Avx512>,
                                    &transform_gradient<Avx512>,
                                    &transform_output<Avx512>};

}  // namespace

const DirectKernels* direct_kernels_avx512() { return &kKernels; }

}  // namespace coopseg::network

#else

namespace coopseg::network {
const DirectKernels* direct_kernels_avx512() { return nullptr; }
}  // namespace coopseg::network

#endif
