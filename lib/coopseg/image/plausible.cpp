#include "coopseg/image/plausible.h"

#include <algorithm>
#include <cmath>

#include "coopseg/core/log.h"
#include "coopseg/image/intensity.h"

namespace coopseg::image {
namespace {

template <class T>
bool all_equal(const std::vector<T>& values, T value) {
  return std::all_of(values.begin(), values.end(), [value](T v) { return v == value; });
}

std::vector<float> foreground_values(const Image& image) {
  const std::vector<std::uint8_t> mask = foreground(image);
  std::vector<float> values;
  for (std::size_t v = 0; v < mask.size(); ++v)
    if (mask[v] != 0) values.push_back(image.voxels[v]);
  return values;
}

}  // namespace

void warn_if_constant(const Image& image, const std::string& file) {
  if (image.voxels.empty() || !all_equal(image.voxels, image.voxels.front())) return;
  core::warning("{}: all voxels are {:g}: there is nothing to see in this image", file, image.voxels.front());
}

void warn_if_normalised_away(const Image& image, const std::optional<Normalisation>& normalise,
                             const std::string& file) {
  if (!normalise || normalise->method != Normalisation::Method::percentiles || image.voxels.empty()) return;
  if (all_equal(image.voxels, image.voxels.front())) return;
  const std::vector<float> in_front = normalise->foreground ? foreground_values(image) : std::vector<float>();
  const std::vector<float>& values = normalise->foreground ? in_front : image.voxels;
  const auto& [low, high] = normalise->limits;
  const double at_low = percentile(values, low);
  const auto equal = static_cast<double>(std::count(values.begin(), values.end(), static_cast<float>(at_low)));
  // Counting is cheaper than a second percentile, and mostly enough.
  const auto all = static_cast<double>(values.size());
  if (equal + 1 < (high - low) / 100 * all || percentile(values, high) != at_low) return;
  core::warning(
      "{}: {:.1f} % of its {}voxels are {:g}, and so are its percentiles {:g} and {:g}: normalised by them it is "
      "0 everywhere; {}",
      file, std::floor(equal / all * 1000) / 10, normalise->foreground ? "foreground " : "", at_low, low, high,
      normalise->foreground ? "look at the image, or take wider percentiles (cs-preprocess --percentiles)"
                            : "cs-preprocess --foreground goes by the others");
}

void warn_if_background_only(const LabelMap& labels, const std::string& file) {
  if (all_equal(labels.voxels, 0)) core::warning("{}: holds background only", file);
}

void warn_if_mostly_padding(const Grid& grid, std::size_t crop, const std::string& file) {
  const std::size_t slice = slice_axis(grid);
  const std::size_t columns = grid.size[slice == 0 ? 1 : 0], rows = grid.size[slice == 2 ? 1 : 2];
  if (std::min(columns, crop) * std::min(rows, crop) * 2 >= crop * crop) return;
  core::warning("{}: {} x {} pixels of {:.3g} x {:.3g} mm fill less than half of the {} x {} that the network sees",
                file, columns, rows, grid.spacing_mm[slice == 0 ? 1 : 0], grid.spacing_mm[slice == 2 ? 1 : 2], crop,
                crop);
}

}  // namespace coopseg::image
