// What share/report/charts.js draws, as JSON. Statistics are made here, so that a page of 20,000 cases stays small;
// axes, scales and marks are the chart library's work.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/report/experiment.h"
#include "coopseg/report/runs.h"

namespace coopseg::report {

// Five numbers of a box plot: quartiles linear between order statistics, whiskers to the last value within 1.5 times
// their distance, what lies beyond (at most kMostOutside, the farthest ones).
struct Box {
  std::size_t n = 0, n_outside = 0;
  double q1 = 0, median = 0, q3 = 0, low = 0, high = 0;
  std::vector<std::size_t> outside;  // indices of values
};
constexpr std::size_t kMostOutside = 30;
Box box_of(const std::vector<double>& values);  // not for empty lists

// One figure of the page: <div class="chart" data-chart="N">, N its place in the list.
struct Chart {
  std::string section;             // "box 0" (metric 0), "dose 0", "learning 0", "training", "stages", "agreement"
  std::string title, description;  // description: the alternative text
  core::Json data;
};

std::vector<Chart> make_charts(const Experiment& experiment, const std::vector<Run>& runs);

}  // namespace coopseg::report
