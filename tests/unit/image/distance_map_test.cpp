#include "coopseg/image/distance_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

using Size = std::array<std::size_t, 3>;
constexpr std::array<double, 3> kVoxels{1, 1, 1};

std::vector<float> floats(const core::StoredTensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// One class of one golden case. The tensors' last axis is the fastest one: seen from here, the axes are reversed.
struct GoldenClass {
  Size size;
  std::vector<std::uint8_t> labels;
  std::uint8_t index;
  std::vector<float> outside, inside, boundary, map;  // the first three are empty where a class may be absent
};

void expect_golden(const GoldenClass& golden, const core::Json& tolerance) {
  std::vector<std::uint8_t> object(golden.labels.size());
  for (std::size_t p = 0; p < object.size(); ++p) object[p] = golden.labels[p] == golden.index;
  const ObjectDistances parts = object_distances(golden.size, kVoxels, object);
  std::vector<float> map(object.size(), -7);
  signed_distance_map(golden.labels.data(), golden.size, kVoxels, golden.index, DistanceScale::crop, map.data());
  const double of_parts = tolerance.value("outside", 1e-5), of_map = tolerance.at("sdm").get<double>();
  for (std::size_t p = 0; p < object.size(); ++p) {
    ASSERT_NEAR(map[p], golden.map[p], of_map) << "voxel " << p;
    if (golden.outside.empty()) continue;
    ASSERT_NEAR(parts.outside[p], golden.outside[p], of_parts) << "voxel " << p;
    ASSERT_NEAR(parts.inside[p], golden.inside[p], of_parts) << "voxel " << p;
    ASSERT_EQ(parts.boundary[p], golden.boundary[p]) << "voxel " << p;
  }
}

void expect_golden_folder(const std::filesystem::path& folder) {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().string());
    ++cases;
    const core::Json how = core::read_json(entry.path());
    const core::TensorFile file = core::read_tensor_file(folder / how.at("tensor_files").at(0).get<std::string>());
    const auto tensor = [&](const char* name) { return floats(file.at(name, entry.path().string())); };
    const auto& shape = file.at("label", entry.path().string()).shape;
    GoldenClass golden;
    for (std::size_t a = 0; a < 3; ++a) golden.size[a] = static_cast<std::size_t>(shape.at(2 - a));
    for (const float label : tensor("label")) golden.labels.push_back(static_cast<std::uint8_t>(label));
    const std::size_t voxels = golden.labels.size();
    for (std::size_t k = 0; k < how.value("n_classes", std::size_t{1}); ++k) {
      const auto of_class = [&](const char* name) {
        if (file.tensors.count(name) == 0) return std::vector<float>();
        const auto all = tensor(name);
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(k * voxels);
        return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(voxels));
      };
      golden.index = static_cast<std::uint8_t>(k + 1);
      golden.outside = of_class("outside");
      golden.inside = of_class("inside");
      golden.boundary = of_class("boundary");
      golden.map = of_class("sdm");
      expect_golden(golden, how.at("tolerance"));
    }
  }
  EXPECT_GT(cases, 0u);
}

TEST(DistanceMap, AgreesWithTheGoldenMapsOfOneClass) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/sdm");
  expect_golden_folder(folder);
}

TEST(DistanceMap, AgreesWithTheGoldenMapsOfSeveralClasses) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/sdm");
  expect_golden_folder(folder);
}

// Classes 1 and 2 side by side along the first axis: 0 1 1 1 1 1 2.
LabelMap row_of_two() {
  Grid grid;
  grid.size = {7, 1, 1};
  grid.spacing_mm = {2.5, 1, 1};
  LabelMap labels(grid);
  labels.voxels = {0, 1, 1, 1, 1, 1, 2};
  return labels;
}

TEST(DistanceMap, IsInVoxelsOrMillimetresWithTheBoundaryAtZero) {
  const LabelMap labels = row_of_two();
  const auto map = [&](std::int32_t value, DistanceUnit unit, DistanceScale scale) {
    return signed_distance_map(labels, value, {unit, scale}).voxels;
  };
  using Values = std::vector<float>;
  EXPECT_EQ(map(1, DistanceUnit::voxel, DistanceScale::none), (Values{1, 0, -2, -3, -2, 0, 1}));
  EXPECT_EQ(map(1, DistanceUnit::mm, DistanceScale::none), (Values{2.5, 0, -5, -7.5, -5, 0, 2.5}));
  EXPECT_EQ(map(2, DistanceUnit::voxel, DistanceScale::none), (Values{6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(map(2, DistanceUnit::mm, DistanceScale::crop),
            (Values{1, 5 / 6.0f, 4 / 6.0f, 3 / 6.0f, 2 / 6.0f, 1 / 6.0f, 0}));
  EXPECT_EQ(map(1, DistanceUnit::mm, DistanceScale::crop), map(1, DistanceUnit::voxel, DistanceScale::crop));
}

TEST(DistanceMap, OfUnequalSpacingTakesTheNearestInMillimetres) {
  Grid grid;
  grid.size = {5, 1, 3};
  grid.spacing_mm = {1, 1, 10};
  LabelMap labels(grid);
  labels.at(0, 0, 0) = labels.at(4, 0, 1) = 1;
  const auto options = [](DistanceUnit unit) { return DistanceMapOptions{unit, DistanceScale::none}; };
  EXPECT_FLOAT_EQ(signed_distance_map(labels, 1, options(DistanceUnit::mm)).at(4, 0, 0), 4);
  EXPECT_FLOAT_EQ(signed_distance_map(labels, 1, options(DistanceUnit::voxel)).at(4, 0, 0), 1);
}

TEST(DistanceMap, OfNothingAndOfEverythingIsZero) {
  for (const std::int32_t value : {0, 1}) {
    LabelMap labels(row_of_two().grid, 1);
    for (const DistanceScale scale : {DistanceScale::crop, DistanceScale::none}) {
      const Image map = signed_distance_map(labels, value, {DistanceUnit::mm, scale});
      EXPECT_EQ(map.voxels, std::vector<float>(7, 0));
    }
  }
}

}  // namespace
}  // namespace coopseg::image
