// What a network is trained on at a time, and who makes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace coopseg::dataset {

// `count` images of one size, of which the first `labelled` have labels. Two-dimensional images have one plane.
struct Batch {
  // The batch that this is a share of, or the batch itself; all 0 where nobody has said so.
  struct Whole {
    std::size_t count = 0, labelled = 0;
    std::vector<std::size_t> places;  // of each image here, in the whole batch
    // What each of its images has, so that a share without one knows: signed distances, and of the images without label
    // class indices or probabilities of so many classes.
    std::size_t distances = 0, pseudo_probabilities = 0;
    bool pseudo_labels = false;
  };
  std::array<std::size_t, 3> size{};  // columns, rows, planes; columns lie next to each other in memory
  std::size_t count = 0, labelled = 0;
  std::vector<float> images;              // clean, as the reconstruction's target
  // Of each view that the method asks for: standard normal, one per voxel. PatchBatches fills it for the images without
  // label alone, count - labelled of them, as nothing else is seen twice; Batches for all images.
  std::vector<std::vector<float>> noise;
  std::vector<std::int64_t> labels;       // class indices, of the labelled images, or kIgnoredLabel
  bool has_ignored = false;               // some of them, or of the others' below, are kIgnoredLabel or 0 everywhere
  // Of the images without label of their own, count - labelled of them, where the method learns what a model said of
  // them: class indices likewise, or the probabilities of all classes, [image][class][z][y][x], background first, which
  // are 0 where the label is kIgnoredLabel.
  std::vector<std::int64_t> pseudo_labels;
  std::vector<float> pseudo_probabilities;
  // Signed distances, where the method asks for them: one map per class of each labelled image,
  // [labelled][class][z][y][x].
  std::vector<float> distances;
  std::vector<std::uint32_t> cases;       // of each image: the case's place in the set
  Whole whole;

  std::size_t voxels() const { return size[0] * size[1] * size[2]; }  // of an image
};

// A process's share of each batch, where several train together.
struct Share {
  std::size_t index = 0, count = 1;
};

// Batches are pure functions of the maker's seed and their place: whatever the threads, and after --resume, the same
// bytes.
class BatchMaker {
 public:
  virtual ~BatchMaker() = default;
  virtual std::size_t batches_per_epoch() const = 0;  // the last one of an epoch may be smaller
  // index < batches_per_epoch(). The shares of a batch hold each of its images once, in each the labelled ones before
  // the others; a share may be without either. The last batch of an epoch, where it has fewer images than there are
  // shares, is in every share as a whole. For any number of threads at once.
  virtual Batch make(std::size_t epoch, std::size_t index, Share share = {}) const = 0;
};

}  // namespace coopseg::dataset
