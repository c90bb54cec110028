#include "coopseg/image/intensity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "coopseg/core/error.h"

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

bool counts(const std::vector<std::uint8_t>& mask, std::size_t voxel) { return mask.empty() || mask[voxel] != 0; }

std::vector<float> counted_values(const Image& image, const std::vector<std::uint8_t>& mask) {
  if (mask.empty()) return image.voxels;
  std::vector<float> values;
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    if (mask[v] != 0) values.push_back(image.voxels[v]);
  }
  return values;
}

// `map` of the mask's voxels, 0 elsewhere.
template <class Map>
void change(Image& image, const std::vector<std::uint8_t>& mask, Map map) {
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    float& value = image.voxels[v];
    value = counts(mask, v) ? static_cast<float>(map(static_cast<double>(value))) : 0.0F;
  }
}

void clip_and_map(Image& image, const std::vector<std::uint8_t>& mask, double low, double high, double width) {
  change(image, mask, [&](double value) { return (std::clamp(value, low, high) - low) / width; });
}

struct Range {
  double least, most;
};

Range range_that_differs(const std::vector<float>& values, bool masked, const char* what) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least < *most) return {*least, *most};
  throw core::DataError(
      "", fmt::format("all {}voxels are {:g}: {} would divide by 0", masked ? "foreground " : "", *least, what),
      "look at the image; --normalise none keeps intensities as they are");
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
  clip_and_map(image, {}, low, high, high - low + 1e-10);
  return {low, high};
}

void normalise_percentiles(Image& image, double low_percent, double high_percent,
                           const std::vector<std::uint8_t>& mask) {
  std::vector<float> values = counted_values(image, mask);
  const double low = percentile_of(values, low_percent);
  const double high = percentile_of(values, high_percent);
  clip_and_map(image, mask, low, high, high - low + 1e-10);
}

void normalise_zscore(Image& image, const std::vector<std::uint8_t>& mask) {
  const std::vector<float> values = counted_values(image, mask);
  range_that_differs(values, !mask.empty(), "a z-score");
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const float value : values) sum += value;
  const double mean = sum / count;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / count);
  change(image, mask, [&](double value) { return (value - mean) / deviation; });
}

void normalise_minmax(Image& image, const std::vector<std::uint8_t>& mask) {
  const Range range = range_that_differs(counted_values(image, mask), !mask.empty(), "minmax");
  change(image, mask, [&](double value) { return (value - range.least) / (range.most - range.least); });
}

void normalise_window(Image& image, double low, double high) { clip_and_map(image, {}, low, high, high - low); }

std::vector<std::uint8_t> foreground(const Image& image) {
  const auto& size = image.grid.size;
  const bool has_faces = *std::max_element(size.begin(), size.end()) > 2;
  const auto on_face = [&](std::size_t at, std::size_t axis) {
    return size[axis] > 2 && (at == 0 || at + 1 == size[axis]);
  };
  std::unordered_map<float, std::size_t> counts_of_values;
  for (std::size_t k = 0; k < size[2]; ++k) {
    for (std::size_t j = 0; j < size[1]; ++j) {
      for (std::size_t i = 0; i < size[0]; ++i) {
        if (!has_faces || on_face(i, 0) || on_face(j, 1) || on_face(k, 2)) ++counts_of_values[image.at(i, j, k)];
      }
    }
  }
  float background = 0;
  std::size_t most = 0;
  for (const auto& [value, count] : counts_of_values) {
    if (count < most || (count == most && value > background)) continue;
    background = value;
    most = count;
  }
  std::vector<std::uint8_t> mask(image.voxels.size());
  bool any = false;
  for (std::size_t v = 0; v < mask.size(); ++v) {
    mask[v] = image.voxels[v] != background ? 1 : 0;
    any = any || mask[v] != 0;
  }
  if (!any) throw core::DataError("", fmt::format("all voxels are {:g}: there is no foreground", background),
                                  "look at the image");
  return mask;
}

}  // namespace coopseg::image
