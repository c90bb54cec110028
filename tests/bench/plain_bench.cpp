// The training step of the same networks written with LibTorch's own layers, the way that the reference implementation
// does it: what training_bench is measured against (compare prints both side by side). LibTorch is left as it is but
// for the number of threads.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "plain_step.h"

namespace {

void step(benchmark::State& state, const char* method) {
  at::set_num_threads(coopseg::bench::threads());
  coopseg::bench::PlainStep train(method, state.range(0), state.range(1));
  train();  // memory and kernels are prepared by the first
  for (auto _ : state) train();
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

BENCHMARK_CAPTURE(step, standard, "standard")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, cooperative, "cooperative")->Apply(coopseg::bench::training_sizes);

}  // namespace
