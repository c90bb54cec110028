// Sliding windows: where they stand, how they are joined, and against golden/semi/sliding_window.
#include "coopseg/inference/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "support/support.h"

namespace coopseg::inference {
namespace {

using image::Image;

std::vector<float> floats(const core::TensorFile& file, const std::string& name) {
  const std::string& bytes = file.at(name, "golden").bytes;
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Image image_of(std::size_t x, std::size_t y, std::size_t z) {
  image::Grid grid;
  grid.size = {x, y, z};
  Image image(grid);
  for (std::size_t i = 0; i < image.voxels.size(); ++i)
    image.voxels[i] = static_cast<float>(test::formula_uniform(7, static_cast<std::uint32_t>(i)));
  return image;
}

// The windows as they are.
std::vector<float> same(const std::vector<float>& windows, std::size_t) { return windows; }

TEST(Windows, StandWhereThePublicCodePutsThem) {
  using Starts = std::vector<std::size_t>;
  EXPECT_EQ(window_starts(19, 8, 3), (Starts{0, 3, 6, 9, 11}));
  EXPECT_EQ(window_starts(14, 8, 3), (Starts{0, 3, 6}));
  EXPECT_EQ(window_starts(8, 8, 3), (Starts{0}));
  EXPECT_EQ(window_starts(5, 8, 3), (Starts{0}));
  EXPECT_EQ(window_starts(9, 8, 8), (Starts{0, 1}));
}

TEST(Windows, AgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/sliding_window");
  const core::Json about = core::read_json(folder / "case.json");
  const core::TensorFile file = core::read_tensor_file(folder / "case.safetensors");
  const auto shape = file.at("volume", "golden").shape;
  const auto x = static_cast<std::size_t>(shape[0]), y = static_cast<std::size_t>(shape[1]),
             z = static_cast<std::size_t>(shape[2]);
  const std::vector<float> volume = floats(file, "volume"), kernel = floats(file, "weight"),
                           bias = floats(file, "bias"), expected = floats(file, "probability"),
                           label = floats(file, "label");
  image::Grid grid;
  grid.size = {x, y, z};
  Image image(grid);
  const auto golden_index = [&](std::size_t i, std::size_t j, std::size_t k) { return (i * y + j) * z + k; };
  for (std::size_t k = 0; k < z; ++k)
    for (std::size_t j = 0; j < y; ++j)
      for (std::size_t i = 0; i < x; ++i) image.at(i, j, k) = volume[golden_index(i, j, k)];
  WindowPlan plan;
  plan.window = about["patch"].get<WindowSize>();
  plan.stride = about["stride"].get<WindowSize>();
  plan.batch_size = 7;
  for (std::size_t a = 0; a < 3; ++a)
    EXPECT_EQ(window_starts(grid.size[a], plan.window[a], plan.stride[a]), about["starts"][a]);
  EXPECT_EQ(count_windows(grid.size, plan), about["windows"]);

  const auto [wx, wy, wz] = plan.window;
  const auto network = [&, wx = wx, wy = wy, wz = wz](const std::vector<float>& windows, std::size_t count) {
    std::vector<float> out(windows.size());
    const std::size_t voxels = wx * wy * wz;
    for (std::size_t n = 0; n < count; ++n) {
      const auto value = [&](std::size_t i, std::size_t j, std::size_t k) {
        return i < wx && j < wy && k < wz ? windows[n * voxels + (k * wy + j) * wx + i] : 0.0f;  // wraps below 0
      };
      for (std::size_t k = 0; k < wz; ++k)
        for (std::size_t j = 0; j < wy; ++j)
          for (std::size_t i = 0; i < wx; ++i) {
            double sum = bias[0];
            for (std::size_t a = 0; a < 27; ++a)
              sum += kernel[a] * value(i + a / 9 - 1, j + a / 3 % 3 - 1, k + a % 3 - 1);
            out[n * voxels + (k * wy + j) * wx + i] = static_cast<float>(1 / (1 + std::exp(-sum)));
          }
    }
    return out;
  };
  const Image found = map_windows(image, plan, 1, network).front();
  const double tolerance = about["tolerance"]["probability"];
  for (std::size_t k = 0; k < z; ++k)
    for (std::size_t j = 0; j < y; ++j)
      for (std::size_t i = 0; i < x; ++i) {
        ASSERT_NEAR(found.at(i, j, k), expected[golden_index(i, j, k)], tolerance) << i << ' ' << j << ' ' << k;
        ASSERT_EQ(found.at(i, j, k) > 0.5f, label[golden_index(i, j, k)] > 0.5f);
      }
}

TEST(Windows, GiveBackWhatEachWindowSaysAlike) {
  const Image image = image_of(19, 6, 11);  // smaller than the window along y, by an odd number
  for (const Blend blend : {Blend::mean, Blend::gaussian}) {
    const WindowPlan plan{{8, 9, 4}, {5, 9, 3}, blend, model::Padding::minimum, 3};
    const Image found = map_windows(image, plan, 1, same).front();
    for (std::size_t i = 0; i < image.voxels.size(); ++i) ASSERT_NEAR(found.voxels[i], image.voxels[i], 1e-5) << i;
  }
}

TEST(Windows, CountMoreInTheirMiddleWithAGaussian) {
  const Image image = image_of(12, 8, 8);
  std::size_t window = 0;
  const auto network = [&](const std::vector<float>& windows, std::size_t) {
    return std::vector<float>(windows.size(), static_cast<float>(window++));
  };
  const Image found =
      map_windows(image, {{8, 8, 8}, {4, 8, 8}, Blend::gaussian, model::Padding::zero, 1}, 1, network).front();
  EXPECT_FLOAT_EQ(found.at(0, 0, 0), 0);
  EXPECT_FLOAT_EQ(found.at(11, 0, 0), 1);
  EXPECT_LT(found.at(4, 0, 0), 0.5f);
  EXPECT_GT(found.at(7, 0, 0), 0.5f);
  EXPECT_NEAR(found.at(4, 0, 0) + found.at(7, 0, 0), 1, 1e-6);
}

TEST(Windows, PadSymmetricallyWithWhatTheyAreTold) {
  Image image = image_of(3, 4, 5);
  for (float& voxel : image.voxels) voxel -= 2;
  const float least = *std::min_element(image.voxels.begin(), image.voxels.end());
  for (const auto padding : {model::Padding::zero, model::Padding::minimum}) {
    std::vector<float> seen;
    map_windows(image, {{6, 4, 8}, {6, 4, 8}, Blend::mean, padding, 1}, 1, [&](const auto& windows, std::size_t) {
      seen = windows;
      return windows;
    });
    const float outside = padding == model::Padding::zero ? 0 : least;
    ASSERT_EQ(seen.size(), 6u * 4 * 8);
    for (std::size_t z = 0; z < 8; ++z)
      for (std::size_t y = 0; y < 4; ++y)
        for (std::size_t x = 0; x < 6; ++x) {
          const bool inside = x >= 1 && x < 4 && z >= 1 && z < 6;
          ASSERT_EQ(seen[(z * 4 + y) * 6 + x], inside ? image.at(x - 1, y, z - 1) : outside);
        }
  }
}

TEST(Windows, ShowOneOfSeveralConstantWindows) {
  Image image = image_of(64, 8, 8);
  for (std::size_t i = 0; i < image.voxels.size(); ++i)
    if (i % 64 >= 8) image.voxels[i] = 0.25f;
  std::size_t shown = 0;
  const WindowPlan plan{{8, 8, 8}, {8, 8, 8}, Blend::mean, model::Padding::zero, 4};
  const Image found = map_windows(image, plan, 1, [&](const auto& windows, std::size_t count) {
                        shown += count;
                        return windows;
                      }).front();
  EXPECT_EQ(shown, 2u);
  EXPECT_EQ(found.voxels, image.voxels);
}

TEST(Windows, RefuseWhatLeavesGapsAndWhatIsNotFinite) {
  const Image image = image_of(8, 8, 8);
  EXPECT_THROW(map_windows(image, {{4, 4, 4}, {5, 4, 4}}, 1, same), core::UsageError);
  EXPECT_THROW(map_windows(image, {{4, 4, 4}, {0, 4, 4}}, 1, same), core::UsageError);
  EXPECT_THROW(map_windows(image, {{4, 0, 4}, {1, 1, 4}}, 1, same), core::UsageError);
  const WindowPlan plan{{4, 4, 4}, {4, 4, 4}};
  EXPECT_THROW(map_windows(image, plan, 2, same), std::logic_error);
  const auto broken = [](const std::vector<float>& windows, std::size_t) {
    return std::vector<float>(windows.size(), std::numeric_limits<float>::quiet_NaN());
  };
  EXPECT_THROW(map_windows(image, plan, 1, broken), core::DataError);
}

}  // namespace
}  // namespace coopseg::inference
