#include "coopseg/metric/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "coopseg/core/random.h"

namespace coopseg::metric {

namespace {

// Ranks of values that occur several times each. Sorted once: samples differ in how often a value occurs alone.
class Ranks {
 public:
  explicit Ranks(std::vector<double> values) : values_(std::move(values)), order_(values_.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return values_[a] < values_[b]; });
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (i + 1 == order_.size() || values_[order_[i]] != values_[order_[i + 1]]) ends_.push_back(i + 1);
  }

  // From 1; the mean of their ranks for those that are equal.
  void with(const std::vector<double>& times, std::vector<double>& ranks) const {
    double below = 0;
    std::size_t first = 0;
    for (const std::size_t end : ends_) {
      double equal = 0;
      for (std::size_t i = first; i < end; ++i) equal += times[order_[i]];
      for (std::size_t i = first; i < end; ++i) ranks[order_[i]] = below + (equal + 1) / 2;
      below += equal;
      first = end;
    }
  }

 private:
  std::vector<double> values_;
  std::vector<std::size_t> order_, ends_;  // ends_: of each run of equal values
};

class Spearman {
 public:
  explicit Spearman(const std::vector<Observation>& observations)
      : x_(numbers_of(observations, &Observation::x)),
        y_(numbers_of(observations, &Observation::y)),
        ranks_x_(observations.size()),
        ranks_y_(observations.size()) {}

  Number rho(const std::vector<double>& times) {
    x_.with(times, ranks_x_);
    y_.with(times, ranks_y_);
    const double middle = (std::accumulate(times.begin(), times.end(), 0.0) + 1) / 2;
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      const double x = ranks_x_[i] - middle, y = ranks_y_[i] - middle;
      xx += times[i] * x * x;
      yy += times[i] * y * y;
      xy += times[i] * x * y;
    }
    if (xx == 0 || yy == 0) return {};
    return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
  }

 private:
  static std::vector<double> numbers_of(const std::vector<Observation>& observations, double Observation::*number) {
    std::vector<double> numbers;
    numbers.reserve(observations.size());
    for (const Observation& o : observations) numbers.push_back(o.*number);
    return numbers;
  }

  Ranks x_, y_;
  std::vector<double> ranks_x_, ranks_y_;
};

Value rho_of(Spearman& spearman, std::size_t n) {
  if (n < kFewestForCorrelation) return {{}, "too-few"};
  const Number rho = spearman.rho(std::vector<double>(n, 1.0));
  if (!rho) return {{}, "all-equal"};
  return {rho, {}};
}

}  // namespace

Value spearman_rho(const std::vector<Observation>& observations) {
  Spearman spearman(observations);
  return rho_of(spearman, observations.size());
}

RankCorrelation rank_correlation(const std::vector<Observation>& observations, double level, std::size_t resamples,
                                 std::uint64_t seed, const std::string& purpose) {
  RankCorrelation made;
  made.n = observations.size();
  std::map<std::string, std::size_t> clusters;
  std::vector<std::size_t> cluster_of;
  for (const Observation& o : observations)
    cluster_of.push_back(clusters.emplace(o.cluster, clusters.size()).first->second);
  made.n_clusters = clusters.size();
  Spearman spearman(observations);
  made.rho = rho_of(spearman, made.n);
  if (!made.rho.number || made.n_clusters < kFewestForCorrelation) return made;

  core::RandomStream draw(seed, {"bootstrap", purpose});
  std::vector<double> samples, drawn(made.n_clusters), times(made.n);
  for (std::size_t r = 0; r < resamples; ++r) {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    for (std::size_t i = 0; i < made.n_clusters; ++i) ++drawn[draw.below(made.n_clusters)];
    for (std::size_t i = 0; i < made.n; ++i) times[i] = drawn[cluster_of[i]];
    if (const Number rho = spearman.rho(times)) samples.push_back(*rho);
  }
  if (!samples.empty()) made.interval = percentile_interval(std::move(samples), level);
  return made;
}

}  // namespace coopseg::metric
