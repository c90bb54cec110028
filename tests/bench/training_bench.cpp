// What users wait for: a training step (forward, backward, Adam) of the fast-thinking network alone, of both networks,
// and with each method's hard examples and losses, by image side and batch size. Times depend on the machine; compare rows of one run.
//
//   OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=SkylakeX training_bench --benchmark_filter=192/batch:20
#include <benchmark/benchmark.h>

#include "training_step.h"

namespace {

void step(benchmark::State& state, const char* method) {
  coopseg::bench::TrainingStep train(method, state.range(0), state.range(1));
  train();  // memory and kernels are prepared by the first
  for (auto _ : state) train();
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"side", "batch"})->ArgsProduct({{64, 192}, {4, 20}});
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK_CAPTURE(step, ftn, "ftn")->Apply(sizes);
BENCHMARK_CAPTURE(step, standard, "standard")->Apply(sizes);
BENCHMARK_CAPTURE(step, cooperative, "cooperative")->Apply(sizes);
BENCHMARK_CAPTURE(step, rand_mwm, "rand-mwm")->Apply(sizes);
BENCHMARK_CAPTURE(step, rand_conv, "rand-conv")->Apply(sizes);
BENCHMARK_CAPTURE(step, adv_noise, "adv-noise")->Apply(sizes);
BENCHMARK_CAPTURE(step, adv_bias, "adv-bias")->Apply(sizes);

}  // namespace
