// Do two numbers put the same cases in the same order?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/metric/paired.h"
#include "coopseg/metric/value.h"

namespace coopseg::metric {

// Two numbers of one case, and what it shares with others that are not independent of it: the subject.
struct Observation {
  std::string cluster;
  double x = 0, y = 0;
};

constexpr std::size_t kFewestForCorrelation = 3;  // observations; clusters, for an interval

// Spearman's rho, in [-1, 1]: Pearson's correlation of the ranks, where ties share the mean of theirs. Without a
// number: "too-few" observations, or x or y "all-equal".
Value spearman_rho(const std::vector<Observation>& observations);

struct RankCorrelation {
  Value rho;  // spearman_rho()
  // Percentile bootstrap: whole clusters are drawn with replacement, as many as there are. Samples in which all x or
  // all y are equal have no correlation and are left out. None where there are too few clusters, or no rho.
  std::optional<Interval> interval;
  std::size_t n = 0, n_clusters = 0;
};

// The interval depends on seed and purpose alone. Takes time in proportion to observations and resamples.
RankCorrelation rank_correlation(const std::vector<Observation>& observations, double level, std::size_t resamples,
                                 std::uint64_t seed, const std::string& purpose);

}  // namespace coopseg::metric
