// Training batches, made ahead of the network on all cores.
//
//   TrainingSet set = load_training_set(cases, options);
//   BatchSource source(set, policy, {batch_size, seed, noise});
//   for (iteration...) Batch batch = source.next();
//
// A batch is a pure function of (seed, epoch, iteration): whatever the threads, and after --resume, the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/dataset/augmentation.h"
#include "coopseg/dataset/slices.h"

namespace coopseg::dataset {

// All slices of the labelled volumes of a list, in memory, in the list's order, label values turned into class
// indices by name (or, without names, by value).
struct TrainingSet {
  struct Source {
    std::string case_name, image_sha256;
    std::size_t first_slice = 0, slices = 0;
  };
  std::vector<Slice> slices;
  std::vector<Source> sources;
  core::LabelNames classes;   // class index 1 ... n; index 0 is background
  std::size_t empty_slices = 0;
};

struct LoadOptions {
  core::LabelNames classes;   // empty: the names of the list, which must agree, else the values found as "1", "2", ...
  int threads = 1;
};

// Reads every case that has a label; warns of those that have none. Throws core::DataError if a grid differs, a label
// is outside the classes, or nothing is labelled.
TrainingSet load_training_set(const std::vector<core::Case>& cases, const LoadOptions& options);

// N images of crop x crop pixels, row-major: image [N, rows, columns].
struct Batch {
  std::size_t count = 0, rows = 0, columns = 0;
  std::vector<float> images;         // clean, as the reconstruction's target
  std::vector<float> noise;          // standard normal, one per pixel
  std::vector<std::int64_t> labels;  // class indices
};

struct BatchOptions {
  std::size_t batch_size = 20;        // half augmented, half the same slices as they are
  std::uint64_t seed = 0;
  bool keep_empty_slices = false;     // else a slice without label is replaced by a random labelled one of its volume
  int threads = 1;                    // of oneTBB, for making batches
  std::size_t ahead = 2;              // batches prepared in the background
};

class BatchSource {
 public:
  BatchSource(const TrainingSet& set, const AugmentationPolicy& policy, const BatchOptions& options);
  ~BatchSource();
  std::size_t batches_per_epoch() const;  // the last one of an epoch may be smaller
  Batch make(std::size_t epoch, std::size_t index) const;  // at once, in the calling thread
  // Sets the position (for --resume) and starts preparing from there; next() gives batches in order, across epochs.
  void start(std::size_t epoch, std::size_t index);
  Batch next();

 private:
  struct Worker;
  const TrainingSet& set_;
  AugmentationPolicy policy_;
  BatchOptions options_;
  std::unique_ptr<Worker> worker_;
};

// Validation: pad, centre crop, min-max; every slice of the set in order, in batches of at most `batch_size`.
std::vector<Batch> validation_batches(const TrainingSet& set, const AugmentationPolicy& policy,
                                      const BatchOptions& options);

// Prediction: zero-pad and centre crop to crop x crop (offset (h - crop) / 2, floored), optionally min-max per slice;
// and the way back, from a crop to the slice's own size (what was cropped away is `outside`).
ImagePlane crop_or_pad(const ImagePlane& plane, std::size_t crop);
LabelPlane undo_crop_or_pad(const LabelPlane& plane, std::size_t rows, std::size_t columns, std::uint8_t outside);
ImagePlane undo_crop_or_pad(const ImagePlane& plane, std::size_t rows, std::size_t columns, float outside);
void minmax(ImagePlane& plane);  // (v - min) / (max - min); a constant plane becomes 0

}  // namespace coopseg::dataset
