// What this machine can do at most, as far as LibTorch reaches it: the network's most favourable convolution, and
// memory that is read and written once. Other times are to be seen beside these.
//
//   OMP_WAIT_POLICY=passive limits_bench
#include <benchmark/benchmark.h>

#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "measured.h"

namespace {

// 3 x 3 from `channels` to as many, over 20 images, `pixels` along each side, channels-last.
void convolution(benchmark::State& state, at::ScalarType type) {
  coopseg::network::configure_threads(coopseg::bench::threads());
  const at::NoGradGuard without_gradients;
  const std::int64_t images = 20, channels = state.range(0), side = state.range(1);
  const auto made = [type](at::IntArrayRef shape) {
    return at::rand(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const at::Tensor x = made({images, channels, side, side}), weight = made({channels, channels, 3, 3});
  at::conv2d(x, weight, {}, 1, 1);
  for (auto _ : state) benchmark::DoNotOptimize(at::conv2d(x, weight, {}, 1, 1).data_ptr());
  state.counters["FLOP/s"] = benchmark::Counter(static_cast<double>(2 * 9 * images * channels * channels * side * side),
                                                benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(convolution, fp32, at::kFloat)->ArgNames({"channels", "side"})->Args({128, 24})->Args({16, 192});
BENCHMARK_CAPTURE(convolution, bf16, at::kBFloat16)->ArgNames({"channels", "side"})->Args({128, 24})->Args({16, 192});

void copy(benchmark::State& state) {
  coopseg::network::configure_threads(coopseg::bench::threads());
  const at::Tensor from = at::rand({64 << 20}), to = at::zeros_like(from);
  for (auto _ : state) to.copy_(from);
  state.SetBytesProcessed(state.iterations() * 2 * from.nbytes());
}
BENCHMARK(copy)->UseRealTime();

}  // namespace
