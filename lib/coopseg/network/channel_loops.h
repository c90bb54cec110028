// Loops over channels-last memory, a tile of channels at a time, of the types that activations are stored in. Private to
// this folder; a file that has them is compiled with options of its own (CMakeLists.txt).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/BFloat16.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

// One copy of the inner loops for each instruction set; sanitizers cannot run the code that chooses between them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define COOPSEG_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define COOPSEG_CLONES
#endif

#define COOPSEG_INLINE inline __attribute__((always_inline))  // into the copy for each instruction set

namespace coopseg::network {

inline at::MemoryFormat last_of(const at::Tensor& x) {
  return x.dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
}

inline constexpr std::int64_t kBlockRows = 512;  // pixels of a partial sum: fixed, so that threads do not change results
inline constexpr int kTile = 16;                 // channels held in registers; all layers have a multiple of it

// Calls work(first channel, width) for each register tile of the channels; the width is a constant but for the last.
template <class Work>
COOPSEG_INLINE void each_tile(std::int64_t channels, const Work& work) {
  std::int64_t first = 0;
  for (; first + kTile <= channels; first += kTile) work(first, std::integral_constant<int, kTile>());
  if (first < channels) work(first, static_cast<int>(channels - first));
}

// What the loops compute with: double for double, else float.
template <class Stored>
using Computed = std::conditional_t<std::is_same_v<Stored, double>, double, float>;

COOPSEG_INLINE float loaded(float value) { return value; }
COOPSEG_INLINE double loaded(double value) { return value; }
COOPSEG_INLINE float loaded(c10::BFloat16 value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value.x) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

COOPSEG_INLINE void store(float& to, float value) { to = value; }
COOPSEG_INLINE void store(double& to, double value) { to = value; }
// To the nearest, of two the even one. The quiet NaN that processors make stays one.
COOPSEG_INLINE void store(c10::BFloat16& to, float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  to.x = static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// work(a value of the type that tensors are stored in)
template <class Work>
auto for_type(at::ScalarType type, const Work& work) {
  if (type == at::kDouble) return work(double{});
  if (type == at::kBFloat16) return work(c10::BFloat16{});
  return work(float{});
}

}  // namespace coopseg::network
