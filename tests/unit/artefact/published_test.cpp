// Images made by TorchIO 0.18.40 and 0.16.22 and by the script behind ACDC-C, from the same parameters.
#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "coopseg/core/json.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;
namespace fs = std::filesystem;

image::Image read(const fs::path& file) {
  image::ReadOptions options;
  options.quiet = true;
  return image::read_image(file, options);
}

double difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    most = std::max(most, std::abs(double{found[i]} - double{expected[i]}));
  return most;
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float v : values) most = std::max(most, std::abs(double{v}));
  return most;
}

// Relative to the largest output, for double arithmetic.
double tolerance(const Artefact& a) {
  const double by_kind[] = {5e-7, 2e-7, 2e-7, 1e-6};
  return by_kind[a.parameters.index()];
}

void compare_folder(const fs::path& folder, int& cases) {
  const core::Json json = core::read_json(folder / "params.json");
  if (json["artefact"] == "paper_chain") return;
  SCOPED_TRACE(folder.filename().string());
  const Artefact a = artefact_from_json(json, "params.json");
  const image::Image input = read(folder / "input.nii.gz"), expected = read(folder / "output.nii.gz");
  const auto geometry = json.contains("affine_ras") ? MotionGeometry::header : MotionGeometry::voxels;
  const auto* motion = std::get_if<Motion>(&a.parameters);
  const image::Image found = motion ? apply_motion(input, *motion, a.dialect, geometry) : apply(input, a);
  const double error = difference(found.voxels, expected.voxels) / largest(expected.voxels);
  EXPECT_LE(error, tolerance(a));
  std::printf("  %-40s %.1e of %.0e\n", folder.filename().c_str(), error, tolerance(a));
  for (std::size_t i = 0; motion && i < motion->times.size(); ++i) {
    const fs::path file = folder / ("resampled_" + std::to_string(i + 1) + ".nii.gz");
    if (!fs::exists(file)) continue;
    const image::Image moved = move(input, motion->degrees[i], motion->translation[i], geometry);
    const image::Image other = read(file);
    EXPECT_LE(difference(moved.voxels, other.voxels), 1e-6 * largest(other.voxels)) << file;  // it may be all 0
  }
  ++cases;
}

TEST(Published, TorchIoOf2021IsMatched) {
  COOPSEG_NEEDS_GOLDEN(folder, "artefacts");
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder))
    if (fs::exists(entry.path() / "params.json")) compare_folder(entry.path(), cases);
  EXPECT_GT(cases, 0);
}

TEST(Published, TorchIoOf2020IsMatched) {
  COOPSEG_NEEDS_GOLDEN(folder, "artefacts/legacy_v0.16.22");
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) compare_folder(entry.path(), cases);
  EXPECT_GT(cases, 0);
}

TEST(Published, ChainOfTheScriptIsMatched) {
  COOPSEG_NEEDS_GOLDEN(folder, "artefacts");
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("paper_chain", 0) != 0) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const core::Json json = core::read_json(entry.path() / "params.json");
    const image::Image input = read(entry.path() / "input.nii.gz");
    image::Image window = cropped(input, 192, 192);
    normalise_slices(window);
    EXPECT_LE(difference(window.voxels, read(entry.path() / "preprocessed.nii.gz").voxels), 2e-6);
    for (const auto& result : json["results"].items()) {
      core::Json one;
      one["artefact"] = result.key() == "bias" ? "bias_field" : result.key();
      one["parameters"] = result.value()["parameters"];
      const image::Image expected = read(entry.path() / result.value()["output"].get<std::string>());
      const image::Image found = corrupt(input, {artefact_from_json(one, result.key())});
      ASSERT_EQ(found.grid.size, input.grid.size);
      // The script leaves the padding in; its larger half lies in front.
      const std::size_t pad = (expected.grid.size[1] - found.grid.size[1] + 1) / 2;
      double error = 0;
      for (std::size_t k = 0; k < found.grid.size[2]; ++k)
        for (std::size_t j = 0; j < found.grid.size[1]; ++j)
          for (std::size_t i = 0; i < found.grid.size[0]; ++i)
            error = std::max(error, std::abs(double{found.at(i, j, k)} - double{expected.at(i, j + pad, k)}));
      EXPECT_LE(error, 2e-6) << result.key();
      std::printf("  chain %-34s %.1e of 2e-06\n", result.key().c_str(), error);
      ++cases;
    }
  }
  EXPECT_GT(cases, 0);
}

}  // namespace
