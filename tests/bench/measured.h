// What the programs that measure have in common.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>

namespace coopseg::bench {

constexpr int kClasses = 4;  // with background

inline int threads() {
  const char* variable = std::getenv("COOPSEG_THREADS");
  return variable ? std::max(1, std::atoi(variable)) : 2;
}

inline void training_sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"side", "batch"})->ArgsProduct({{64, 192}, {4, 20}});
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

}  // namespace coopseg::bench
