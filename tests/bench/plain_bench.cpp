// The training step of the same networks written with LibTorch's own layers,
// the way that the reference implementation does it: what training_bench is
// measured against (compare prints both side by side). LibTorch is left as it
// is but for the number of threads.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "measured.h"
#include "plain_network.h"

namespace {

using coopseg::training::MaskDraw;

void step(benchmark::State& state, const char* method) {
  at::set_num_threads(coopseg::bench::threads());
  const std::int64_t side = state.range(0), batch = state.range(1);
  const bool cooperative = std::string(method) == "cooperative";
  coopseg::plain::Network network(coopseg::bench::kClasses);
  coopseg::plain::Step train(network, 1e-4);
  const at::Tensor clean = at::rand({batch, 1, side, side}), noise = at::randn_like(clean);
  const at::Tensor labels = at::randint(coopseg::bench::kClasses, {batch, side, side}, at::kLong);
  std::uint64_t iteration = 0;
  const auto take = [&] {
    if (!cooperative) return train.standard(clean, noise, labels);
    const auto draw = [&](const char* code) {
      coopseg::core::RandomStream stream(0, {"latent mask", code}, {iteration});
      return coopseg::training::draw_mask({}, {batch, 128, side / 16, side / 16}, stream);
    };
    const MaskDraw image = draw("image code"), shape = draw("shape code");
    ++iteration;
    return train.cooperative(clean, noise, labels, image, shape);
  };
  take();  // memory and kernels are prepared by the first
  for (auto _ : state) take();
  state.SetItemsProcessed(state.iterations() * batch);
}

BENCHMARK_CAPTURE(step, standard, "standard")->Apply(coopseg::bench::training_sizes);
BENCHMARK_CAPTURE(step, cooperative, "cooperative")->Apply(coopseg::bench::training_sizes);

}  // namespace
