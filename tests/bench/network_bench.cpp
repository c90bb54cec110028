// The FTN's prediction, by image side, batch size and memory layout (0 channels-last, 1 contiguous). Times depend on
// the machine; compare rows of one run.
//
//   OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=SkylakeX network_bench --benchmark_filter=Predict
#include <benchmark/benchmark.h>

#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/network/vnet.h"
#include "measured.h"

namespace coopseg::network {
namespace {

using bench::kClasses;

Model model(std::int64_t layout) {
  configure_threads(bench::threads());
  Model made({model::NetworkType::fcn_16, kClasses, /*slow_thinking=*/false});
  made.use_order(layout == 0 ? MemoryOrder::channels_last : MemoryOrder::contiguous);
  made.initialise(0);
  return made;
}

void predict(benchmark::State& state) {
  Model network = model(state.range(2));
  const at::Tensor image = at::rand({state.range(1), 1, state.range(0), state.range(0)});
  network.predict(image, 0);
  for (auto _ : state) benchmark::DoNotOptimize(network.predict(image, 0).data_ptr());
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

void evaluate_unfolded(benchmark::State& state) {
  Model network = model(state.range(2));
  const at::NoGradGuard without_gradients;
  const at::Tensor image = at::rand({state.range(1), 1, state.range(0), state.range(0)});
  network.run_ftn(image, Mode::eval, false);
  for (auto _ : state) benchmark::DoNotOptimize(network.run_ftn(image, Mode::eval, false).logits.data_ptr());
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

// A volume of 10 slices as cs-predict has it: the FTN alone or with one correction by the STN.
void predict_volume(benchmark::State& state, Precision precision) {
  configure_threads(bench::threads());
  const int stn_steps = static_cast<int>(state.range(0));
  Model network({model::NetworkType::fcn_16, kClasses, stn_steps > 0});
  network.initialise(0);
  network.use_precision(precision);
  const at::Tensor image = at::rand({10, 1, 192, 192});
  network.predict(image, stn_steps);
  for (auto _ : state) benchmark::DoNotOptimize(network.predict(image, stn_steps).data_ptr());
}
BENCHMARK_CAPTURE(predict_volume, fp32, Precision::fp32)->ArgName("stn")->Arg(0)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(predict_volume, bf16, Precision::bf16)->ArgName("stn")->Arg(0)->Arg(1)->UseRealTime();

// A window of a volume by the V-Net, alone and four at a time.
void predict_window(benchmark::State& state, Precision precision) {
  configure_threads(bench::threads());
  VNet net({1, 16, 2, 0, model::Norm::batch});
  net.weights().initialise(0);
  net.use_precision(precision);
  const at::Tensor image = at::rand({state.range(0), 1, 112, 112, 80});
  for (auto _ : state) benchmark::DoNotOptimize(net.predict(image).logits.data_ptr());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(predict_window, fp32, Precision::fp32)->ArgName("windows")->Arg(1)->Arg(4)->UseRealTime();
BENCHMARK_CAPTURE(predict_window, bf16, Precision::bf16)->ArgName("windows")->Arg(1)->Arg(4)->UseRealTime();

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"side", "batch", "layout"})->ArgsProduct({{64, 192}, {4, 20}, {0, 1}});
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(predict)->Name("Predict")->Apply(sizes);
BENCHMARK(evaluate_unfolded)->Name("EvaluateUnfolded")->Apply(sizes);

}  // namespace
}  // namespace coopseg::network
