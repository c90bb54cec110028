#include "coopseg/image/intensity.h"

#include <algorithm>
#include <cmath>

namespace coopseg::image {
namespace {

// Order statistic `rank` (real, from 0) of `values`, which are rearranged; NumPy's way to interpolate.
double order_statistic(std::vector<float>& values, double rank) {
  const auto below = static_cast<std::size_t>(rank);
  const double weight = rank - static_cast<double>(below);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), place, values.end());
  const double low = *place;
  if (weight == 0 || below + 1 >= values.size()) return low;
  const double high = *std::min_element(place + 1, values.end());
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
}

double percentile_of(std::vector<float>& values, double p) {
  return order_statistic(values, p / 100.0 * static_cast<double>(values.size() - 1));
}

}  // namespace

double percentile(const std::vector<float>& values, double p) {
  std::vector<float> copy = values;
  return percentile_of(copy, p);
}

std::array<double, 2> normalise_percentiles(Image& image, double low_percent, double high_percent) {
  std::vector<float> copy = image.voxels;
  const double low = percentile_of(copy, low_percent);
  const double high = percentile_of(copy, high_percent);
  const double width = high - low + 1e-10;
  for (float& value : image.voxels) {
    value = static_cast<float>((std::clamp(static_cast<double>(value), low, high) - low) / width);
  }
  return {low, high};
}

}  // namespace coopseg::image
