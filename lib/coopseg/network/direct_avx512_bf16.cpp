// Compiled for AVX-512 with bfloat16.
#include "coopseg/network/direct_kernels.h"

#if defined(__AVX512BF16__)

#include <immintrin.h>

#include "coopseg/network/direct_tiles.h"

namespace coopseg::network {
namespace {

struct Avx512Bf16 {
  using Vector = __m512;
  using Cell = unsigned;
  using Element = unsigned short;
  static constexpr int kLanes = 16, kVoxel = kChunk / 2;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector load(const float* from) { return _mm512_loadu_ps(from); }
  static Vector load_cells(const Cell* from) { return _mm512_castsi512_ps(_mm512_loadu_si512(from)); }
  static Vector all(const Cell* from) { return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(*from))); }
  static Vector multiply_add(Vector a, Vector b, Vector sum) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static void store(Element* to, Vector value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
  }
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
  if (half_block) return output_of_rows<Avx512Bf16, 1, 1>(tile, columns, std::make_integer_sequence<int, 16>());
  if (rows == 4) return output_of_rows<Avx512Bf16, 4, 2>(tile, columns, std::make_integer_sequence<int, 3>());
  if (rows == 2) return output_of_rows<Avx512Bf16, 2, 2>(tile, columns, std::make_integer_sequence<int, 7>());
  output_of_rows<Avx512Bf16, 1, 2>(tile, columns, std::make_integer_sequence<int, 14>());
}

void weights(const WeightTile& tile, int columns, int above_channels) {
  if (columns == 3) return weight_tile<Avx512Bf16, 3, 8>(tile);
  if (columns == 2) return weight_tile<Avx512Bf16, 2, 8>(tile);
  if (above_channels == 8) return weight_tile<Avx512Bf16, 1, 8>(tile);
  weight_tile<Avx512Bf16, 1, 16>(tile);
}

constexpr DirectKernels kKernels = {true,     Avx512Bf16::kVoxel,     32,      14,      16,     4, 8, 16, &output,
                                    &weights, &transpose<Avx512Bf16>, nullptr, nullptr, nullptr};

}  // namespace

const DirectKernels* direct_kernels_avx512_bf16() { return &kKernels; }

}  // namespace coopseg::network

#else

namespace coopseg::network {
const DirectKernels* direct_kernels_avx512_bf16() { return nullptr; }
}  // namespace coopseg::network

#endif
