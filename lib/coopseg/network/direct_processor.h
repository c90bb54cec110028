// Which of direct_kernels.h this processor has. Private to this folder.
#pragma once

#include <c10/core/ScalarType.h>

#include "coopseg/network/direct_kernels.h"

namespace coopseg::network::direct {

// Of float32 or bfloat16; null: none. ATEN_CPU_CAPABILITY, LibTorch's own variable, holds them back as it does
// LibTorch.
const DirectKernels* best_kernels(at::ScalarType type);

}  // namespace coopseg::network::direct
