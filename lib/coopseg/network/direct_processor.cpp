#include "coopseg/network/direct_processor.h"

#include <cstdlib>
#include <string>

namespace coopseg::network::direct {

const DirectKernels* best_kernels(at::ScalarType type) {
#if defined(__x86_64__)
  // LibTorch's own variable, so that one setting shows what another processor does.
  static const std::string kHeld = std::getenv("ATEN_CPU_CAPABILITY") ? std::getenv("ATEN_CPU_CAPABILITY") : "";
  static const bool kAvx2 =
      kHeld != "default" && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  static const bool kAvx512 = kAvx2 && kHeld != "avx2" && __builtin_cpu_supports("avx512f") != 0 &&
                              __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                              __builtin_cpu_supports("avx512dq") != 0;
  static const bool kBf16 = kAvx512 && __builtin_cpu_supports("avx512bf16") != 0;
  if (type == at::kFloat) return kAvx512 ? direct_kernels_avx512() : kAvx2 ? direct_kernels_avx2() : nullptr;
  if (type == at::kBFloat16) return kBf16 ? direct_kernels_avx512_bf16() : nullptr;
#endif
  static_cast<void>(type);
  return nullptr;
}

}  // namespace coopseg::network::direct
