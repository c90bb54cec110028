#include <algorithm>
#include <iterator>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/dataset/labelled_cases.h"

namespace coopseg::dataset {

TrainingSet load_training_set(const std::vector<core::Case>& cases, const LoadOptions& options) {
  VolumeSet read = read_labelled_cases(cases, options);
  for (const TrainingVolume& volume : read.volumes)
    if (volume.has_ignored)
      throw core::DataError(volume.case_name,
                            "has a label map of which a part was not drawn, and the network learns from the shapes of "
                            "whole ones",
                            "cs-train-semi --method supervised learns from partly drawn label maps");
  std::vector<std::vector<Slice>> slices(read.volumes.size());
  core::for_each_index(slices.size(), options.threads, [&](std::size_t i) {
    // Freed at the end of the piece: the slices take their place.
    image::Image image;
    image::Volume<std::uint8_t> label;
    image.grid = label.grid = read.volumes[i].grid;
    image.voxels = std::move(read.volumes[i].voxels);
    label.voxels = std::move(read.volumes[i].labels);
    const std::size_t axis = slice_axis(image.grid);
    for (std::size_t k = 0; k < image.grid.size[axis]; ++k)
      slices[i].push_back({slice_of(image, axis, k), slice_of(label, axis, k)});
  });

  TrainingSet set;
  set.classes = read.classes;
  set.label_values = read.label_values;
  set.named = read.named;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const TrainingVolume& volume = read.volumes[i];
    set.sources.push_back(
        {volume.case_name, volume.image_sha256, set.slices.size(), slices[i].size(), volume.made_from, volume.grid});
    const auto empty = static_cast<std::size_t>(
        std::count_if(slices[i].begin(), slices[i].end(), [](const Slice& s) { return is_empty(s.label); }));
    if (empty == slices[i].size())
      core::warning("{}: no slice holds a label; its slices are used as they are", volume.label_file);
    set.empty_slices += empty;
    std::move(slices[i].begin(), slices[i].end(), std::back_inserter(set.slices));
  }
  return set;
}

}  // namespace coopseg::dataset
