// What users wait for: a training step (forward, backward, Adam) of the fast-thinking network alone, of both networks,
// and with each method's hard examples and losses, by image side and batch size. Times depend on the machine: compare
// rows of one run, or files of several with compare.
//
//   OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=SkylakeX training_bench --benchmark_filter=192/batch:20
#include <benchmark/benchmark.h>

#include "training_step.h"

namespace {

using coopseg::network::Precision;

void step(benchmark::State& state, const char* method, Precision precision = Precision::fp32) {
  coopseg::bench::TrainingStep train(method, state.range(0), state.range(1), precision);
  train();  // memory and kernels are prepared by the first
  for (auto _ : state) train();
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

BENCHMARK_CAPTURE(step, ftn, "ftn")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, standard, "standard")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, cooperative, "cooperative")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, standard_bf16, "standard", Precision::bf16)->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, cooperative_bf16, "cooperative", Precision::bf16)->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, rand_mwm, "rand-mwm")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, rand_conv, "rand-conv")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, adv_noise, "adv-noise")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, adv_bias, "adv-bias")->Apply(coopseg::bench::training_sizes);

}  // namespace
