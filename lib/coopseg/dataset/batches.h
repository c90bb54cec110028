// Slices of labelled volumes, and batches of them to train with.
//
//   TrainingSet set = load_training_set(cases, options);
//   SliceBatches batches(set, policy, options);   // keeps a reference to the set
//   Batch batch = batches.make(epoch, index);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/dataset/augmentation.h"
#include "coopseg/dataset/batch.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

// True if no pixel has a class.
bool is_empty(const LabelPlane& label);

// All slices of the labelled volumes of a list, in memory, in the list's order, label values turned into class
// indices by name (or, without names, by value).
struct TrainingSet {
  struct Source {
    std::string case_name, image_sha256;
    std::size_t first_slice = 0, slices = 0;
    std::string made_from;  // SHA-256 of the original that the image's sidecar names; empty without one
    image::Grid grid = {};  // of the volume
  };
  std::vector<Slice> slices;
  std::vector<Source> sources;
  core::LabelNames classes;       // class index 1 ... n; index 0 is background
  core::LabelNames label_values;  // the same classes with the values that they have in label maps without names
  bool named = false;             // the classes' names come from the list
  std::size_t empty_slices = 0;
};

// The slices of what load_labelled_volumes() reads; warns and throws as it does, and throws core::DataError for a label
// map of which a part was not drawn.
TrainingSet load_training_set(const std::vector<core::Case>& cases, const LoadOptions& options);

struct BatchOptions {
  std::size_t batch_size = 20;  // even: half augmented, half the same slices as they are
  std::uint64_t seed = 0;
  bool keep_empty_slices = false;  // else a slice without label is replaced by a random labelled one of its volume
  int threads = 1;                 // of oneTBB, for making batches
};

// Of slices of crop x crop pixels. The set must outlive it. An epoch is one pass over all slices in a random order of
// its own.
class SliceBatches : public BatchMaker {
 public:
  // Throws core::UsageError if the batch size is odd or 0, or the set holds no slice.
  SliceBatches(const TrainingSet& set, const AugmentationPolicy& policy, const BatchOptions& options);
  std::size_t batches_per_epoch() const override;
  Batch make(std::size_t epoch, std::size_t index, Share share = {}) const override;

 private:
  const TrainingSet& set_;
  AugmentationPolicy policy_;
  BatchOptions options_;
};

// What a model is judged by after each epoch: pad, centre crop, min-max; every slice of the set in order, in batches of
// at most `batch_size`, without noise.
class ValidationSource {
 public:
  // `set`, null for none, must outlive the source. With options.keep_empty_slices every slice is validated as it is;
  // without, an empty one is replaced by a random labelled one of its volume, drawn anew for each epoch, as the
  // reference does: scores of two epochs then differ by chance, too. Throws core::UsageError for a batch size of 0.
  ValidationSource(const TrainingSet* set, const AugmentationPolicy& policy, const BatchOptions& options);
  bool empty() const { return !set_ || set_->slices.empty(); }
  std::size_t batch_count() const {
    return empty() ? 0 : (set_->slices.size() + options_.batch_size - 1) / options_.batch_size;
  }
  // Valid until the next call.
  const std::vector<Batch>& batches(std::size_t epoch);

 private:
  const TrainingSet* set_;
  AugmentationPolicy policy_;
  BatchOptions options_;
  std::optional<std::size_t> made_for_;
  std::vector<Batch> batches_;
};

// Prediction and the unchanged half of a batch: zero-pad and centre crop to crop x crop. The crop starts at
// image::middle_start(), where zeros come first if that is negative; augmented slices are cropped by another rule,
// centre_rounded_up(). And the way back, from a crop to the
// slice's own size (what was cropped away is `outside`).
ImagePlane crop_or_pad(const ImagePlane& plane, std::size_t crop);
LabelPlane crop_or_pad(const LabelPlane& plane, std::size_t crop);
LabelPlane undo_crop_or_pad(const LabelPlane& plane, std::size_t rows, std::size_t columns, std::uint8_t outside);
ImagePlane undo_crop_or_pad(const ImagePlane& plane, std::size_t rows, std::size_t columns, float outside);
void minmax(ImagePlane& plane);  // (v - min) / (max - min); a constant plane becomes 0

}  // namespace coopseg::dataset
