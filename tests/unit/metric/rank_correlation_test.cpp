#include "coopseg/metric/rank_correlation.h"

#include <gtest/gtest.h>

#include "coopseg/core/random.h"

namespace coopseg::metric {
namespace {

std::vector<Observation> pairs(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<Observation> made;
  for (std::size_t i = 0; i < x.size(); ++i) made.push_back({std::to_string(i), x[i], y[i]});
  return made;
}

RankCorrelation of(const std::vector<Observation>& observations, std::size_t resamples = 0) {
  return rank_correlation(observations, 0.95, resamples, 0, "test");
}

// Without ties rho is 1 - 6 sum d^2 / (n (n^2 - 1)), d the differences of ranks: 1 - 6 * 194 / 990.
TEST(RankCorrelation, IsThatOfTheDifferencesOfRanks) {
  const RankCorrelation r =
      of(pairs({106, 100, 86, 101, 99, 103, 97, 113, 112, 110}, {7, 27, 2, 50, 28, 29, 20, 12, 6, 17}));
  EXPECT_NEAR(*r.rho.number, -29.0 / 165, 1e-15);
  EXPECT_EQ(r.n, 10u);
  EXPECT_EQ(spearman_rho(pairs({1, 3, 2, 4}, {1, 2, 3, 4})).number, 0.8);
  EXPECT_DOUBLE_EQ(*of(pairs({1, 2, 3}, {0.1, 0.2, 7})).rho.number, 1);
  EXPECT_DOUBLE_EQ(*of(pairs({1, 2, 3}, {0.3, 0.2, -7})).rho.number, -1);
}

// Ranks 1, 2.5, 2.5, 4 and 1, 3.5, 2, 3.5: sums of products 3.75 / sqrt(4.5 * 4.5).
TEST(RankCorrelation, SharesTheRanksOfEqualNumbers) {
  EXPECT_DOUBLE_EQ(*of(pairs({1, 2, 2, 3}, {1, 3, 2, 3})).rho.number, 5.0 / 6);
}

TEST(RankCorrelation, SaysWhyThereIsNone) {
  EXPECT_EQ(of({}).rho.reason, "too-few");
  EXPECT_EQ(of(pairs({1, 2}, {1, 2})).rho.reason, "too-few");
  EXPECT_EQ(of(pairs({1, 1, 1}, {1, 2, 3}), 100).rho.reason, "all-equal");
  EXPECT_EQ(of(pairs({1, 2, 3}, {0, 0, 0})).rho.reason, "all-equal");
  EXPECT_FALSE(of(pairs({1, 1, 1}, {1, 2, 3}), 100).interval);
}

// Each sample written out and correlated by itself.
TEST(RankCorrelation, DrawsWholeClustersForItsInterval) {
  const std::vector<Observation> all{{"p1", 0.9, 0.8},  {"p1", 0.7, 0.85}, {"p2", 0.2, 0.3}, {"p3", 0.5, 0.3},
                                     {"p3", 0.4, 0.65}, {"p4", 0.4, 0.1},  {"p4", 0.9, 0.9}, {"p4", 0.1, 0.2}};
  const std::vector<std::string> names{"p1", "p2", "p3", "p4"};
  constexpr std::size_t kResamples = 2000;
  core::RandomStream draw(0, {"bootstrap", "test"});
  std::vector<double> samples;
  for (std::size_t r = 0; r < kResamples; ++r) {
    std::vector<Observation> sample;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& name = names[draw.below(names.size())];
      for (const Observation& o : all)
        if (o.cluster == name) sample.push_back(o);
    }
    if (const Number rho = of(sample).rho.number) samples.push_back(*rho);
  }
  EXPECT_LT(samples.size(), kResamples) << "four times p2 has no correlation";
  const Interval expected = percentile_interval(samples, 0.95);
  const RankCorrelation r = of(all, kResamples);
  EXPECT_EQ(r.n_clusters, 4u);
  EXPECT_NEAR(r.interval.value().low, expected.low, 1e-14);
  EXPECT_NEAR(r.interval.value().high, expected.high, 1e-14);
  EXPECT_LT(r.interval->low, *r.rho.number);
  EXPECT_GT(r.interval->high, *r.rho.number);
}

TEST(RankCorrelation, HasNoIntervalOverTwoClusters) {
  const RankCorrelation r = of({{"a", 1, 1}, {"a", 2, 3}, {"b", 3, 2}}, 100);
  EXPECT_DOUBLE_EQ(*r.rho.number, 0.5);
  EXPECT_FALSE(r.interval);
}

}  // namespace
}  // namespace coopseg::metric
