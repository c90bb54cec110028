// Files of 10 slices of 256 x 256 pixels: images as float32, label maps as uint8, packed (.nii.gz) or not (.nii).
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>

#include "coopseg/core/random.h"
#include "coopseg/image/nifti.h"

namespace {

using namespace coopseg;
namespace fs = std::filesystem;

image::Grid grid() {
  image::Grid grid;
  grid.size = {256, 256, 10};
  grid.spacing_mm = {1.4, 1.4, 10};
  return grid;
}

// Bright tissue with noise on dark air, in whole numbers as scanners give them.
image::Image heart_image() {
  image::Image image(grid());
  core::RandomStream random(0, {"bench"});
  for (std::size_t p = 0; p < image.voxels.size(); ++p) {
    const double x = static_cast<double>(p % 256) - 128, y = static_cast<double>(p / 256 % 256) - 128;
    const double tissue = std::hypot(x, y) < 100 ? 300 : 20;
    image.voxels[p] = static_cast<float>(std::floor(tissue * (0.8 + 0.4 * random.uniform())));
  }
  return image;
}

image::LabelMap heart_labels() {
  image::LabelMap map(grid());
  for (std::size_t p = 0; p < map.voxels.size(); ++p) {
    const double x = static_cast<double>(p % 256) - 128, y = static_cast<double>(p / 256 % 256) - 128;
    const double r = std::hypot(x, y);
    map.voxels[p] = r < 18 ? 1 : r < 25 ? 2 : std::hypot(x + 45, y) < 22 ? 3 : 0;
  }
  return map;
}

image::WriteOptions replacing(int compression) {
  image::WriteOptions options;
  options.overwrite = core::Overwrite::yes;
  options.compression = compression;
  return options;
}

fs::path scratch(const char* ending) { return fs::temp_directory_path() / (std::string("nifti_bench") + ending); }

void read_image(benchmark::State& state, const char* ending) {
  const fs::path file = scratch(ending);
  image::write_image(file, heart_image(), replacing(6));
  for (auto _ : state) benchmark::DoNotOptimize(image::read_image(file));
  fs::remove(file);
}
BENCHMARK_CAPTURE(read_image, packed, ".nii.gz")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_image, plain, ".nii")->Unit(benchmark::kMillisecond);

void read_labels(benchmark::State& state, const char* ending) {
  const fs::path file = scratch(ending);
  image::write_labels(file, heart_labels(), replacing(6));
  for (auto _ : state) benchmark::DoNotOptimize(image::read_labels(file));
  fs::remove(file);
}
BENCHMARK_CAPTURE(read_labels, packed, ".nii.gz")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_labels, plain, ".nii")->Unit(benchmark::kMillisecond);

// What cs-check does to every file.
void inspect(benchmark::State& state) {
  const fs::path file = scratch(".nii.gz");
  image::write_image(file, heart_image(), replacing(6));
  for (auto _ : state) benchmark::DoNotOptimize(image::inspect_nifti(file));
  fs::remove(file);
}
BENCHMARK(inspect)->Unit(benchmark::kMillisecond);

// At libdeflate's levels; 6 is what programs use. Reading back what was written is part of it.
void write_image(benchmark::State& state) {
  const fs::path file = scratch(".nii.gz");
  const image::Image image = heart_image();
  const auto options = replacing(static_cast<int>(state.range(0)));
  for (auto _ : state) image::write_image(file, image, options);
  state.counters["bytes"] = static_cast<double>(fs::file_size(file));
  fs::remove(file);
}
BENCHMARK(write_image)->Arg(1)->Arg(6)->Arg(9)->Unit(benchmark::kMillisecond);

void write_labels(benchmark::State& state) {
  const fs::path file = scratch(".nii.gz");
  const image::LabelMap labels = heart_labels();
  for (auto _ : state) image::write_labels(file, labels, replacing(6));
  fs::remove(file);
}
BENCHMARK(write_labels)->Unit(benchmark::kMillisecond);

}  // namespace
