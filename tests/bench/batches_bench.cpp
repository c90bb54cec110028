// What training waits for beside the network: batches of 20 slices of 192 x 192 pixels (10 augmented, 10 as they are).
#include <benchmark/benchmark.h>

#include <cmath>

#include "coopseg/dataset/augmentation_steps.h"
#include "coopseg/dataset/batches.h"

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

}  // namespace
