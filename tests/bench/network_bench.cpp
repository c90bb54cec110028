// What users wait for: the FTN's training step (forward, backward, Adam) and its prediction, by image side, batch size
// and memory layout (0 channels-last, 1 contiguous). Times depend on the machine; compare rows of one run.
//
//   OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=SkylakeX network_bench --benchmark_filter=Step
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <torch/optim/adam.h>

#include <cstdlib>

#include "coopseg/network/device.h"
#include "coopseg/network/losses.h"
#include "coopseg/network/model.h"

namespace coopseg::network {
namespace {

constexpr int kClasses = 4;

int threads() {
  const char* variable = std::getenv("COOPSEG_THREADS");
  return variable ? std::max(1, std::atoi(variable)) : 2;
}

Model model(std::int64_t layout) {
  configure_threads(threads());
  Model made({"FCN_16_standard", kClasses, /*slow_thinking=*/false});
  made.use_layout(layout == 0 ? Layout::channels_last : Layout::contiguous);
  made.initialise(0);
  return made;
}

void train_step(benchmark::State& state) {
  Model network = model(state.range(2));
  const std::int64_t side = state.range(0), batch = state.range(1);
  const at::Tensor image = at::rand({batch, 1, side, side}), noise = at::randn_like(image);
  const at::Tensor labels = at::randint(kClasses, {batch, side, side}, at::kLong);
  std::vector<at::Tensor> parameters;
  for (auto& [name, tensor] : network.parameters()) parameters.push_back(tensor);
  torch::optim::Adam optimiser(parameters, torch::optim::AdamOptions(1e-4));
  const auto step = [&] {
    optimiser.zero_grad();
    const FtnOutput out = network.run_ftn(noisy_input(image, noise, 0.05), Mode::train, true);
    (cross_entropy(out.logits, labels) + 0.5 * reconstruction_loss(out.reconstruction, image)).backward();
    optimiser.step();
  };
  step();  // memory and kernels are prepared by the first
  for (auto _ : state) step();
  state.SetItemsProcessed(state.iterations() * batch);
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

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"side", "batch", "layout"})->ArgsProduct({{64, 192}, {4, 20}, {0, 1}});
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(train_step)->Name("TrainingStep")->Apply(sizes);
BENCHMARK(predict)->Name("Predict")->Apply(sizes);
BENCHMARK(evaluate_unfolded)->Name("EvaluateUnfolded")->Apply(sizes);

}  // namespace
}  // namespace coopseg::network
