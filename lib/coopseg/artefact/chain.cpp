#include "coopseg/artefact/chain.h"

#include <algorithm>
#include <array>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/processors.h"
#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"
#include "coopseg/image/middle.h"

namespace coopseg::artefact {

namespace {

// Where a side of `size` and a window of `crop` overlap.
struct Overlap {
  std::size_t in_image, in_window, length;
};

Overlap overlap(std::size_t size, std::size_t crop) {
  const std::ptrdiff_t start = image::middle_start(size, crop);
  return {static_cast<std::size_t>(std::max<std::ptrdiff_t>(start, 0)),
          static_cast<std::size_t>(std::max<std::ptrdiff_t>(-start, 0)), std::min(size, crop)};
}

// Many at a time; the least and the largest are the same in any order.
COOPSEG_EACH_PROCESSOR std::array<float, 2> extremes(const float* values, std::size_t count) {
  constexpr std::size_t kAtOnce = 32;
  float least[kAtOnce], most[kAtOnce];
  std::fill_n(least, kAtOnce, values[0]);
  std::fill_n(most, kAtOnce, values[0]);
  std::size_t i = 0;
  for (; i + kAtOnce <= count; i += kAtOnce)
    for (std::size_t l = 0; l < kAtOnce; ++l) {
      const float v = values[i + l];
      least[l] = v < least[l] ? v : least[l];
      most[l] = v > most[l] ? v : most[l];
    }
  for (; i < count; ++i) least[0] = std::min(least[0], values[i]), most[0] = std::max(most[0], values[i]);
  return {*std::min_element(least, least + kAtOnce), *std::max_element(most, most + kAtOnce)};
}

COOPSEG_EACH_PROCESSOR void rescale(float* values, std::size_t count, double low, double scale) {
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>((values[i] - low) * scale);
}

template <class Copy>
void for_rows(const image::Grid& whole, const image::Grid& window, const Copy& copy) {
  const Overlap rows = overlap(whole.size[1], window.size[1]), columns = overlap(whole.size[0], window.size[0]);
  for (std::size_t k = 0; k < whole.size[2]; ++k)
    for (std::size_t r = 0; r < rows.length; ++r)
      copy((k * whole.size[1] + rows.in_image + r) * whole.size[0] + columns.in_image,
           (k * window.size[1] + rows.in_window + r) * window.size[0] + columns.in_window, columns.length);
}

}  // namespace

namespace {

std::size_t crop_from_json(const core::Json& crop, const std::string& name) {
  if (crop.is_null()) return 0;
  const bool good = crop.is_number_unsigned() && crop.get<std::uint64_t>() >= 1 &&
                    crop.get<std::uint64_t>() <= kLargestCrop;
  if (!good)
    throw core::DataError(name, "\"crop\" is " + core::to_line(crop).substr(0, 40) + ", expected null or 1 to 32767");
  return crop.get<std::size_t>();
}

}  // namespace

void add_crop(const ChainOptions& options, core::Json& json) {
  json["crop"] = options.crop ? core::Json(options.crop) : core::Json();
  if (options.crop && !options.pad) json["pad"] = false;
}

void read_crop(const core::Json& json, ChainOptions& options, const std::string& name) {
  options.crop = crop_from_json(json.at("crop"), name);
  options.pad = core::get_or(json, "pad", true, name);
}

bool is_smaller(const image::Grid& grid, std::size_t crop) { return std::min(grid.size[0], grid.size[1]) < crop; }

image::Image cropped(const image::Image& image, std::size_t columns, std::size_t rows) {
  image::Grid grid = image.grid;
  grid.size[0] = columns;
  grid.size[1] = rows;
  const auto first = [](const Overlap& o) {
    return static_cast<double>(o.in_image) - static_cast<double>(o.in_window);
  };
  grid.origin_mm = image.grid.position_mm(first(overlap(image.grid.size[0], columns)),
                                          first(overlap(image.grid.size[1], rows)), 0);
  image::Image window(grid);
  for_rows(image.grid, grid, [&](std::size_t from, std::size_t to, std::size_t length) {
    std::copy_n(image.voxels.begin() + static_cast<std::ptrdiff_t>(from), length,
                window.voxels.begin() + static_cast<std::ptrdiff_t>(to));
  });
  return window;
}

image::Image uncropped(const image::Image& window, const image::Grid& grid) {
  image::Image image(grid);
  for_rows(grid, window.grid, [&](std::size_t to, std::size_t from, std::size_t length) {
    std::copy_n(window.voxels.begin() + static_cast<std::ptrdiff_t>(from), length,
                image.voxels.begin() + static_cast<std::ptrdiff_t>(to));
  });
  return image;
}

std::vector<std::size_t> normalise_slices(image::Image& image) {
  const std::size_t slices = image.grid.size[2], size = image.grid.size[0] * image.grid.size[1];
  std::vector<char> constant(slices, 0);
  if (size == 0) return {};
  core::for_each_index(slices, [&](std::size_t k) {
    float* slice = image.voxels.data() + k * size;
    // In double: the range of a slice may exceed float32, or be too small to be divided by in it.
    const auto [least, most] = extremes(slice, size);
    const double low = least, range = most - low;
    constant[k] = range == 0;
    rescale(slice, size, low, range == 0 ? 0 : 1 / range);
  });
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < slices; ++k)
    if (constant[k]) found.push_back(k);
  return found;
}

Window prepare(const image::Image& image, const ChainOptions& options) {
  const auto side = [&](std::size_t own) { return options.pad ? options.crop : std::min(options.crop, own); };
  const auto& size = image.grid.size;
  Window window{options.crop ? cropped(image, side(size[0]), side(size[1])) : image, image.grid, {}};
  if (options.rescale) window.constant_slices = normalise_slices(window.image);
  return window;
}

image::Image corrupt(const Window& window, const std::vector<Artefact>& artefacts, const ChainOptions& options) {
  image::Image bad = artefacts.empty() ? window.image : apply(window.image, artefacts.front());
  for (std::size_t a = 1; a < artefacts.size(); ++a) bad = apply(bad, artefacts[a]);
  if (options.rescale) normalise_slices(bad);
  return options.crop ? uncropped(bad, window.whole) : bad;
}

image::Image corrupt(const image::Image& image, const std::vector<Artefact>& artefacts, const ChainOptions& options) {
  return corrupt(prepare(image, options), artefacts, options);
}

}  // namespace coopseg::artefact
