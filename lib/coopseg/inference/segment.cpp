#include "coopseg/inference/segment.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/image/orientation.h"

namespace coopseg::inference {
namespace {

using dataset::ImagePlane;
using dataset::LabelPlane;
using image::Image;

void put_slice(const ImagePlane& plane, std::size_t k, Image& volume) {
  std::copy(plane.values.begin(), plane.values.end(), &volume.at(0, 0, k));
}

// One volume per map, on the grid of `prepared`, whose slices lie along the third axis.
std::vector<Image> map_prepared(const Image& prepared, const image::LabelMap* labels, const MapOptions& options,
                                const SliceMapper& network) {
  const std::size_t rows = prepared.grid.size[1], columns = prepared.grid.size[0], slices = prepared.grid.size[2];
  const std::size_t count_of_maps = options.outside.size();
  const std::size_t batch_size = options.batch_size == 0 ? slices : options.batch_size;
  std::vector<Image> maps(count_of_maps, Image(prepared.grid));
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
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(begin), cropped.values.size(), cropped.values.begin());
        put_slice(dataset::undo_crop_or_pad(cropped, rows, columns, options.outside[m]), first + n, maps[m]);
      }
    }
  }
  return maps;
}

// Volumes as networks see them, slice by slice, and the way back.
struct Prepared {
  Image image;
  image::LabelMap labels;  // where some were given
  image::AxisTurn turn;

  Prepared(const Image& given, const image::LabelMap* given_labels, const image::Preprocessing& steps)
      : image(image::preprocess(given, steps)), turn(slices_last(image.grid)) {
    if (given_labels) labels = image::turned(image::preprocess(*given_labels, steps, image.grid), turn);
    image = image::turned(std::move(image), turn);
  }

  void restore(std::vector<Image>& maps, const image::Grid& grid, const image::Preprocessing& steps,
               const std::vector<float>& outside) const {
    for (std::size_t m = 0; m < maps.size(); ++m) {
      maps[m] = image::restore(image::turned(std::move(maps[m]), image::inverse(turn)), grid, steps, outside[m]);
    }
  }
};

}  // namespace

std::vector<Image> map_slices(const Image& image, const image::LabelMap* labels, const image::Preprocessing& steps,
                              const MapOptions& options, const SliceMapper& network) {
  const Prepared prepared(image, labels, steps);
  std::vector<Image> maps = map_prepared(prepared.image, labels ? &prepared.labels : nullptr, options, network);
  prepared.restore(maps, image.grid, steps, options.outside);
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

void add_to(Image& sum, const Image& map) {
  std::transform(sum.voxels.begin(), sum.voxels.end(), map.voxels.begin(), sum.voxels.begin(), std::plus<>());
}

void divide(std::vector<Image>& sums, std::size_t networks) {
  if (networks == 1) return;
  for (Image& sum : sums)
    for (float& value : sum.voxels) value /= static_cast<float>(networks);
}

Segmentation segment(const Image& image, const image::Preprocessing& steps, const SegmentOptions& options,
                     const std::vector<SliceClassifier>& networks) {
  MapOptions how{{}, options.crop, options.minmax_slices, options.batch_size};
  for (std::size_t m = 0; m < options.segmentations * options.classes; ++m)
    how.outside.push_back(m % options.classes == 0 ? 1.0F : 0.0F);
  const bool several = options.segmentations * networks.size() > 1;
  const Prepared prepared(image, nullptr, steps);
  Segmentation result;
  std::vector<Image> sums;
  for (const SliceClassifier& network : networks) {
    std::vector<Image> maps =
        map_prepared(prepared.image, nullptr, how, [&](const auto& slices, const auto&) { return network(slices); });
    prepared.restore(maps, image.grid, steps, how.outside);
    for (std::size_t s = 0; s < options.segmentations; ++s) {
      const auto first = std::make_move_iterator(maps.begin() + static_cast<std::ptrdiff_t>(s * options.classes));
      std::vector<Image> own(first, first + static_cast<std::ptrdiff_t>(options.classes));
      if (several) result.opinions.push_back(most_probable(own));
      if (s > 0) continue;
      if (sums.empty()) {
        sums = std::move(own);
      } else {
        for (std::size_t c = 0; c < options.classes; ++c) add_to(sums[c], own[c]);
      }
    }
  }
  divide(sums, networks.size());
  result.labels = most_probable(sums);
  if (options.keep_probabilities) result.probabilities = std::move(sums);
  return result;
}

}  // namespace coopseg::inference
