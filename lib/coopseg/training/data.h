// The data of a training as its run folder and its model remember them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/dataset/patch_cutting.h"
#include "coopseg/dataset/volume_set.h"
#include "coopseg/image/orientation.h"

namespace coopseg::training {

// What the lists say under "preprocessing" (cs-preprocess writes it); null where no case has it. Throws
// core::UsageError naming two cases that differ: one network cannot serve both.
core::Json common_preprocessing(const std::vector<const std::vector<core::Case>*>& lists);

// Warns of subjects (a case's field "subject", or its id) that stand in both lists: the selection of the best model
// would be optimistic.
void warn_of_shared_subjects(const std::vector<core::Case>& train, const std::vector<core::Case>& validate);

// Throws core::UsageError naming a subject that stands in both lists, of which `option` names the other one: what is
// learned from as if nobody had drawn it would be known.
void refuse_shared_subjects(const std::vector<core::Case>& labelled, const std::vector<core::Case>& others,
                            const std::string& option);

// Warns where the other list names labels that no labelled case has, or not those: it may be of another task.
void warn_of_other_names(const std::vector<core::Case>& labelled, const std::vector<core::Case>& unlabelled);

// Warns of images, by their bytes or those of what they were made from, that stand in both sets, of which `option`
// names the other one.
void warn_of_shared_images(const dataset::VolumeSet& others, const dataset::VolumeSet& validate,
                           const std::string& option);

// Warns where most volumes are smaller than the patch, and would be padded. Null sets are passed over.
void warn_of_small_volumes(const std::vector<const dataset::VolumeSet*>& sets, const dataset::PatchSize& patch);

// Where the images of the sets lie. Null sets are passed over.
void add_grids(const dataset::TrainingSet* set, std::vector<image::Grid>& grids);
void add_grids(const dataset::VolumeSet* set, std::vector<image::Grid>& grids);
template <class... Sets>
std::vector<image::Grid> grids_of(const Sets*... sets) {
  std::vector<image::Grid> grids;
  (add_grids(sets, grids), ...);
  return grids;
}

// What a model records of its training images.
image::Orientation orientation_of(const std::vector<image::Grid>& grids, image::Seen seen);

// Warns where images lie in several ways, or some headers do not say how: the network sees them as they are stored.
void warn_of_mixed_orientation(const std::vector<image::Grid>& grids, image::Seen seen);

// Warns of slices that fill less than half of the crop that the network sees: a wrong --crop, or images of a spacing
// that is not meant.
void warn_of_small_slices(const dataset::TrainingSet& set, std::size_t crop);

// Warns of labelled voxels outside the middle crop x crop pixels, which is all that the network sees of a slice as it
// is. Null sets are passed over.
void warn_of_cut_off_labels(const std::vector<const dataset::TrainingSet*>& sets, std::size_t crop);

// Warns of images of which one has a hundred times the contrast of another, or none of them a contrast near 1: each
// volume has to be normalised by itself. Null sets are passed over.
void warn_of_unlike_scales(const std::vector<const dataset::VolumeSet*>& sets);

struct TrainingData {
  dataset::TrainingSet train;
  std::optional<dataset::TrainingSet> validate;
  core::Json preprocessing;
};

// Checks and reads both lists; the validation list's classes are those of the training list.
TrainingData load_training_data(const std::vector<core::Case>& train, const std::vector<core::Case>& validate,
                                const core::LabelNames& classes, int threads);

// For config.json: cases, image hashes and one hash over all slices, images and labels, so that a changed file is
// noticed when a run is resumed.
core::Json describe(const dataset::TrainingSet& set);
core::Json describe(const dataset::VolumeSet& set);

// In memory.
std::uint64_t bytes_of(const dataset::VolumeSet& set);

// Adds the SHA-256 of the images, and of the originals that their sidecars say they were made from, unless they are
// there.
void add_image_hashes(const dataset::TrainingSet& set, std::vector<std::string>& hashes);
void add_image_hashes(const dataset::VolumeSet& set, std::vector<std::string>& hashes);

}  // namespace coopseg::training
