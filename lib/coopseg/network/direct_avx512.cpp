// Compiled for AVX-512.
#include "coopseg/network/direct_kernels.h"

#if defined(__AVX512F__)

#include <immintrin.h>

#include "coopseg/network/direct_tiles.h"

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
  // Pairs of rows, pairs of those, quarters, quarters of those.
  static void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
    __m512 a[16], b[16];
    for (int r = 0; r < 16; ++r) a[r] = _mm512_loadu_ps(from + r * from_row);
    for (int r = 0; r < 16; r += 2) {
      b[r] = _mm512_unpacklo_ps(a[r], a[r + 1]);
      b[r + 1] = _mm512_unpackhi_ps(a[r], a[r + 1]);
    }
    for (int r = 0; r < 16; r += 4) {
      a[r] = _mm512_shuffle_ps(b[r], b[r + 2], 0x44);
      a[r + 1] = _mm512_shuffle_ps(b[r], b[r + 2], 0xee);
      a[r + 2] = _mm512_shuffle_ps(b[r + 1], b[r + 3], 0x44);
      a[r + 3] = _mm512_shuffle_ps(b[r + 1], b[r + 3], 0xee);
    }
    for (int r = 0; r < 4; ++r) {
      b[r] = _mm512_shuffle_f32x4(a[r], a[r + 4], 0x88);
      b[r + 4] = _mm512_shuffle_f32x4(a[r], a[r + 4], 0xdd);
      b[r + 8] = _mm512_shuffle_f32x4(a[r + 8], a[r + 12], 0x88);
      b[r + 12] = _mm512_shuffle_f32x4(a[r + 8], a[r + 12], 0xdd);
    }
    for (int r = 0; r < 8; ++r) {
      _mm512_storeu_ps(to + r * to_row, _mm512_shuffle_f32x4(b[r], b[r + 8], 0x88));
      _mm512_storeu_ps(to + (r + 8) * to_row, _mm512_shuffle_f32x4(b[r], b[r + 8], 0xdd));
    }
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
