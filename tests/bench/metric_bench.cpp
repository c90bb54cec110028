// Scores of one case: 10 slices of 256 x 256 pixels with LV, MYO and RV, 1.4 x 1.4 x 10 mm, beside the time of reading.
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>

#include "coopseg/image/distance_map.h"
#include "coopseg/image/distance_transform.h"
#include "coopseg/image/nifti.h"
#include "coopseg/metric/case_score.h"

namespace {

using namespace coopseg;
using namespace coopseg::metric;

// A ring about a disc and a disc beside them, `shift` pixels to the right, narrower from slice to slice.
image::LabelMap heart(double shift) {
  image::Grid grid;
  grid.size = {256, 256, 10};
  grid.spacing_mm = {1.4, 1.4, 10};
  image::LabelMap map(grid);
  for (std::size_t k = 0; k < 10; ++k)
    for (std::size_t j = 0; j < 256; ++j)
      for (std::size_t i = 0; i < 256; ++i) {
        const double x = static_cast<double>(i) - 128 - shift, y = static_cast<double>(j) - 128;
        const double scale = 1 - 0.05 * static_cast<double>(k), r = std::hypot(x, y);
        map.at(i, j, k) = r < 18 * scale ? 1 : r < 25 * scale ? 2 : std::hypot(x + 45, y) < 22 * scale ? 3 : 0;
      }
  return map;
}

const std::vector<ClassPair> kClasses = {{"LV", 1, 1}, {"MYO", 2, 2}, {"RV", 3, 3}};

void score_case(benchmark::State& state, const Definition& definition, const std::vector<Metric>& wanted) {
  const image::LabelMap reference = heart(0), prediction = heart(1.5);
  for (auto _ : state) benchmark::DoNotOptimize(score_classes(reference, prediction, kClasses, definition, wanted));
}

void overlap(benchmark::State& state) {
  score_case(state, {}, {Metric::dice, Metric::jaccard, Metric::sensitivity, Metric::precision});
}
BENCHMARK(overlap)->Unit(benchmark::kMillisecond);

void hd95_and_assd(benchmark::State& state) { score_case(state, {}, {Metric::hd95, Metric::assd}); }
BENCHMARK(hd95_and_assd)->Unit(benchmark::kMillisecond);

void all_metrics_as(benchmark::State& state) {
  const Definition definition = Definition::of(static_cast<Tool>(state.range(0)));
  state.SetLabel(definition.name());
  score_case(state, definition, definition.metrics());
}
BENCHMARK(all_metrics_as)->DenseRange(0, static_cast<int>(Tool::itk))->Unit(benchmark::kMillisecond);

void hd95_and_assd_per_slice(benchmark::State& state) {
  const image::LabelMap reference = heart(0), prediction = heart(1.5);
  for (auto _ : state)
    for (std::size_t k = 0; k < 10; ++k)
      benchmark::DoNotOptimize(
          score_classes(reference, prediction, kClasses, {}, {Metric::hd95, Metric::assd}, k));
}
BENCHMARK(hd95_and_assd_per_slice)->Unit(benchmark::kMillisecond);

// Voxels of every class in the image's corners: surfaces and distances are of the whole image.
void hd95_and_assd_with_strays(benchmark::State& state) {
  const image::LabelMap reference = heart(0);
  image::LabelMap prediction = heart(1.5);
  for (int c = 1; c <= 3; ++c) {
    prediction.at(static_cast<std::size_t>(c), 0, 0) = c;
    prediction.at(255 - static_cast<std::size_t>(c), 255, 9) = c;
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(score_classes(reference, prediction, kClasses, {}, {Metric::hd95, Metric::assd}));
}
BENCHMARK(hd95_and_assd_with_strays)->Unit(benchmark::kMillisecond);

// Of a whole image: what a structure costs that spreads over all of it.
void distance_transform_of_the_image(benchmark::State& state) {
  const image::LabelMap map = heart(0);
  std::vector<std::uint8_t> sources(map.voxels.size());
  for (std::size_t p = 0; p < sources.size(); ++p) sources[p] = map.voxels[p] == 2;
  for (auto _ : state)
    benchmark::DoNotOptimize(image::squared_distance_transform(map.grid.size, map.grid.spacing_mm, sources));
}
BENCHMARK(distance_transform_of_the_image)->Unit(benchmark::kMillisecond);

// Of one class of a patch that a three-dimensional training draws, with an object in a tenth of it.
void distance_map_of_a_patch(benchmark::State& state) {
  const std::array<std::size_t, 3> size{112, 112, 80};
  std::vector<std::uint8_t> labels(size[0] * size[1] * size[2]);
  for (std::size_t p = 0; p < labels.size(); ++p) {
    const double i = static_cast<double>(p % 112), j = static_cast<double>(p / 112 % 112);
    const double k = static_cast<double>(p / 112 / 112);
    labels[p] = std::hypot((i - 60) / 33, (j - 50) / 30, (k - 42) / 24) < 1;
  }
  std::vector<float> map(labels.size());
  for (auto _ : state) {
    image::signed_distance_map(labels.data(), size, {1, 1, 1}, 1, image::DistanceScale::crop, map.data());
    benchmark::DoNotOptimize(map.data());
  }
}
BENCHMARK(distance_map_of_a_patch)->Unit(benchmark::kMillisecond);

// What cs-dice does with a case, from file to scores; reading alone is nifti_bench's read_labels.
void files_to_hd95_and_assd(benchmark::State& state) {
  const auto folder = std::filesystem::temp_directory_path();
  const auto reference = folder / "metric_bench_reference.nii.gz";
  const auto prediction = folder / "metric_bench_prediction.nii.gz";
  image::WriteOptions replace;
  replace.overwrite = core::Overwrite::yes;
  image::write_labels(reference, heart(0), replace);
  image::write_labels(prediction, heart(1.5), replace);
  ScoreOptions options;
  options.metrics = {Metric::hd95, Metric::assd};
  for (auto _ : state) benchmark::DoNotOptimize(score_pair(reference, prediction, options));
  std::filesystem::remove(reference);
  std::filesystem::remove(prediction);
}
BENCHMARK(files_to_hd95_and_assd)->Unit(benchmark::kMillisecond);

}  // namespace
