// Batches of patches of volumes, or of their slices, labelled ones before others: streams of cases, of which that of
// the others may be empty.
//
//   PatchBatches batches(labelled, &pool, PatchAugmentation::named("la"), options);   // keeps references to the sets
//   Batch batch = batches.make(epoch, index);
//
// Patches of one plane (X x Y x 1) are pieces of slices along the third axis: what is said here of volumes holds for
// their slices then, all of them, whether they hold labels or not. Nothing leaves a slice or mixes it with another.
//
// An epoch is one pass over the labelled volumes, in a random order of its own, in groups of options.labelled; an
// incomplete group at its end is dropped. (Where they make two streams, each has an order of its own, and the shorter
// one ends the epoch.) Each group gets options.unlabelled volumes of endless random permutations of the others: volume
// k of all that were ever taken, counted from 0 over all epochs, stands in permutation floor(k / count). (Two-stream
// sampler of the public UA-MT code, MICCAI 2019.) These others may have pseudo-labels. Every number is a pure function
// of the seed, the epoch and the place in it, so that there is no state to keep: any batch can be made at any time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coopseg/dataset/batch.h"
#include "coopseg/dataset/patch_augmentation.h"
#include "coopseg/dataset/patch_cutting.h"
#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

// What a batch holds of the second set besides the images.
enum class OthersHave { nothing, labels, probabilities };

struct PatchOptions {
  PatchSize patch{112, 112, 80};
  std::size_t labelled = 2, unlabelled = 0;  // of a batch
  OthersHave others_have = OthersHave::nothing;
  std::size_t noise_views = 0;               // arrays of Batch::noise, of the images without label
  // Of image::signed_distance_map() in voxels, of classes 1 ... n of each labelled patch as it is after augmentation,
  // scaled to that patch. 0: Batch::distances stays empty.
  std::size_t distance_classes = 0;
  // 2: the first half of the labelled subjects, in the order of the list (rounded down), and the rest are streams of
  // their own, and a batch takes the first half of its labelled images of the one and the second half of the other.
  std::size_t labelled_streams = 1;
  // All unlabelled patches of a batch have the same place relative to their volumes (in slices: the same place in the
  // plane), the same quarter turns and the same flips.
  bool common_place = false;
  std::uint64_t seed = 0;
  int threads = 1;  // of oneTBB, for making batches
};

// Batch::cases counts the labelled volumes first: volume i of the unlabelled set is labelled.volumes.size() + i.
// Each share has its part of the labelled images, of each of their streams, and its part of the others.
class PatchBatches : public BatchMaker {
 public:
  // `unlabelled` may be null where options.unlabelled is 0; its volumes have what options.others_have says. Throws
  // core::UsageError for numbers that give no batch or one beyond all memory, and for sets that hold too few volumes.
  PatchBatches(const VolumeSet& labelled, const VolumeSet* unlabelled, const PatchAugmentation& augmentation,
               const PatchOptions& options);
  std::size_t batches_per_epoch() const override;
  Batch make(std::size_t epoch, std::size_t index, Share share = {}) const override;

 private:
  // What a patch is cut from.
  struct Source {
    std::size_t volume = 0;  // as Batch::cases
    std::size_t plane = 0;   // of slices
  };
  using Stream = std::vector<Source>;
  // A source and the stream of what is done to it.
  struct Item {
    Source source;
    const char* stream = nullptr;
    std::uint64_t epoch = 0, place = 0;
  };
  bool slices() const { return options_.patch[2] == 1; }
  void append(std::size_t volume, Stream& stream) const;
  void divide_labelled();
  std::vector<Item> items(std::size_t epoch, std::size_t index) const;  // of the whole batch
  PatchDraw draw(const Item& item, const PatchDraw* common) const;
  void set_places(Batch& batch, Share share) const;
  void make_room(Batch& batch) const;
  // Cuts image n of the batch, with what it has. Returns whether some of that is to be ignored.
  bool cut(Batch& batch, std::size_t n, const Item& item, const PatchDraw& how) const;
  void measure_distances(Batch& batch) const;
  const TrainingVolume& volume(std::size_t i) const;

  const VolumeSet& labelled_;
  const VolumeSet* unlabelled_;
  PatchAugmentation augmentation_;
  PatchOptions options_;
  std::vector<VolumeStatistics> statistics_;  // of each volume
  std::vector<Stream> labelled_streams_;
  Stream unlabelled_stream_;
};

}  // namespace coopseg::dataset
