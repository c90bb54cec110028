#include "coopseg/dataset/patches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/class_index.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kLongestSide = 4096, kMostImages = 4096, kMostViews = 64;
constexpr std::size_t kMostVoxels = std::size_t{1} << 32;  // of a batch, in one array: 16 GiB

std::string shown(const PatchSize& size) { return fmt::format("{} x {} x {}", size[0], size[1], size[2]); }

void check(const VolumeSet& labelled, const VolumeSet* unlabelled, const PatchOptions& o) {
  for (const std::size_t side : o.patch)
    if (side == 0 || side > kLongestSide)
      throw core::UsageError("--patch",
                             fmt::format("is {} voxels, expected sides of 1 to {}", shown(o.patch), kLongestSide));
  if (o.labelled == 0 || o.labelled > kMostImages || o.unlabelled > kMostImages)
    throw core::UsageError("--batch-size",
                           fmt::format("is of {} labelled and {} unlabelled volumes", o.labelled, o.unlabelled),
                           fmt::format("give 1 to {} labelled ones and at most {} others", kMostImages, kMostImages));
  if (o.noise_views > kMostViews)
    throw core::UsageError("noise views", fmt::format("are {}, expected at most {}", o.noise_views, kMostViews));
  const std::size_t images = o.labelled + o.unlabelled, arrays = std::max<std::size_t>(1, o.noise_views);
  if (o.patch[0] * o.patch[1] * o.patch[2] > kMostVoxels / images / arrays)
    throw core::UsageError("--batch-size",
                           fmt::format("of {} patches of {} voxels is too large", images, shown(o.patch)),
                           "give a smaller patch, or fewer of them");
  if (labelled.volumes.size() < o.labelled)
    throw core::UsageError("--batch-size",
                           fmt::format("takes {} labelled volumes at a time, the list has {}", o.labelled,
                                       labelled.volumes.size()),
                           "give a smaller batch, or more labelled cases");
  if (o.unlabelled > 0 && (!unlabelled || unlabelled->volumes.empty()))
    throw core::UsageError("--batch-size",
                           fmt::format("takes {} unlabelled volumes at a time, and there are none", o.unlabelled),
                           "list unlabelled cases");
}

}  // namespace

PatchBatches::PatchBatches(const VolumeSet& labelled, const VolumeSet* unlabelled,
                           const PatchAugmentation& augmentation, const PatchOptions& options)
    : labelled_(labelled), unlabelled_(unlabelled), augmentation_(augmentation), options_(options) {
  check(labelled, unlabelled, options);
  statistics_.resize(labelled.volumes.size() + (unlabelled ? unlabelled->volumes.size() : 0));
  core::for_each_index(statistics_.size(), options_.threads,
                       [this](std::size_t i) { statistics_[i] = statistics_of(volume(i)); });
}

std::size_t PatchBatches::batches_per_epoch() const { return labelled_.volumes.size() / options_.labelled; }

const TrainingVolume& PatchBatches::volume(std::size_t i) const {
  const std::size_t labelled = labelled_.volumes.size();
  return i < labelled ? labelled_.volumes[i] : unlabelled_->volumes[i - labelled];
}

std::vector<PatchBatches::Item> PatchBatches::items(std::size_t epoch, std::size_t index) const {
  std::vector<Item> out;
  const std::vector<std::size_t> order =
      core::RandomStream(options_.seed, {"order of labelled volumes"}, {epoch}).permutation(labelled_.volumes.size());
  for (std::size_t i = index * options_.labelled; i < (index + 1) * options_.labelled; ++i)
    out.push_back({order[i], "labelled patch", epoch, i});

  const std::uint64_t first = (std::uint64_t{epoch} * batches_per_epoch() + index) * options_.unlabelled;
  std::vector<std::size_t> permutation;
  for (std::uint64_t k = first; k < first + options_.unlabelled; ++k) {
    const std::uint64_t count = unlabelled_->volumes.size();
    if (permutation.empty() || k % count == 0)
      permutation = core::RandomStream(options_.seed, {"order of unlabelled volumes"}, {k / count})
                        .permutation(unlabelled_->volumes.size());
    out.push_back({labelled_.volumes.size() + permutation[k % count], "unlabelled patch", epoch,
                   index * options_.unlabelled + (k - first)});
  }
  return out;
}

Batch PatchBatches::make(std::size_t epoch, std::size_t index, Share share) const {
  assert(index < batches_per_epoch() && share.index < share.count);
  const auto part = [&share](std::size_t count) {
    return std::array<std::size_t, 2>{count * share.index / share.count, count * (share.index + 1) / share.count};
  };
  const std::array<std::size_t, 2> labelled = part(options_.labelled), others = part(options_.unlabelled);
  Batch batch;
  batch.size = options_.patch;
  batch.labelled = labelled[1] - labelled[0];
  batch.count = batch.labelled + others[1] - others[0];
  const std::size_t voxels = batch.voxels();
  batch.images.resize(batch.count * voxels);
  batch.labels.resize(batch.labelled * voxels);
  batch.noise.assign(options_.noise_views, std::vector<float>(batch.count * voxels));
  batch.cases.resize(batch.count);

  const std::vector<Item> items = this->items(epoch, index);
  const auto place_in_whole = [&](std::size_t n) {
    return n < batch.labelled ? labelled[0] + n : options_.labelled + others[0] + (n - batch.labelled);
  };
  std::vector<std::uint8_t> ignored(batch.count, 0);  // some labels of this image are
  const auto cut = [&](std::size_t n) {
    const Item& item = items[place_in_whole(n)];
    core::RandomStream random(options_.seed, {"augment", item.stream}, {item.epoch, item.place});
    const PatchDraw draw = draw_patch(augmentation_, random);
    cut_patch(volume(item.volume), statistics_[item.volume], augmentation_.flip, draw,
              core::RandomStream(options_.seed, {"elastic", item.stream}, {item.epoch, item.place}), options_.patch,
              batch.images.data() + n * voxels, n < batch.labelled ? batch.labels.data() + n * voxels : nullptr);
    batch.cases[n] = static_cast<std::uint32_t>(item.volume);
    if (n < batch.labelled && volume(item.volume).has_ignored) {
      const auto first = batch.labels.begin() + static_cast<std::ptrdiff_t>(n * voxels);
      ignored[n] = std::count(first, first + static_cast<std::ptrdiff_t>(voxels), kIgnoredLabel) > 0;
    }
  };
  const auto fill_noise = [&](std::size_t n, std::size_t view, std::size_t plane) {
    const std::size_t pixels = batch.size[0] * batch.size[1];
    core::RandomStream noise(options_.seed, {"patch noise"}, {epoch, index, place_in_whole(n), view, plane});
    std::generate_n(batch.noise[view].begin() + static_cast<std::ptrdiff_t>(n * voxels + plane * pixels), pixels,
                    [&noise] { return static_cast<float>(noise.normal()); });
  };
  // Each piece fills its own part of the batch from its own streams, so who makes it does not matter. Noise is drawn
  // plane by plane: it takes longer than a patch.
  const std::size_t planes = batch.size[2];
  core::for_each_index(batch.count * (1 + options_.noise_views * planes), options_.threads, [&](std::size_t piece) {
    if (piece < batch.count) return cut(piece);
    const std::size_t k = piece - batch.count;
    fill_noise(k / planes % batch.count, k / planes / batch.count, k % planes);
  });
  batch.has_ignored = std::count(ignored.begin(), ignored.end(), 1) > 0;
  return batch;
}

}  // namespace coopseg::dataset
