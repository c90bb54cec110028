#include "coopseg/network/precision.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/network/gpu_driver.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

struct Processor {
  bool amd = false, avx512 = false, avx512_bf16 = false, amx_bf16 = false;
};

Processor processor() {
  Processor found;
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(0, 0, &a, &b, &c, &d)) {
    char vendor[12];
    std::memcpy(vendor, &b, 4);
    std::memcpy(vendor + 4, &d, 4);
    std::memcpy(vendor + 8, &c, 4);
    found.amd = std::memcmp(vendor, "AuthenticAMD", 12) == 0;
  }
  // Intel's manual, CPUID leaf 7. Whether the system saves the registers is for
  // the compiler's function to know.
  found.avx512 =
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) found.amx_bf16 = (d >> 22) & 1;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) found.avx512_bf16 = found.avx512 && ((a >> 5) & 1);
#endif
  return found;
}

// Whether oneDNN agrees: ONEDNN_MAX_CPU_ISA can keep it from instructions that the processor has, and then it has no
// bf16 convolution at all. One small one tells.
bool has_bf16_convolutions() {
  const at::NoGradGuard without_gradients;
  try {
    const at::Tensor ones = at::ones({1, 16, 8, 8}, at::kBFloat16);
    at::conv2d(ones, at::ones({16, 16, 3, 3}, at::kBFloat16));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool is_fast_on_gpu(const std::string& device) { return compute_capability(gpu_index(device)) >= 8; }

}  // namespace

Precision choose_precision(Precision wish, const std::string& device) {
  if (wish == Precision::fp32) return Precision::fp32;
  const bool on_processor = device == "cpu";
  Processor has = on_processor ? processor() : Processor{};
  const bool held_back = has.avx512 && !has_bf16_convolutions();
  if (held_back) has = {};
  const bool fast = on_processor ? has.amx_bf16 || (has.amd && has.avx512_bf16) : is_fast_on_gpu(device);
  if (wish == Precision::automatic) {
    core::info(fast ? "precision bf16, which is fast on this {}" : "precision fp32: this {} has no fast bf16",
               on_processor ? "processor" : "GPU");
    return fast ? Precision::bf16 : Precision::fp32;
  }
  if (on_processor && !has.avx512) {
    throw core::UsageError("--precision",
                           held_back ? "oneDNN computes no bf16 here: it is kept from AVX-512, by ONEDNN_MAX_CPU_ISA "
                                       "or DNNL_MAX_CPU_ISA perhaps"
                                     : "bf16 needs a processor with AVX-512, or a GPU",
                           "choose fp32");
  }
  if (!fast) core::warning("--precision bf16 is slower than fp32 on this {}", on_processor ? "processor" : "GPU");
  return Precision::bf16;
}

}  // namespace coopseg::network
