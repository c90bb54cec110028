// What users wait for: a training step (forward, backward, Adam) of the fast-thinking network alone, of both networks,
// and with each method's hard examples and losses, by image side and batch size; and the loss of local contrast, whose
// time grows with the square of its tiles. Times depend on the machine: compare rows of one run, or files of several
// with compare.
//
//   OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=SkylakeX training_bench --benchmark_filter=192/batch:20
#include <benchmark/benchmark.h>

#include "coopseg/training/losses/local_contrast.h"
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

// Supervised local contrast and its gradient, of eight views at the published width, a tenth of which is two classes.
void local_contrast(benchmark::State& state) {
  coopseg::network::configure_threads(coopseg::bench::threads());
  const std::int64_t side = state.range(0);
  const at::Tensor features = at::randn({8, 128, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
  features.set_requires_grad(true);
  const at::Tensor across = at::arange(side).view({1, side, 1}), down = across.transpose(1, 2);
  const at::Tensor inside = (across * 3 < side).logical_and(down * 3 < side).to(at::kLong);
  const at::Tensor labels = (inside + inside * (across * 6 < side)).expand({8, side, side}).contiguous();
  coopseg::training::LocalContrast how;
  how.stride = static_cast<std::size_t>(state.range(1));
  how.block = static_cast<std::size_t>(state.range(2));
  for (auto _ : state) {
    features.mutable_grad().reset();
    coopseg::training::supervised_local_contrast(features, labels, how).loss.backward();
  }
  state.SetItemsProcessed(state.iterations() * 8);
}
BENCHMARK(local_contrast)
    ->ArgNames({"side", "stride", "block"})
    ->Args({64, 4, 0})
    ->Args({160, 4, 0})
    ->Args({64, 1, 16})
    ->Args({160, 1, 16})
    ->Args({160, 1, 32})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
