// 16 x 16 numbers by AVX-512, rows to columns. A copy for each file that includes it, which has its own instruction set.
// Private to this folder.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace coopseg::network {
namespace {

// Pairs of rows, pairs of those, quarters, quarters of those.
inline void transpose_16(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
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

}  // namespace
}  // namespace coopseg::network
