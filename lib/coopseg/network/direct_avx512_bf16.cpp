// Compiled for AVX-512 with bfloat16.
#include "coopseg/network/direct_kernels.h"

namespace coopseg::network {
const DirectKernels* direct_kernels_avx512_bf16() { return nullptr; }
}  // namespace coopseg::network
