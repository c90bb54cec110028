#include "coopseg/inference/segment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/dataset/batches.h"

namespace coopseg::inference {
namespace {

using dataset::ImagePlane;
using dataset::LabelPlane;
using image::Grid;
using image::Image;

using AxisOrder = std::array<std::size_t, 3>;  // axis a of the new volume is axis order[a] of the old one

AxisOrder slices_last(std::size_t slice) {
  if (slice == 0) return {1, 2, 0};
  if (slice == 1) return {0, 2, 1};
  return {0, 1, 2};
}

AxisOrder inverse(const AxisOrder& order) {
  AxisOrder back{};
  for (std::size_t a = 0; a < 3; ++a) back[order[a]] = a;
  return back;
}

Grid reorder(const Grid& grid, const AxisOrder& order) {
  Grid result = grid;
  for (std::size_t a = 0; a < 3; ++a) {
    result.size[a] = grid.size[order[a]];
    result.spacing_mm[a] = grid.spacing_mm[order[a]];
    for (std::size_t e = 0; e < 3; ++e) result.direction[e * 3 + a] = grid.direction[e * 3 + order[a]];
  }
  return result;
}

template <class T>
image::Volume<T> reorder(image::Volume<T> volume, const AxisOrder& order) {
  if (order == AxisOrder{0, 1, 2}) return volume;
  image::Volume<T> result(reorder(volume.grid, order));
  const AxisOrder back = inverse(order);
  std::array<std::size_t, 3> at{};  // in the result
  for (at[2] = 0; at[2] < result.grid.size[2]; ++at[2]) {
    for (at[1] = 0; at[1] < result.grid.size[1]; ++at[1]) {
      for (at[0] = 0; at[0] < result.grid.size[0]; ++at[0]) {
        result.at(at[0], at[1], at[2]) = volume.at(at[back[0]], at[back[1]], at[back[2]]);
      }
    }
  }
  return result;
}

// Rows or columns, or slices, that a grid is widened by before it is resampled to another: where both differ along an
// axis, the outermost voxel centres of the one may lie beyond those of the other, and nothing lies there.
AxisOrder border_between(const Grid& prepared, const Grid& native) {
  AxisOrder border{};
  for (std::size_t a = 0; a < 3; ++a) {
    border[a] = prepared.size[a] != native.size[a] || prepared.spacing_mm[a] != native.spacing_mm[a] ? 1 : 0;
  }
  return border;
}

Grid widen(const Grid& grid, const AxisOrder& border) {
  Grid result = grid;
  result.origin_mm = grid.position_mm(-static_cast<double>(border[0]), -static_cast<double>(border[1]),
                                      -static_cast<double>(border[2]));
  for (std::size_t a = 0; a < 3; ++a) result.size[a] += 2 * border[a];
  return result;
}

// Index `at` of a widened axis -> index in the original one, the nearest beyond its ends.
std::size_t narrow(std::size_t at, std::size_t border, std::size_t size) {
  return std::min(at < border ? 0 : at - border, size - 1);
}

void put_widened(const ImagePlane& plane, std::size_t k, const AxisOrder& border, Image& widened) {
  const auto& size = widened.grid.size;
  for (std::size_t kk = 0; kk < size[2]; ++kk) {
    if (narrow(kk, border[2], size[2] - 2 * border[2]) != k) continue;
    for (std::size_t j = 0; j < size[1]; ++j) {
      for (std::size_t i = 0; i < size[0]; ++i) {
        widened.at(i, j, kk) = plane.at(narrow(j, border[1], plane.rows), narrow(i, border[0], plane.columns));
      }
    }
  }
}

// One volume per map, on the grid of `prepared` widened by `border`.
std::vector<Image> map_prepared(const Image& prepared, const image::LabelMap* labels, const AxisOrder& border,
                                const MapOptions& options, const SliceMapper& network) {
  const std::size_t rows = prepared.grid.size[1], columns = prepared.grid.size[0], slices = prepared.grid.size[2];
  const std::size_t count_of_maps = options.outside.size();
  const std::size_t batch_size = options.batch_size == 0 ? slices : options.batch_size;
  std::vector<Image> maps(count_of_maps, Image(widen(prepared.grid, border)));
  ImagePlane cropped(options.crop, options.crop);
  for (std::size_t first = 0; first < slices; first += batch_size) {
    core::throw_if_stopped();
    const std::size_t count = std::min(batch_size, slices - first);
    std::vector<ImagePlane> batch;
    std::vector<LabelPlane> label_batch;
    for (std::size_t n = 0; n < count; ++n) {
      batch.push_back(dataset::crop_or_pad(dataset::slice_of(prepared, 2, first + n), options.crop));
      if (options.minmax_slices) dataset::minmax(batch.back());
      if (labels)
        label_batch.push_back(
            dataset::crop_or_pad(dataset::slice_as<std::uint8_t>(*labels, 2, first + n), options.crop));
    }
    const std::vector<float> values = network(batch, label_batch);
    if (values.size() != count * count_of_maps * cropped.values.size()) {
      throw std::logic_error("the network returned " + std::to_string(values.size()) + " values, not " +
                             std::to_string(count * count_of_maps * cropped.values.size()));
    }
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      throw core::DataError("", "the network gives values that are not finite",
                            "look at the training's log: it may have diverged");
    }
    for (std::size_t n = 0; n < count; ++n) {
      for (std::size_t m = 0; m < count_of_maps; ++m) {
        const std::size_t begin = (n * count_of_maps + m) * cropped.values.size();
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(begin), cropped.values.size(),
                    cropped.values.begin());
        put_widened(dataset::undo_crop_or_pad(cropped, rows, columns, options.outside[m]), first + n, border, maps[m]);
      }
    }
  }
  return maps;
}

}  // namespace

std::vector<Image> map_slices(const Image& image, const image::LabelMap* labels, const image::Preprocessing& steps,
                              const MapOptions& options, const SliceMapper& network) {
  const AxisOrder order = slices_last(dataset::slice_axis(image.grid));
  const AxisOrder back = inverse(order);
  const Grid native = reorder(image.grid, order);
  const Image prepared = image::preprocess(reorder(image, order), steps);
  image::LabelMap prepared_labels;
  if (labels) prepared_labels = image::preprocess(reorder(*labels, order), steps);
  const AxisOrder border = border_between(prepared.grid, native);
  const bool resampled = border != AxisOrder{0, 0, 0};

  std::vector<Image> maps = map_prepared(prepared, labels ? &prepared_labels : nullptr, border, options, network);
  for (Image& map : maps) {
    if (resampled) map = image::resample(map, native, image::Interpolation::linear);
    map = reorder(std::move(map), back);
    map.grid = image.grid;
  }
  return maps;
}

image::LabelMap most_probable(const std::vector<Image>& probabilities) {
  image::LabelMap labels(probabilities.at(0).grid);
  std::vector<float> best = probabilities[0].voxels;
  for (std::size_t c = 1; c < probabilities.size(); ++c) {
    for (std::size_t v = 0; v < best.size(); ++v) {
      if (!(probabilities[c].voxels[v] > best[v])) continue;
      best[v] = probabilities[c].voxels[v];
      labels.voxels[v] = static_cast<std::int32_t>(c);
    }
  }
  return labels;
}

Segmentation segment(const Image& image, const image::Preprocessing& steps, const SegmentOptions& options,
                     const SliceClassifier& network) {
  MapOptions how{std::vector<float>(options.classes, 0.0F), options.crop, options.minmax_slices, options.batch_size};
  how.outside[0] = 1;
  std::vector<Image> maps =
      map_slices(image, nullptr, steps, how, [&](const auto& slices, const auto&) { return network(slices); });
  Segmentation result;
  result.labels = most_probable(maps);
  if (options.keep_probabilities) result.probabilities = std::move(maps);
  return result;
}

}  // namespace coopseg::inference
