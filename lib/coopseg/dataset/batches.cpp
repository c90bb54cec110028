#include "coopseg/dataset/batches.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/augmentation_steps.h"

namespace coopseg::dataset {
namespace {

// Of the case that slice `i` is of.
std::size_t source_of(const TrainingSet& set, std::size_t i) {
  const auto after = std::upper_bound(set.sources.begin(), set.sources.end(), i,
                                      [](std::size_t slice, const auto& s) { return slice < s.first_slice; });
  assert(after != set.sources.begin());
  return static_cast<std::size_t>(after - set.sources.begin()) - 1;
}

// The slice that takes the place of slice `i`: itself, or, if it is empty and empty ones are not kept, a random one of
// its volume that is not. (The reference does so when it loads a slice, in training and in validation.)
std::size_t stand_in(const TrainingSet& set, const BatchOptions& options, std::string_view purpose, std::size_t epoch,
                     std::size_t i) {
  if (options.keep_empty_slices || !is_empty(set.slices[i].label)) return i;
  const auto& source = set.sources[source_of(set, i)];
  std::vector<std::size_t> labelled;
  for (std::size_t k = source.first_slice; k < source.first_slice + source.slices; ++k)
    if (!is_empty(set.slices[k].label)) labelled.push_back(k);
  if (labelled.empty()) return i;
  core::RandomStream draw(options.seed, {purpose}, {epoch, i});
  return labelled[draw.below(labelled.size())];
}

Batch empty_batch(std::size_t count, std::size_t crop, bool with_noise) {
  Batch batch;
  batch.count = batch.labelled = count;
  batch.size = {crop, crop, 1};
  batch.images.resize(count * batch.voxels());
  batch.labels.resize(count * batch.voxels());
  batch.cases.resize(count);
  if (with_noise) batch.noise.emplace_back(count * batch.voxels());
  return batch;
}

void place(const Slice& slice, std::size_t n, Batch& batch) {
  const std::size_t pixels = batch.voxels();
  assert(slice.image.values.size() == pixels && slice.label.values.size() == pixels);
  const auto begin = static_cast<std::ptrdiff_t>(n * pixels);
  std::copy(slice.image.values.begin(), slice.image.values.end(), batch.images.begin() + begin);
  std::copy(slice.label.values.begin(), slice.label.values.end(), batch.labels.begin() + begin);
}

}  // namespace

bool is_empty(const LabelPlane& label) {
  return std::all_of(label.values.begin(), label.values.end(), [](std::uint8_t v) { return v == 0; });
}

SliceBatches::SliceBatches(const TrainingSet& set, const AugmentationPolicy& policy, const BatchOptions& options)
    : set_(set), policy_(policy), options_(options) {
  if (options_.batch_size < 2 || options_.batch_size % 2 != 0)
    throw core::UsageError("batch size", "is " + std::to_string(options_.batch_size) + ", expected an even number",
                           "half of a batch are augmented slices, half the same slices as they are: 2, 4, ... 20");
  if (set_.slices.empty()) throw core::UsageError("training set", "holds no slice");
}

std::size_t SliceBatches::batches_per_epoch() const {
  const std::size_t slices = options_.batch_size / 2;
  return (set_.slices.size() + slices - 1) / slices;
}

Batch SliceBatches::make(std::size_t epoch, std::size_t index, Share share) const {
  assert(index < batches_per_epoch() && share.index < share.count);
  const std::size_t full = options_.batch_size / 2, first = index * full;
  const std::size_t half = std::min(full, set_.slices.size() - first), count = 2 * half;
  const std::vector<std::size_t> order =
      core::RandomStream(options_.seed, {"order of slices"}, {epoch}).permutation(set_.slices.size());
  if (count < share.count) share = {};
  const std::size_t begin = count * share.index / share.count, end = count * (share.index + 1) / share.count;
  Batch batch = empty_batch(end - begin, policy_.crop, true);
  batch.whole.count = batch.whole.labelled = count;
  batch.whole.places.resize(batch.count);
  std::iota(batch.whole.places.begin(), batch.whole.places.end(), begin);

  const auto make_one = [&](std::size_t place_in_share) {
    const std::size_t n = begin + place_in_share;  // in the whole batch
    const std::size_t position = order[first + n % half];
    const std::size_t taken = stand_in(set_, options_, "instead of an empty slice", epoch, position);
    const Slice& slice = set_.slices[taken];
    batch.cases[place_in_share] = static_cast<std::uint32_t>(source_of(set_, taken));
    Slice seen;
    if (n < half) {
      core::RandomStream random(options_.seed, {"augment"}, {epoch, position});
      const AugmentationDraw draw = draw_augmentation(policy_, random);
      seen = augment(slice, policy_, draw, core::RandomStream(options_.seed, {"elastic noise"}, {epoch, position}));
    } else {
      seen = {crop_or_pad(slice.image, policy_.crop), crop_or_pad(slice.label, policy_.crop)};
    }
    if (policy_.symmetries) {
      core::RandomStream draw(options_.seed, {"symmetry"}, {epoch, index, n});
      turn_to_symmetry(seen, static_cast<unsigned>(draw.below(kSymmetries)));
    }
    place(seen, place_in_share, batch);
    const std::size_t pixels = batch.voxels();
    core::RandomStream noise(options_.seed, {"input noise"}, {epoch, index, n});
    std::generate_n(batch.noise.front().begin() + static_cast<std::ptrdiff_t>(place_in_share * pixels), pixels,
                    [&noise] { return static_cast<float>(noise.normal()); });
  };
  // Each image fills its own part of the batch from its own streams, so who makes it does not matter.
  core::for_each_index(batch.count, options_.threads, make_one);
  return batch;
}

ValidationSource::ValidationSource(const TrainingSet* set, const AugmentationPolicy& policy,
                                   const BatchOptions& options)
    : set_(set), policy_(policy), options_(options) {
  if (options.batch_size == 0) throw core::UsageError("batch size", "is 0, expected at least 1");
}

const std::vector<Batch>& ValidationSource::batches(std::size_t epoch) {
  if (empty() || (made_for_ && (options_.keep_empty_slices || *made_for_ == epoch))) return batches_;
  batches_.clear();
  const std::size_t size = options_.batch_size, slices = set_->slices.size();
  for (std::size_t first = 0; first < slices; first += size)
    batches_.push_back(empty_batch(std::min(size, slices - first), policy_.crop, false));
  core::for_each_index(slices, options_.threads, [&](std::size_t i) {
    const Slice& slice = set_->slices[stand_in(*set_, options_, "instead of an empty validation slice", epoch, i)];
    place(prepare_for_validation(slice, policy_), i % size, batches_[i / size]);
    batches_[i / size].cases[i % size] = static_cast<std::uint32_t>(source_of(*set_, i));
  });
  made_for_ = epoch;
  return batches_;
}

}  // namespace coopseg::dataset
