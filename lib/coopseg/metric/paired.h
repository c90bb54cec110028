// Is one method better than another on the same cases?
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace coopseg::metric {

// Wilcoxon's signed-rank test (Biometrics Bulletin 1945), two-sided. Zero differences are dropped before ranking
// (Wilcoxon's own rule), tied ones share the mean of their ranks.
struct SignedRank {
  std::size_t n = 0;      // differences that are not zero
  std::size_t zeros = 0;  // dropped
  double w_plus = 0, w_minus = 0;
  double p = 1;
  std::string method;  // "exact", "normal" (tie-corrected, no continuity correction), "none" (n == 0)
};

// Up to kExactSignedRanks differences, p is exact, ties included: the distribution of the given ranks over all 2^n
// signs.
constexpr std::size_t kExactSignedRanks = 200;
SignedRank signed_rank_test(const std::vector<double>& differences, std::size_t exact_up_to = kExactSignedRanks);

// The mean of the numbers of each name, in the order in which the names come first. Cases of one subject are no more
// independent of each other than trainings of one method: before a test, their numbers become one.
using NamedNumbers = std::vector<std::pair<std::string, double>>;
NamedNumbers means_by_name(const NamedNumbers& numbers);

struct Interval {
  double low = 0, high = 0;
};

// What `level` of the samples lie within, as much below as above (Efron and Tibshirani 1993, chapter 13). Not for empty
// lists.
Interval percentile_interval(std::vector<double> samples, double level);

// Percentile bootstrap of the mean: percentile_interval() of the means of `resamples` samples drawn with replacement.
// The numbers depend on seed and purpose alone. Not for empty lists.
Interval bootstrap_mean(const std::vector<double>& values, double level, std::size_t resamples, std::uint64_t seed,
                        const std::string& purpose);

}  // namespace coopseg::metric
