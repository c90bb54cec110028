// In which numbers the network's activations are held between its layers.
#pragma once

#include <string>

#include "coopseg/request/execution.h"

namespace coopseg::network {

// Weights, batch statistics, codes, logits and reconstructions are float32 in both, fp32 and bf16. The latter is
// bfloat16, with eight bits of mantissa; its errors are those of rounding, which grow from layer to layer.
using request::Precision;

// For a device of choose_device(). automatic takes bf16 where it is fast and says what it took:
// on GPUs from compute capability 8 on, on processors with AMX, and on AMD's with AVX512_BF16 (Intel's without AMX are
// slower in bf16). The choice depends on the machine alone, never on a measurement.
// Throws core::UsageError for bf16 on a processor without AVX-512.
Precision choose_precision(Precision wish, const std::string& device);

}  // namespace coopseg::network
