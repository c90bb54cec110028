// What one artefact costs on a usual stack, 10 slices of 192 x 192 pixels, and the paper's chain around it, by threads.
#include <benchmark/benchmark.h>

#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/core/threads.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

image::Image stack() {
  image::Grid grid;
  grid.size = {192, 192, 10};
  image::Image image(grid);
  core::RandomStream random(0, {"bench"});
  for (float& v : image.voxels) v = static_cast<float>(random.uniform());
  return image;
}

// Eight draws with the paper's ranges: how much of a moved stack is left to interpolate differs widely.
std::vector<Artefact> draws(const char* name) {
  core::RandomStream random(0, {"bench", name});
  std::vector<Artefact> out;
  for (int i = 0; i < 8; ++i) out.push_back(sample(default_ranges(name, Dialect::paper), Dialect::paper, 10, random));
  return out;
}

void artefact_alone(benchmark::State& state, const char* name) {
  const core::ThreadLimit limit(static_cast<int>(state.range(0)));
  const image::Image image = stack();
  const auto drawn = draws(name);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(apply(image, drawn[i++ % drawn.size()]));
  state.SetBytesProcessed(static_cast<std::int64_t>(i * image.voxels.size() * 2 * sizeof(float)));
}

void paper_chain(benchmark::State& state, const char* name) {
  const core::ThreadLimit limit(static_cast<int>(state.range(0)));
  const image::Image image = stack();
  const auto drawn = draws(name);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(corrupt(image, {drawn[i++ % drawn.size()]}));
}

// Small movements, most of the stack in view: the dearest case of motion.
void motion_in_view(benchmark::State& state) {
  const core::ThreadLimit limit(static_cast<int>(state.range(0)));
  const image::Image image = stack();
  Motion m;
  m.degrees = {{0.5, -0.5, 2}, {-0.5, 0.5, -2}};
  m.translation = {{0.3, 1, -2}, {-0.2, -2, 1}};
  m.times = {0.3, 0.7};
  for (auto _ : state) benchmark::DoNotOptimize(apply_motion(image, m, Dialect::paper));
}

// The least any artefact could cost: the voxels read and written once.
void copied(benchmark::State& state) {
  const image::Image image = stack();
  for (auto _ : state) {
    image::Image copy = image;
    benchmark::DoNotOptimize(copy.voxels.data());
  }
}

#define BOTH ->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()
BENCHMARK_CAPTURE(artefact_alone, bias_field, "bias_field") BOTH;
BENCHMARK_CAPTURE(artefact_alone, ghosting, "ghosting") BOTH;
BENCHMARK_CAPTURE(artefact_alone, spike, "spike") BOTH;
BENCHMARK_CAPTURE(artefact_alone, motion, "motion") BOTH;
BENCHMARK(motion_in_view) BOTH;
BENCHMARK_CAPTURE(paper_chain, ghosting, "ghosting") BOTH;
BENCHMARK(copied)->Unit(benchmark::kMillisecond);

}  // namespace
