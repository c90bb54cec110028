// What one artefact costs on a usual stack, 10 slices of 192 x 192 pixels, by threads; the paper's chain around it, and
// the file that it ends in, by gzip level. tests/bench/corrupt_command.sh measures the whole command.
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/core/threads.h"
#include "coopseg/image/nifti.h"

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
  out.reserve(8);
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

// Writing is packing, reading back and unpacking to compare, and waiting for the disk.
void written(benchmark::State& state) {
  const core::ThreadLimit limit(1);
  const image::Image bad = corrupt(stack(), {draws("motion").front()});
  const auto file = std::filesystem::temp_directory_path() / "coopseg_artefact_bench.nii.gz";
  for (auto _ : state) image::write_image(file, bad, {core::Overwrite::yes, static_cast<int>(state.range(0))});
  state.counters["bytes"] = static_cast<double>(std::filesystem::file_size(file));
  std::filesystem::remove(file);
}

void physical(benchmark::State& state, const char* name) {
  const core::ThreadLimit limit(static_cast<int>(state.range(0)));
  const image::Image image = stack();
  core::RandomStream random(0, {"bench", name});
  const Artefact drawn = sample(default_ranges(name, Dialect::physical), Dialect::physical, 10, random);
  for (auto _ : state) benchmark::DoNotOptimize(apply(image, drawn));
}

#define BOTH ->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()
BENCHMARK_CAPTURE(artefact_alone, bias_field, "bias_field") BOTH;
BENCHMARK_CAPTURE(artefact_alone, ghosting, "ghosting") BOTH;
BENCHMARK_CAPTURE(artefact_alone, spike, "spike") BOTH;
BENCHMARK_CAPTURE(artefact_alone, motion, "motion") BOTH;
BENCHMARK(motion_in_view) BOTH;
BENCHMARK_CAPTURE(paper_chain, ghosting, "ghosting") BOTH;
BENCHMARK_CAPTURE(physical, bias_field, "bias_field") BOTH;
BENCHMARK_CAPTURE(physical, ghosting, "ghosting") BOTH;
BENCHMARK_CAPTURE(physical, spike, "spike") BOTH;
BENCHMARK_CAPTURE(physical, motion, "motion") BOTH;
BENCHMARK(written)->Arg(1)->Arg(6)->Arg(12)->Unit(benchmark::kMillisecond);
BENCHMARK(copied)->Unit(benchmark::kMillisecond);

}  // namespace
