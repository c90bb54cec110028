// What training waits for beside the network: batches of 20 slices of 192 x 192 pixels (10 augmented, 10 as they are),
// and patches of volumes.
#include <benchmark/benchmark.h>

#include <cmath>

#include "coopseg/dataset/augmentation_steps.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/dataset/patches.h"

namespace {

using namespace coopseg;
using namespace coopseg::dataset;

Slice heart(std::size_t rows, std::size_t columns, std::uint64_t index) {
  core::RandomStream random(0, {"bench"}, {index});
  Slice s{ImagePlane(rows, columns), LabelPlane(rows, columns)};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const double y = static_cast<double>(r) - static_cast<double>(rows) / 2;
      const double x = static_cast<double>(c) - static_cast<double>(columns) / 2;
      s.image.at(r, c) = static_cast<float>(random.uniform());
      s.label.at(r, c) = std::hypot(y, x) < 15 ? 1 : std::hypot(y, x) < 22 ? 2 : std::hypot(y, x + 35) < 18 ? 3 : 0;
    }
  return s;
}

TrainingSet hearts() {
  TrainingSet set;
  set.classes = {{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  set.sources.push_back({"bench", "", 0, 40, {}});
  for (std::uint64_t i = 0; i < 40; ++i) set.slices.push_back(heart(200, 230, i));
  return set;
}

void batch_of_20(benchmark::State& state) {
  const TrainingSet set = hearts();
  BatchOptions options;
  options.threads = static_cast<int>(state.range(0));
  const SliceBatches source(set, AugmentationPolicy{}, options);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(source.make(i / source.batches_per_epoch(), i % source.batches_per_epoch()));
    ++i;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(i) * 20);
}
BENCHMARK(batch_of_20)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

// One augmented slice, without (0) and with (1) the elastic step.
void augmented_slice(benchmark::State& state) {
  const AugmentationPolicy policy;
  const Slice slice = heart(200, 230, 0);
  core::RandomStream random(0, {"bench"});
  AugmentationDraw draw = draw_augmentation(policy, random);
  draw.elastic = state.range(0) == 1;
  for (auto _ : state) benchmark::DoNotOptimize(augment(slice, policy, draw, random));
}
BENCHMARK(augmented_slice)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void displacement(benchmark::State& state) {
  core::RandomStream random(0, {"bench"});
  const Field rows = uniform_field(224, 224, random), columns = uniform_field(224, 224, random);
  const double sigma = static_cast<double>(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(elastic_displacement(rows, columns, 400, sigma, centre_rounded_up(224, 224, 192)));
}
BENCHMARK(displacement)->Arg(17)->Arg(34)->Unit(benchmark::kMillisecond);

void deformation(benchmark::State& state) {
  core::RandomStream random(0, {"bench"});
  const Slice slice = pad_to(heart(200, 230, 0), 224);
  const Rectangle window = centre_rounded_up(slice.image.rows, slice.image.columns, 192);
  const Displacement shift =
      elastic_displacement(uniform_field(224, 230, random), uniform_field(224, 230, random), 400, 25, window);
  for (auto _ : state) benchmark::DoNotOptimize(deform(slice, shift, window));
}
BENCHMARK(deformation)->Unit(benchmark::kMillisecond);

void input_noise(benchmark::State& state) {
  core::RandomStream random(0, {"bench"});
  std::vector<float> noise(192 * 192);
  for (auto _ : state) {
    for (float& v : noise) v = static_cast<float>(random.normal());
    benchmark::DoNotOptimize(noise.data());
  }
}
BENCHMARK(input_noise)->Unit(benchmark::kMillisecond);

TrainingVolume volume(std::array<std::size_t, 3> size) {
  core::RandomStream random(0, {"bench volume"});
  TrainingVolume v;
  v.grid.size = size;
  v.voxels.resize(v.grid.voxels());
  for (float& x : v.voxels) x = static_cast<float>(random.normal());
  v.labels.resize(v.grid.voxels(), 1);
  return v;
}

// One labelled patch of 32 x 48 x 32 (0) or 112 x 112 x 80 (1) voxels: a copy, a turned and flipped copy, rotated and
// scaled, all of that and deformed, and with gamma, contrast and brightness as well.
void patch(benchmark::State& state) {
  const bool large = state.range(0) == 1;
  const TrainingVolume v = volume(large ? PatchSize{180, 140, 88} : PatchSize{37, 52, 36});
  const PatchSize size = large ? PatchSize{112, 112, 80} : PatchSize{32, 48, 32};
  const VolumeStatistics statistics = statistics_of(v);
  core::RandomStream random(0, {"bench"});
  PatchDraw draw = draw_patch(PatchAugmentation::named("mild"), random);
  draw.quarter_turns = state.range(1) == 1 ? 1 : 0;
  draw.flip = {state.range(1) == 1, false, false};
  draw.rotation = draw.scaling = state.range(1) >= 2;
  draw.elastic = state.range(1) >= 3;
  draw.gamma = draw.contrast = draw.brightness = state.range(1) >= 4;
  std::vector<float> image(size[0] * size[1] * size[2]);
  std::vector<std::int64_t> labels(image.size());
  for (auto _ : state) {
    cut_patch(v, statistics, PatchFlip::independent, draw, random, size, {image.data(), labels.data()});
    benchmark::DoNotOptimize(image.data());
  }
}
BENCHMARK(patch)->ArgsProduct({{0, 1}, {0, 1, 2, 3, 4}})->Unit(benchmark::kMillisecond);

// Two labelled and two unlabelled patches of 32 x 48 x 32 voxels, without and with two views' noise.
void batch_of_patches(benchmark::State& state) {
  VolumeSet set;
  for (int i = 0; i < 4; ++i) set.volumes.push_back(volume({37, 52, 36}));
  PatchOptions options;
  options.patch = {32, 48, 32};
  options.unlabelled = 2;
  options.noise_views = static_cast<std::size_t>(state.range(0));
  const PatchBatches source(set, &set, PatchAugmentation::named("mild"), options);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(source.make(i++, 0));
}
BENCHMARK(batch_of_patches)->Arg(0)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
