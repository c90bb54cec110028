// Batches of patches of volumes, labelled ones before others: two streams of cases, of which one may be empty.
//
//   PatchBatches batches(labelled, &pool, PatchAugmentation::named("la"), options);   // keeps references to the sets
//   Batch batch = batches.make(epoch, index);
//
// An epoch is one pass over the labelled volumes, in a random order of its own, in groups of options.labelled; an
// incomplete group at its end is dropped. Each group gets options.unlabelled volumes of endless random permutations of
// the others: volume k of all that were ever taken, counted from 0 over all epochs, stands in permutation
// floor(k / count). (Two-stream sampler of the public UA-MT code, MICCAI 2019.) Every number is a pure function of the
// seed, the epoch and the place in it, so that there is no state to keep: any batch can be made at any time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coopseg/dataset/batch.h"
#include "coopseg/dataset/patch_augmentation.h"
#include "coopseg/dataset/patch_cutting.h"
#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

struct PatchOptions {
  PatchSize patch{112, 112, 80};
  std::size_t labelled = 2, unlabelled = 0;  // of a batch
  std::size_t noise_views = 0;               // arrays of Batch::noise
  std::uint64_t seed = 0;
  int threads = 1;  // of oneTBB, for making batches
};

// Batch::cases counts the labelled volumes first: volume i of the unlabelled set is labelled.volumes.size() + i.
// Batch::distances stays empty. Each share has its part of the labelled images and its part of the others.
class PatchBatches : public BatchMaker {
 public:
  // `unlabelled` may be null where options.unlabelled is 0. Throws core::UsageError for numbers that give no batch or
  // one beyond all memory, and for sets that hold too few volumes.
  PatchBatches(const VolumeSet& labelled, const VolumeSet* unlabelled, const PatchAugmentation& augmentation,
               const PatchOptions& options);
  std::size_t batches_per_epoch() const override;
  Batch make(std::size_t epoch, std::size_t index, Share share = {}) const override;

 private:
  // A volume and the stream of what is done to it.
  struct Item {
    std::size_t volume = 0;  // as Batch::cases
    const char* stream = nullptr;
    std::uint64_t epoch = 0, place = 0;
  };
  std::vector<Item> items(std::size_t epoch, std::size_t index) const;  // of the whole batch
  const TrainingVolume& volume(std::size_t i) const;

  const VolumeSet& labelled_;
  const VolumeSet* unlabelled_;
  PatchAugmentation augmentation_;
  PatchOptions options_;
  std::vector<VolumeStatistics> statistics_;  // of each volume
};

}  // namespace coopseg::dataset
