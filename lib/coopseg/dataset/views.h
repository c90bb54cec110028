// Batches of two views of each of some images, for contrastive pre-training.
//
//   ViewBatches batches(volumes, ViewAugmentation::named("global"), options);   // keeps a reference to the set
//   Batch batch = batches.make(epoch, index);   // 2 N images: first views, then second ones in the same order
//
// Images are the volumes, or, of patches of one plane (X x Y x 1), their slices along the third axis. An epoch is one
// pass over them in a random order of its own, N at a time; an incomplete group at its end is dropped. Every number is a
// pure function of the seed, the epoch and the place in it.
//
// What is done to a view it draws by itself, where it is cut, too; or, where the two have labels in common, intensities
// alone.
#pragma once

#include <cstdint>
#include <vector>

#include "coopseg/dataset/batch.h"
#include "coopseg/dataset/patch_cutting.h"
#include "coopseg/dataset/view_augmentation.h"
#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

struct ViewOptions {
  PatchSize patch{160, 160, 1};
  std::size_t images = 4;  // of a batch, each seen twice
  // Both views are cut, turned, scaled and deformed alike, and Batch::labels has the labels of each, twice. Images without a
  // label of a class have no part. False: Batch::labelled is 0, and labels are not looked at.
  bool labels = false;
  bool minmax = false;  // each view is scaled to [0, 1] before it is shifted and gets its noise
  std::uint64_t seed = 0;
  int threads = 1;  // of oneTBB, for making batches
};

class ViewBatches : public BatchMaker {
 public:
  // Throws core::UsageError for numbers that give no batch, and for sets that hold too few images.
  ViewBatches(const VolumeSet& set, const ViewAugmentation& augmentation, const ViewOptions& options);
  std::size_t batches_per_epoch() const override { return images_.size() / options_.images; }
  // A share has both views of its images.
  Batch make(std::size_t epoch, std::size_t index, Share share = {}) const override;

  std::size_t images() const { return images_.size(); }  // of an epoch

 private:
  struct Image {
    std::size_t volume = 0, plane = 0;  // the plane of slices alone
  };
  bool slices() const { return options_.patch[2] == 1; }
  // Of image `place` of the epoch, view 0 or 1; labels may be null.
  void make_view(std::size_t epoch, std::size_t place, std::size_t view, const Image& image, float* voxels,
                 std::int64_t* labels) const;

  const VolumeSet& set_;
  ViewAugmentation augmentation_;
  ViewOptions options_;
  std::vector<VolumeStatistics> statistics_;  // of each volume
  std::vector<Image> images_;
};

}  // namespace coopseg::dataset
