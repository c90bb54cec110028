#include "coopseg/dataset/volume_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/dataset/labelled_cases.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/orientation.h"

namespace coopseg::dataset {
namespace {

constexpr char kRemedyOfProbabilities[] = "make it with cs-predict --pseudo-labels --probabilities";
constexpr double kRounding = 1e-3;  // of sums of probabilities that were averaged or resampled

// That patches can teach something of it.
void require_volume(const TrainingVolume& v, bool allow_slices) {
  if (v.grid.two_dimensional && !allow_slices)
    throw core::DataError(v.image_file, "is a two-dimensional image, and the network sees volumes",
                          "cs-train-ftn and cs-train-coop learn from slices");
  const auto [least, most] = std::minmax_element(v.voxels.begin(), v.voxels.end());
  if (*least == *most)
    throw core::DataError(v.image_file, "is constant: there is nothing to learn", "leave the case out of the list");
}

void lay_slices_last(TrainingVolume& v) {
  const image::AxisTurn turn = image::slices_last(v.grid);
  v.voxels = image::turned(std::move(v.voxels), v.grid, turn);
  v.labels = image::turned(std::move(v.labels), v.grid, turn);
  v.grid = image::turned(v.grid, turn);
}

void read_probabilities(const core::Case& c, const LoadOptions& options, TrainingVolume& v) {
  const core::LabelNames& classes = options.classes;
  const core::fs::path file = *c.path(kLabelProbabilities);
  std::vector<image::Image> frames = image::read_frames(file);
  if (options.allow_slices)
    for (image::Image& frame : frames) frame = image::turned(std::move(frame), image::slices_last(frame.grid));
  if (const std::string difference = image::grid_difference(frames.front().grid, v.grid); !difference.empty())
    throw core::DataError(file.string(), fmt::format("grid differs from its image {}: {}", v.image_file, difference),
                          kRemedyOfProbabilities);
  // Classes stand in the order of their values, as the program that writes them has them.
  const core::LabelNames names = core::without_ignored(c.labels());
  if (names.empty() || frames.size() != names.size() + 1)
    throw core::DataError(file.string(),
                          fmt::format("has {} frames, expected the background and one for each of the {} labels of {}",
                                      frames.size(), names.size(), v.case_name),
                          kRemedyOfProbabilities);
  const std::size_t voxels = v.voxels.size();
  v.probabilities.resize((classes.size() + 1) * voxels);
  std::copy(frames[0].voxels.begin(), frames[0].voxels.end(), v.probabilities.begin());
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const auto named =
        std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.first == classes[k].first; });
    const auto& frame = frames[static_cast<std::size_t>(named - names.begin()) + 1];
    std::copy(frame.voxels.begin(), frame.voxels.end(),
              v.probabilities.begin() + static_cast<std::ptrdiff_t>((k + 1) * voxels));
  }
  for (std::size_t i = 0; i < voxels; ++i) {
    double sum = 0;
    for (std::size_t k = i; k < v.probabilities.size(); k += voxels) {
      const float p = v.probabilities[k];
      if (!(p >= 0 && p <= 1))
        throw core::DataError(file.string(), fmt::format("holds {:g}, which is no probability", p),
                              kRemedyOfProbabilities);
      sum += p;
    }
    if (std::abs(sum - 1) > kRounding)
      throw core::DataError(file.string(),
                            fmt::format("has probabilities that add up to {:g} in a voxel, expected 1", sum),
                            kRemedyOfProbabilities);
  }
}

}  // namespace

VolumeSet load_labelled_volumes(const std::vector<core::Case>& cases, const LoadOptions& options) {
  VolumeSet set = read_labelled_cases(cases, options);
  for_all_cases(set.volumes.size(), options.threads, [&](std::size_t i) {
    require_volume(set.volumes[i], options.allow_slices);
    if (options.allow_slices) lay_slices_last(set.volumes[i]);
  });
  for (const TrainingVolume& v : set.volumes)
    if (std::all_of(v.labels.begin(), v.labels.end(),
                    [](std::uint8_t label) { return label == 0 || label == kIgnoredLabel; }))
      core::warning("{}: holds no label; the volume is used as it is", v.label_file);
  return set;
}

VolumeSet load_pseudo_labelled_volumes(const std::vector<core::Case>& cases, const LoadOptions& options, bool soft) {
  VolumeSet set = load_labelled_volumes(cases, options);
  assert(set.volumes.size() == cases.size());
  if (soft)
    for_all_cases(cases.size(), options.threads,
                  [&](std::size_t i) { read_probabilities(cases[i], options, set.volumes[i]); });
  return set;
}

VolumeSet load_unlabelled_volumes(const std::vector<core::Case>& cases, int threads, bool allow_slices) {
  if (cases.empty()) throw core::DataError("", "the list of unlabelled cases is empty", "list cases, as cs-list does");
  VolumeSet set;
  set.volumes.resize(cases.size());
  for_all_cases(cases.size(), threads, [&](std::size_t i) {
    set.volumes[i] = read_image_of_case(cases[i]);
    require_volume(set.volumes[i], allow_slices);
    if (allow_slices) lay_slices_last(set.volumes[i]);
  });
  return set;
}

}  // namespace coopseg::dataset
