// Means that say of how many, and comparisons of two methods on the same cases.
#pragma once

#include <string>
#include <vector>

#include "coopseg/metric/case_score.h"
#include "coopseg/metric/paired.h"

namespace coopseg::metric {

// Of the rows that have a number. An infinite value (as some tools give for an empty mask) makes mean, SD and median
// undefined instead of disappearing.
struct Statistic {
  std::size_t n_scored = 0, n_infinite = 0;
  Value mean, sd, median;  // sd: sample standard deviation, ddof 1
};
Statistic statistic_of(const std::vector<double>& values);

struct Summary {
  std::string dataset, class_name;
  std::string by, group;  // a field and its value, where the cases are grouped by one; group is empty without a value
  std::size_t n_rows = 0;  // cases (slices), missing and failed ones included
  std::size_t n_empty_both = 0, n_empty_reference = 0, n_empty_prediction = 0;
  std::size_t n_missing = 0, n_failed = 0, n_seen_in_training = 0;
  std::array<Statistic, kMetrics> statistics;
  Value pooled_dice;  // of all voxels of all scored rows together
};

// One for each data set, value of the field `by` (if it names one) and class, in the order of their first rows.
std::vector<Summary> summarise(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                               const std::vector<Metric>& metrics, const std::string& by = {});

// One metric of one class, this list minus the other, over the cases that have a number in both. Differences of cases
// and slices of one subject (core::subject_of) are not independent: their mean is one of those that are averaged,
// tested and drawn for the interval.
struct Comparison {
  std::string class_name;
  Metric metric = Metric::dice;
  std::size_t n_pairs = 0, n_subjects = 0;        // n_pairs: rows
  std::size_t n_only_here = 0, n_only_there = 0;  // rows without a partner of the same name
  std::size_t n_undefined = 0;                    // pairs with no number on at least one side
  double mean_difference = 0, median_difference = 0;
  SignedRank test;
  Interval interval;  // of the mean difference
};

struct CompareOptions {
  double level = 0.95;
  std::size_t resamples = 10000;
  std::uint64_t seed = 0;
};

// Pairs rows by case name, data set, class and slice. Throws core::UsageError if no row finds a partner.
std::vector<Comparison> compare(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                const std::vector<core::Case>& other_cases, const std::vector<Row>& other_rows,
                                const std::vector<Metric>& metrics, const CompareOptions& options);

}  // namespace coopseg::metric
