#include "coopseg/dataset/volume_set.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/labelled_cases.h"

namespace coopseg::dataset {
namespace {

// That patches can teach something of it.
void require_volume(const TrainingVolume& v, bool allow_slices) {
  if (v.grid.two_dimensional && !allow_slices)
    throw core::DataError(v.image_file, "is a two-dimensional image, and the network sees volumes",
                          "cs-train-ftn and cs-train-coop learn from slices");
  const auto [least, most] = std::minmax_element(v.voxels.begin(), v.voxels.end());
  if (*least == *most)
    throw core::DataError(v.image_file, "is constant: there is nothing to learn", "leave the case out of the list");
}

}  // namespace

VolumeSet load_labelled_volumes(const std::vector<core::Case>& cases, const LoadOptions& options) {
  VolumeSet set = read_labelled_cases(cases, options);
  for_all_cases(set.volumes.size(), options.threads, [&](std::size_t i) {
    require_volume(set.volumes[i], options.allow_slices);
  });
  for (const TrainingVolume& v : set.volumes)
    if (std::all_of(v.labels.begin(), v.labels.end(),
                    [](std::uint8_t label) { return label == 0 || label == kIgnoredLabel; }))
      core::warning("{}: holds no label; the volume is used as it is", v.label_file);
  return set;
}

VolumeSet load_unlabelled_volumes(const std::vector<core::Case>& cases, int threads, bool allow_slices) {
  if (cases.empty()) throw core::DataError("", "the list of unlabelled cases is empty", "list cases, as cs-list does");
  VolumeSet set;
  set.volumes.resize(cases.size());
  for_all_cases(cases.size(), threads, [&](std::size_t i) {
    set.volumes[i] = read_image_of_case(cases[i]);
    require_volume(set.volumes[i], allow_slices);
  });
  return set;
}

}  // namespace coopseg::dataset
