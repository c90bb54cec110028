#include "coopseg/metric/paired.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>

#include "coopseg/core/random.h"

namespace coopseg::metric {

namespace {

// Probability of each sum of a random subset of the doubled (so whole) ranks: every sign is as likely as its opposite.
std::vector<double> subset_sums(const std::vector<std::size_t>& doubled_ranks) {
  std::vector<double> probability{1.0};
  for (std::size_t rank : doubled_ranks) {
    std::vector<double> next(probability.size() + rank, 0.0);
    for (std::size_t s = 0; s < probability.size(); ++s) {
      next[s] += probability[s] / 2;
      next[s + rank] += probability[s] / 2;
    }
    probability = std::move(next);
  }
  return probability;
}

double linear_quantile(const std::vector<double>& sorted, double q) {
  const double position = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

}  // namespace

SignedRank signed_rank_test(const std::vector<double>& differences, std::size_t exact_up_to) {
  SignedRank result;
  std::vector<double> d;
  for (double x : differences) {
    if (x == 0)
      ++result.zeros;
    else
      d.push_back(x);
  }
  result.n = d.size();
  if (d.empty()) {
    result.method = "none";
    return result;
  }
  std::sort(d.begin(), d.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  std::vector<std::size_t> doubled_ranks(d.size());
  double tie_term = 0;
  for (std::size_t first = 0; first < d.size();) {
    std::size_t end = first;
    while (end < d.size() && std::abs(d[end]) == std::abs(d[first])) ++end;
    const double ties = static_cast<double>(end - first);
    tie_term += ties * ties * ties - ties;
    for (std::size_t i = first; i < end; ++i) {
      doubled_ranks[i] = first + 1 + end;  // twice the mean of first + 1 ... end
      (d[i] > 0 ? result.w_plus : result.w_minus) += static_cast<double>(doubled_ranks[i]) / 2;
    }
    first = end;
  }
  const double smaller = std::min(result.w_plus, result.w_minus);
  if (d.size() <= exact_up_to) {
    result.method = "exact";
    const auto probability = subset_sums(doubled_ranks);
    const auto limit = static_cast<std::size_t>(std::llround(2 * smaller));
    double tail = 0;
    for (std::size_t s = 0; s <= limit; ++s) tail += probability[s];
    result.p = std::min(1.0, 2 * tail);
  } else {
    result.method = "normal";
    const double n = static_cast<double>(d.size());
    const double variance = n * (n + 1) * (2 * n + 1) / 24 - tie_term / 48;
    const double z = (smaller - n * (n + 1) / 4) / std::sqrt(variance);
    result.p = std::min(1.0, std::erfc(-z / std::sqrt(2.0)));
  }
  return result;
}

NamedNumbers means_by_name(const NamedNumbers& numbers) {
  NamedNumbers means;
  std::vector<std::size_t> counts;
  std::map<std::string, std::size_t> places;
  for (const auto& [name, number] : numbers) {
    const auto [place, is_new] = places.emplace(name, means.size());
    if (is_new) {
      means.emplace_back(name, 0);
      counts.push_back(0);
    }
    means[place->second].second += number;
    ++counts[place->second];
  }
  for (std::size_t i = 0; i < means.size(); ++i) means[i].second /= static_cast<double>(counts[i]);
  return means;
}

Interval percentile_interval(std::vector<double> samples, double level) {
  assert(!samples.empty());
  std::sort(samples.begin(), samples.end());
  return {linear_quantile(samples, (1 - level) / 2), linear_quantile(samples, (1 + level) / 2)};
}

Interval bootstrap_mean(const std::vector<double>& values, double level, std::size_t resamples, std::uint64_t seed,
                        const std::string& purpose) {
  assert(!values.empty() && resamples > 0);
  core::RandomStream draw(seed, {"bootstrap", purpose});
  std::vector<double> means(resamples);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[draw.below(values.size())];
    mean = sum / static_cast<double>(values.size());
  }
  return percentile_interval(std::move(means), level);
}

}  // namespace coopseg::metric
