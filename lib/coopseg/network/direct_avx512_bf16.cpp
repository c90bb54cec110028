// Compiled for AVX-512 with bfloat16.
#include "coopseg/network/direct_kernels.h"

#if defined(__AVX512BF16__)

#include <immintrin.h>

#include "coopseg/network/direct_tiles.h"
#include "coopseg/network/direct_transpose.h"

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
  static void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
    transpose_16(from, from_row, to, to_row);
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
