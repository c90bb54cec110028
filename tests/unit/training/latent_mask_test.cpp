// Masks without a network: which entries, how strongly, and what is drawn.
#include "coopseg/training/methods/latent_mask.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "coopseg/core/error.h"

namespace coopseg::training {
namespace {

// [2, 5, 2, 3]; the channel means of sample 0 are 0, 1, 2, 3, 4, those of sample 1 are 4, 3, 2, 1, 0.
at::Tensor ramp() {
  const at::Tensor up = at::arange(5, at::kFloat);
  const at::Tensor means = at::stack({up, up.flip(0)});
  // Differences within a channel must not count.
  const at::Tensor wave = at::tensor({-1.0f, 1.0f, 0.0f, 2.0f, -2.0f, 0.0f}).view({1, 1, 2, 3});
  return means.view({2, 5, 1, 1}) + wave;
}

MaskDraw hard(MaskType type, double fraction, std::int64_t entries) {
  MaskDraw draw;
  draw.type = type;
  draw.fraction = fraction;
  draw.uniforms = at::full({2, entries}, 0.5);
  draw.soft = false;
  return draw;
}

TEST(LatentMask, TakesTheChannelsOfGreatestMeanGradient) {
  const at::Tensor mask = latent_mask(ramp(), hard(MaskType::channel, 0.45, 5));
  EXPECT_EQ(mask.sizes(), at::IntArrayRef({2, 5, 1, 1}));
  EXPECT_TRUE(at::equal(mask.flatten(), at::tensor({1.f, 1.f, 1.f, 0.f, 0.f, 0.f, 0.f, 1.f, 1.f, 1.f})));
}

TEST(LatentMask, TakesThePlacesOfGreatestMeanGradientRowByRow) {
  const at::Tensor mask = latent_mask(ramp(), hard(MaskType::spatial, 0.34, 6));
  EXPECT_EQ(mask.sizes(), at::IntArrayRef({2, 1, 2, 3}));
  for (std::int64_t n = 0; n < 2; ++n)
    EXPECT_TRUE(at::equal(mask[n].flatten(), at::tensor({1.f, 0.f, 1.f, 0.f, 1.f, 1.f})));
}

TEST(LatentMask, MasksFloorOfTheFraction) {
  for (const double fraction : {0.0, 0.19, 0.2, 0.59, 0.6, 0.99}) {
    const at::Tensor mask = latent_mask(ramp(), hard(MaskType::channel, fraction, 5));
    EXPECT_EQ((mask == 0).sum().item<std::int64_t>(), 2 * static_cast<std::int64_t>(std::floor(5 * fraction)))
        << fraction;
  }
}

TEST(LatentMask, LeavesEqualScoresAlone) {
  // Nothing lies strictly above the threshold where all are equal.
  const at::Tensor mask = latent_mask(at::ones({2, 5, 2, 3}), hard(MaskType::channel, 0.5, 5));
  EXPECT_TRUE(at::equal(mask, at::ones({2, 5, 1, 1})));
}

TEST(LatentMask, SoftMasksWeakenByHalfTheirOwnNumber) {
  MaskDraw draw = hard(MaskType::channel, 0.45, 5);
  draw.soft = true;
  draw.uniforms = at::arange(10, at::kFloat).view({2, 5}) / 10;
  const at::Tensor mask = latent_mask(ramp(), draw).view({2, 5});
  EXPECT_TRUE(at::allclose(
      mask, at::tensor({1.f, 1.f, 1.f, 0.15f, 0.2f, 0.25f, 0.3f, 1.f, 1.f, 1.f}).view({2, 5}), 1e-6, 1e-7));
}

TEST(LatentMask, DropoutKeepsBelowHalfAndDoubles) {
  MaskDraw draw;
  draw.type = MaskType::dropout;
  draw.uniforms = at::tensor({0.1f, 0.5f, 0.49f, 0.9f}).view({2, 2});
  const at::Tensor mask = latent_mask({}, draw);
  EXPECT_EQ(mask.sizes(), at::IntArrayRef({2, 2, 1, 1}));
  EXPECT_TRUE(at::equal(mask.flatten(), at::tensor({2.f, 0.f, 2.f, 0.f})));
}

TEST(LatentMask, RanksByMagnitudeOrTheOpposite) {
  at::Tensor gradient = ramp() - 1.5;  // channel means -1.5 ... 2.5
  MaskDraw draw = hard(MaskType::channel, 0.2, 5);
  const auto masked = [&](MaskRanking ranking) {
    draw.ranking = ranking;
    return (latent_mask(gradient, draw)[0].flatten() == 0).nonzero().item<std::int64_t>();
  };
  EXPECT_EQ(masked(MaskRanking::gradient), 4);
  EXPECT_EQ(masked(MaskRanking::magnitude), 4);
  EXPECT_EQ(masked(MaskRanking::opposite), 0);
  gradient = gradient - 1.5;  // -3 ... 1
  EXPECT_EQ(masked(MaskRanking::magnitude), 0);
}

TEST(LatentMask, DoesNotDependOnTheOrderOfMemory) {
  const at::Tensor gradient = ramp();
  const MaskDraw draw = hard(MaskType::channel, 0.45, 5);
  EXPECT_TRUE(at::equal(latent_mask(gradient, draw),
                        latent_mask(gradient.contiguous(at::MemoryFormat::ChannelsLast), draw)));
}

TEST(DrawMask, IsAFunctionOfItsStream) {
  core::RandomStream a(1, {"mask"}, {7}), b(1, {"mask"}, {7}), c(1, {"mask"}, {8});
  const auto draw = [](core::RandomStream& stream) { return draw_mask({}, {2, 8, 4, 4}, stream); };
  const MaskDraw x = draw(a), y = draw(b), z = draw(c);
  EXPECT_EQ(x.type, y.type);
  EXPECT_EQ(x.fraction, y.fraction);
  EXPECT_TRUE(at::equal(x.uniforms, y.uniforms));
  EXPECT_NE(x.fraction, z.fraction);
}

TEST(DrawMask, DrawsTypesEquallyAndFractionsUpToTheThreshold) {
  std::map<MaskType, int> types;
  double sum = 0, most = 0;
  constexpr int kDraws = 6000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    core::RandomStream stream(3, {"mask"}, {i});
    const MaskDraw draw = draw_mask({}, {2, 8, 4, 4}, stream);
    ++types[draw.type];
    sum += draw.fraction;
    most = std::max(most, draw.fraction);
    EXPECT_EQ(draw.uniforms.sizes(), at::IntArrayRef({2, draw.type == MaskType::spatial ? 16 : 8}));
  }
  for (const auto& [type, count] : types) EXPECT_NEAR(count, kDraws / 3, 4 * std::sqrt(kDraws * 2.0 / 9.0));
  EXPECT_EQ(types.size(), 3u);
  EXPECT_NEAR(sum / kDraws, 0.25, 4 * 0.5 / std::sqrt(12.0 * kDraws));
  EXPECT_LT(most, 0.5);
  EXPECT_GT(most, 0.499);
}

TEST(DrawMask, KeepsAFixedTypeFractionAndSoftness) {
  MaskPolicy policy;
  policy.type = MaskType::spatial;
  policy.threshold = 0.3;
  policy.random_threshold = false;
  policy.soft = false;
  policy.ranking = MaskRanking::opposite;
  for (std::uint64_t i = 0; i < 20; ++i) {
    core::RandomStream stream(3, {"mask"}, {i});
    const MaskDraw draw = draw_mask(policy, {2, 8, 4, 4}, stream);
    EXPECT_EQ(draw.type, MaskType::spatial);
    EXPECT_EQ(draw.fraction, 0.3);
    EXPECT_FALSE(draw.soft);
    EXPECT_EQ(draw.ranking, MaskRanking::opposite);
  }
}

TEST(MaskPolicy, RefusesWhatCannotBe) {
  MaskPolicy policy;
  EXPECT_NO_THROW(check_mask_policy(policy));
  for (const double threshold : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    policy = {};
    policy.threshold = threshold;
    EXPECT_THROW(check_mask_policy(policy), core::UsageError) << threshold;
  }
  EXPECT_FALSE(request::kMaskRankings.find("salient"));
  for (const auto ranking : {MaskRanking::gradient, MaskRanking::magnitude, MaskRanking::opposite})
    EXPECT_EQ(request::kMaskRankings.find(request::kMaskRankings.of(ranking)), ranking);
}

}  // namespace
}  // namespace coopseg::training
