#include "coopseg/dataset/views.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/class_index.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kViews = 2;

// Whether voxels from `first` to `last` have a label of a class.
bool has_class(const TrainingVolume& volume, std::size_t first, std::size_t last) {
  const auto begin = volume.labels.begin();
  return std::any_of(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last),
                     [](std::uint8_t label) { return label != 0 && label != kIgnoredLabel; });
}

void scale_to_unit_range(float* first, std::size_t count) {
  const auto [least, most] = std::minmax_element(first, first + count);
  const float low = *least, range = *most - low;
  std::transform(first, first + count, first, [&](float v) { return range > 0 ? (v - low) / range : 0; });
}

// What changes intensities as `own` has it, all else as `geometry`.
PatchDraw with_intensities_of(const PatchDraw& own, PatchDraw geometry) {
  geometry.gamma = own.gamma;
  geometry.exponent = own.exponent;
  geometry.contrast = own.contrast;
  geometry.factor = own.factor;
  geometry.brightness = own.brightness;
  geometry.shift = own.shift;
  return geometry;
}

}  // namespace

ViewBatches::ViewBatches(const VolumeSet& set, const ViewAugmentation& augmentation, const ViewOptions& options)
    : set_(set), augmentation_(augmentation), options_(options) {
  for (std::size_t i = 0; i < set.volumes.size(); ++i) {
    const TrainingVolume& volume = set.volumes[i];
    const std::size_t pieces = slices() ? volume.grid.size[2] : 1, voxels = volume.voxels.size() / pieces;
    for (std::size_t k = 0; k < pieces; ++k)
      if (!options.labels || has_class(volume, k * voxels, (k + 1) * voxels)) images_.push_back({i, k});
  }
  if (options.images == 0) throw core::UsageError("--batch-size", "must be at least 1");
  if (images_.size() < options.images)
    throw core::UsageError(
        "--batch-size",
        fmt::format("takes {} images at a time, and there are {} {}{}", options.images, images_.size(),
                    slices() ? "slices" : "volumes", options.labels ? " with a label of a class" : ""),
        "give a smaller batch, or more cases");
  statistics_.resize(set.volumes.size());
  core::for_each_index(statistics_.size(), options_.threads,
                       [this](std::size_t i) { statistics_[i] = statistics_of(set_.volumes[i]); });
}

void ViewBatches::make_view(std::size_t epoch, std::size_t place, std::size_t view, const Image& image, float* voxels,
                            std::int64_t* labels) const {
  core::RandomStream of_image(options_.seed, {"augment image"}, {epoch, place});
  core::RandomStream of_view(options_.seed, {"augment view"}, {epoch, place, view});
  const PatchDraw common = draw_patch(augmentation_.patch, of_image);
  PatchDraw draw = draw_patch(augmentation_.patch, of_view);
  if (options_.labels) draw = with_intensities_of(draw, common);
  if (slices()) draw = draw.in_plane(image.plane);
  const std::size_t of_elastic = options_.labels ? 0 : view;
  cut_patch(set_.volumes[image.volume], statistics_[image.volume], augmentation_.patch.flip, draw,
            core::RandomStream(options_.seed, {"elastic view"}, {epoch, place, of_elastic}), options_.patch,
            {voxels, labels});
  const std::size_t count = options_.patch[0] * options_.patch[1] * options_.patch[2];
  if (options_.minmax) scale_to_unit_range(voxels, count);

  const bool shifted = of_view.chance(augmentation_.shift_probability);
  const double shift = augmentation_.shift_mean + augmentation_.shift_deviation * of_view.normal();
  const bool noisy = of_view.chance(augmentation_.noise_probability);
  const double deviation = of_view.uniform(0, augmentation_.noise);
  if (shifted) std::transform(voxels, voxels + count, voxels, [&](float v) { return static_cast<float>(v + shift); });
  if (noisy)
    std::transform(voxels, voxels + count, voxels,
                   [&](float v) { return static_cast<float>(v + deviation * of_view.normal()); });
}

Batch ViewBatches::make(std::size_t epoch, std::size_t index, Share share) const {
  assert(index < batches_per_epoch() && share.index < share.count);
  const std::size_t first = options_.images * share.index / share.count;
  const std::size_t images = options_.images * (share.index + 1) / share.count - first;
  Batch batch;
  batch.size = options_.patch;
  batch.count = kViews * images;
  batch.labelled = options_.labels ? batch.count : 0;
  batch.whole.count = kViews * options_.images;
  batch.whole.labelled = options_.labels ? batch.whole.count : 0;
  for (std::size_t n = 0; n < batch.count; ++n)
    batch.whole.places.push_back(n / images * options_.images + first + n % images);
  const std::size_t voxels = batch.voxels();
  batch.images.resize(batch.count * voxels);
  batch.labels.resize(batch.labelled * voxels);
  batch.cases.resize(batch.count);
  const std::vector<std::size_t> order =
      core::RandomStream(options_.seed, {"order of images"}, {epoch}).permutation(images_.size());
  core::for_each_index(batch.count, options_.threads, [&](std::size_t n) {
    const std::size_t view = n / images, place = index * options_.images + first + n % images;
    const Image& image = images_[order[place]];
    make_view(epoch, place, view, image, batch.images.data() + n * voxels,
              options_.labels ? batch.labels.data() + n * voxels : nullptr);
    batch.cases[n] = static_cast<std::uint32_t>(image.volume);
  });
  batch.has_ignored = std::count(batch.labels.begin(), batch.labels.end(), kIgnoredLabel) > 0;
  return batch;
}

}  // namespace coopseg::dataset
