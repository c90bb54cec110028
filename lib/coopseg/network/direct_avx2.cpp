// Compiled for AVX2 and FMA.
#include "coopseg/network/direct_kernels.h"

#if defined(__AVX2__)

#include <immintrin.h>

#include "coopseg/network/direct_tiles.h"

namespace coopseg::network {
namespace {

struct Avx2 {
  using Vector = __m256;
  using Cell = float;
  using Element = float;
  static constexpr int kLanes = 8, kVoxel = kChunk;
  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector load(const float* from) { return _mm256_loadu_ps(from); }
  static Vector load_cells(const Cell* from) { return _mm256_loadu_ps(from); }
  static Vector all(const Cell* from) { return _mm256_set1_ps(*from); }
  static Vector multiply_add(Vector a, Vector b, Vector sum) { return _mm256_fmadd_ps(a, b, sum); }
  static Vector plus(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector minus(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static void store(Element* to, Vector value) { _mm256_storeu_ps(to, value); }
  static void add_to(float* to, Vector value) { _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(to), value)); }
  // 8 x 8: pairs of rows, pairs of those, halves.
  static void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
    __m256 a[8], b[8];
    for (int r = 0; r < 8; ++r) a[r] = _mm256_loadu_ps(from + r * from_row);
    for (int r = 0; r < 8; r += 2) {
      b[r] = _mm256_unpacklo_ps(a[r], a[r + 1]);
      b[r + 1] = _mm256_unpackhi_ps(a[r], a[r + 1]);
    }
    for (int r = 0; r < 8; r += 4) {
      a[r] = _mm256_shuffle_ps(b[r], b[r + 2], 0x44);
      a[r + 1] = _mm256_shuffle_ps(b[r], b[r + 2], 0xee);
      a[r + 2] = _mm256_shuffle_ps(b[r + 1], b[r + 3], 0x44);
      a[r + 3] = _mm256_shuffle_ps(b[r + 1], b[r + 3], 0xee);
    }
    for (int r = 0; r < 4; ++r) {
      _mm256_storeu_ps(to + r * to_row, _mm256_permute2f128_ps(a[r], a[r + 4], 0x20));
      _mm256_storeu_ps(to + (r + 4) * to_row, _mm256_permute2f128_ps(a[r], a[r + 4], 0x31));
    }
  }
};

void output(const OutputTile& tile, int rows, int columns, bool half_block) {
  if (half_block) return output_of_rows<Avx2, 1, 1>(tile, columns, std::make_integer_sequence<int, 12>());
  if (rows == 4) return output_of_rows<Avx2, 4, 2>(tile, columns, std::make_integer_sequence<int, 1>());
  if (rows == 2) return output_of_rows<Avx2, 2, 2>(tile, columns, std::make_integer_sequence<int, 3>());
  output_of_rows<Avx2, 1, 2>(tile, columns, std::make_integer_sequence<int, 6>());
}

void weights(const WeightTile& tile, int columns, int) {
  if (columns == 3) return weight_tile<Avx2, 3, 2>(tile);
  if (columns == 2) return weight_tile<Avx2, 2, 2>(tile);
  weight_tile<Avx2, 1, 4>(tile);
}

constexpr DirectKernels kKernels = {false,
                                    Avx2::kVoxel,
                                    16,
                                    6,
                                    12,
                                    4,
                                    2,
                                    4,
                                    &output,
                                    &weights,
                                    &transpose<Avx2>,
                                    &transform_input<Avx2>,
                                    &transform_gradient<Avx2>,
                                    &transform_output<Avx2>};

}  // namespace

const DirectKernels* direct_kernels_avx2() { return &kKernels; }

}  // namespace coopseg::network

#else

namespace coopseg::network {
const DirectKernels* direct_kernels_avx2() { return nullptr; }
}  // namespace coopseg::network

#endif
