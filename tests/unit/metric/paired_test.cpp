#include "coopseg/metric/paired.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/support.h"

namespace coopseg::metric {
namespace {

TEST(MeansByName, KeepTheOrderOfTheirNames) {
  const NamedNumbers means = means_by_name({{"b", 0.25}, {"a", 1}, {"b", 0.75}});
  EXPECT_EQ(means, (NamedNumbers{{"b", 0.5}, {"a", 1}}));
  EXPECT_TRUE(means_by_name({}).empty());
}

// Darwin's maize: heights of cross-fertilised minus self-fertilised plants, in eighths of an inch.
TEST(SignedRank, OfDarwinsMaize) {
  const auto t = signed_rank_test({6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75});
  EXPECT_EQ(t.n, 15u);
  EXPECT_EQ(t.w_minus, 24);
  EXPECT_EQ(t.w_plus, 96);
  EXPECT_EQ(t.method, "exact");
  EXPECT_DOUBLE_EQ(t.p, 0.041259765625);
}

// Hollander and Wolfe, table 3.1: depression scale of nine patients before and after.
TEST(SignedRank, OfHollanderAndWolfe) {
  const double x[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const double y[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  std::vector<double> d;
  d.reserve(9);
  for (int i = 0; i < 9; ++i) d.push_back(x[i] - y[i]);
  const auto t = signed_rank_test(d);
  EXPECT_EQ(t.w_plus, 40);
  EXPECT_DOUBLE_EQ(t.p, 2 * 0.01953125);
}

// Printed tables of the test: the largest W with a two-sided p of at most 0.05.
TEST(SignedRank, MatchesTheTablesCriticalValues) {
  const std::pair<int, int> table[] = {{6, 0}, {7, 2}, {8, 3}, {9, 5}, {10, 8}, {12, 13}, {15, 25}, {20, 52}, {25, 89}};
  for (const auto& [n, critical] : table)
    for (int extra : {0, 1}) {
      // Signs such that the negative ranks sum to critical + extra.
      int left = critical + extra;
      std::vector<double> d;
      for (int rank = n; rank >= 1; --rank) {
        const bool negative = rank <= left;
        if (negative) left -= rank;
        d.push_back(negative ? -rank : rank);
      }
      ASSERT_EQ(left, 0);
      const auto t = signed_rank_test(d);
      EXPECT_EQ(t.w_minus, critical + extra);
      EXPECT_EQ(t.p <= 0.05, extra == 0) << "n " << n << " W " << t.w_minus << " p " << t.p;
    }
}

TEST(SignedRank, WithTiesAndZerosAgreesWithTheEnumerationOfAllSigns) {
  for (std::uint32_t round = 0; round < 20; ++round) {
    std::vector<double> d;
    for (std::uint32_t i = 0; i < 11; ++i)
      d.push_back(std::floor(7 * test::formula_uniform(round, i)) - 2);  // -2 ... 4, many ties, some zeros
    const auto t = signed_rank_test(d);
    std::vector<double> kept;
    for (double v : d)
      if (v != 0) kept.push_back(v);
    ASSERT_EQ(t.n, kept.size());
    ASSERT_EQ(t.zeros, d.size() - kept.size());
    std::vector<double> rank;
    for (double v : kept) {
      double below = 0, same = 0;
      for (double w : kept) below += std::abs(w) < std::abs(v), same += std::abs(w) == std::abs(v);
      rank.push_back(below + (same + 1) / 2);
    }
    double observed = 0, total = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) total += rank[i], observed += kept[i] > 0 ? rank[i] : 0;
    EXPECT_DOUBLE_EQ(t.w_plus, observed);
    const double distance = std::abs(observed - total / 2);
    int as_extreme = 0;
    for (unsigned signs = 0; signs < 1u << kept.size(); ++signs) {
      double sum = 0;
      for (std::size_t i = 0; i < kept.size(); ++i) sum += signs >> i & 1 ? rank[i] : 0;
      as_extreme += std::abs(sum - total / 2) >= distance - 1e-9;
    }
    EXPECT_NEAR(t.p, std::min(1.0, as_extreme / std::pow(2.0, double(kept.size()))), 1e-12) << "round " << round;
  }
}

TEST(SignedRank, NormalApproximationComesNearTheExactValue) {
  std::vector<double> d;
  for (std::uint32_t i = 0; i < 150; ++i) d.push_back(std::round(100 * (test::formula_uniform(3, i) - 0.42)) / 10);
  const auto exact = signed_rank_test(d), normal = signed_rank_test(d, 0);
  EXPECT_EQ(exact.method, "exact");
  EXPECT_EQ(normal.method, "normal");
  EXPECT_NEAR(normal.p, exact.p, 0.05 * exact.p);
}

TEST(SignedRank, OfNothingButZerosSaysSo) {
  const auto t = signed_rank_test({0, 0, 0});
  EXPECT_EQ(t.method, "none");
  EXPECT_EQ(t.zeros, 3u);
}

TEST(Bootstrap, IntervalDependsOnSeedAndPurposeAlone) {
  std::vector<double> d;
  for (std::uint32_t i = 0; i < 40; ++i) d.push_back(test::formula_uniform(9, i));
  const auto a = bootstrap_mean(d, 0.95, 2000, 1, "dice"), b = bootstrap_mean(d, 0.95, 2000, 1, "dice");
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(a.low, bootstrap_mean(d, 0.95, 2000, 2, "dice").low);
}

// For many values the interval is that of the normal distribution.
TEST(Bootstrap, IntervalHasTheWidthOfTheStandardError) {
  std::vector<double> d;
  double mean = 0, squares = 0;
  for (std::uint32_t i = 0; i < 400; ++i) d.push_back(test::formula_uniform(5, i));
  for (double v : d) mean += v / 400;
  for (double v : d) squares += (v - mean) * (v - mean);
  const double half = 1.96 * std::sqrt(squares / 400 / 400);
  const auto interval = bootstrap_mean(d, 0.95, 20000, 0, "width");
  EXPECT_NEAR(interval.low, mean - half, 0.05 * half);
  EXPECT_NEAR(interval.high, mean + half, 0.05 * half);
}

}  // namespace
}  // namespace coopseg::metric
