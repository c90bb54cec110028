// Random masking with windows: bounds, probabilities, and which pixels are whose.
#include "coopseg/training/methods/rand_mwm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "small_network.h"

namespace coopseg::training {
namespace {

request::ImageMethodSettings settings_of(double inpaint_probability) {
  request::ImageMethodSettings settings;
  settings.method = "rand-mwm";
  settings.hard_rescale = false;
  settings.rand_mwm.inpaint_probability = inpaint_probability;
  return settings;
}

TEST(RandMwm, WindowsKeepTheirBoundsInImagesThatAreNotSquare) {
  core::RandomStream draw(0, {"test"});
  std::int64_t tallest = 0, widest = 0;
  for (int i = 0; i < 2000; ++i) {
    for (const NoiseWindow& w : draw_windows({}, 48, 90, draw)) {
      EXPECT_GE(w.height, 8);
      EXPECT_LE(w.height, 16);
      EXPECT_GE(w.width, 15);
      EXPECT_LE(w.width, 30);
      EXPECT_GE(std::min(w.row, w.column), 3);
      EXPECT_LE(w.row + w.height, 45);
      EXPECT_LE(w.column + w.width, 87);
      tallest = std::max(tallest, w.height);
      widest = std::max(widest, w.width);
    }
  }
  EXPECT_EQ(tallest, 16);
  EXPECT_EQ(widest, 30);
}

TEST(RandMwm, HasItsNumbersOfWindows) {
  // 1 - 0.95, 0.95 (1 - 0.95) ... 0.95^5
  constexpr double kExpected[] = {0.05, 0.0475, 0.045125, 0.04286875, 0.0407253125, 0.7737809375};
  constexpr int kDraws = 20000;
  double frequency[6] = {};
  core::RandomStream draw(0, {"test"});
  for (int i = 0; i < kDraws; ++i) frequency[draw_windows({}, 64, 64, draw).size()] += 1.0 / kDraws;
  for (int k = 0; k < 6; ++k) EXPECT_NEAR(frequency[k], kExpected[k], 0.015) << k;

  request::RandMwmSettings forced;
  forced.force_first = true;
  forced.continue_probability = 0;
  EXPECT_EQ(draw_windows(forced, 64, 64, draw).size(), 1u);
  forced.force_first = false;
  EXPECT_TRUE(draw_windows(forced, 64, 64, draw).empty());
}

TEST(RandMwm, CopiesPixelsBitForBit) {
  const at::Tensor images = test::formula_tensor({2, 2, 20, 24}, 1), noise = test::formula_tensor({2, 2, 20, 24}, 2);
  const std::vector<std::vector<NoiseWindow>> windows{{{3, 4, 5, 6}, {6, 8, 4, 4}}, {}};
  const at::Tensor in = painted(images, noise, windows, Painting::in);
  const at::Tensor out = painted(images, noise, windows, Painting::out);
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t r = 0; r < 20; ++r)
      for (std::int64_t c = 0; c < 24; ++c) {
        const bool first = r >= 3 && r < 8 && c >= 4 && c < 10, second = r >= 6 && r < 10 && c >= 8 && c < 12;
        const bool inside = n == 0 && (first || second);
        for (std::int64_t channel = 0; channel < 2; ++channel) {
          const auto at_pixel = [&](const at::Tensor& t) { return t[n][channel][r][c].item<float>(); };
          EXPECT_EQ(at_pixel(in), at_pixel(inside ? noise : images));
          EXPECT_EQ(at_pixel(out), at_pixel(inside ? images : noise));
        }
      }
}

TEST(RandMwm, PaintsEachBatchInsideOrOutside) {
  const at::Tensor images = at::full({4, 1, 48, 48}, 2);  // noise is below 1
  const auto share_kept = [&](double probability, std::uint64_t iteration) {
    const auto method = make_image_method(settings_of(probability));
    const at::Tensor made = method->hard_images({}, images, test::streams_of_seed(5, iteration));
    EXPECT_TRUE(((made == 2) | ((made >= 0) & (made < 1))).all().item<bool>());
    return (made == 2).to(at::kFloat).mean().item<double>();
  };
  int inside = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_GT(share_kept(1, i), 0.5);
    EXPECT_LT(share_kept(0, i), 0.5);
    inside += share_kept(0.5, i) > 0.5;
  }
  EXPECT_NEAR(inside, 50, 20);
}

TEST(RandMwm, RefusesImagesWithoutRoomForWindows) {
  const auto method = make_image_method(settings_of(0.5));
  EXPECT_NO_THROW(method->hard_images({}, at::zeros({1, 1, 10, 10}), test::streams_of_seed(0)));
  EXPECT_THROW(method->hard_images({}, at::zeros({1, 1, 10, 9}), test::streams_of_seed(0)), core::UsageError);
}

}  // namespace
}  // namespace coopseg::training
