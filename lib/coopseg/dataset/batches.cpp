#include "coopseg/dataset/batches.h"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"

namespace coopseg::dataset {
namespace {

// The slice that takes the place of slice `i`: itself, or, if it is empty and empty ones are not kept, a random one of
// its volume that is not. (The reference does so when it loads a slice, in training and in validation.)
std::size_t stand_in(const TrainingSet& set, const BatchOptions& options, std::string_view purpose, std::size_t epoch,
                     std::size_t i) {
  if (options.keep_empty_slices || !is_empty(set.slices[i].label)) return i;
  const auto after = std::upper_bound(set.sources.begin(), set.sources.end(), i,
                                      [](std::size_t slice, const auto& s) { return slice < s.first_slice; });
  assert(after != set.sources.begin());
  const auto& source = *(after - 1);
  std::vector<std::size_t> labelled;
  for (std::size_t k = source.first_slice; k < source.first_slice + source.slices; ++k)
    if (!is_empty(set.slices[k].label)) labelled.push_back(k);
  if (labelled.empty()) return i;
  core::RandomStream draw(options.seed, {purpose}, {epoch, i});
  return labelled[draw.below(labelled.size())];
}

Batch empty_batch(std::size_t count, std::size_t crop, bool with_noise) {
  Batch batch;
  batch.count = count;
  batch.rows = batch.columns = crop;
  batch.images.resize(count * crop * crop);
  batch.labels.resize(count * crop * crop);
  if (with_noise) batch.noise.resize(count * crop * crop);
  return batch;
}

void place(const Slice& slice, std::size_t n, Batch& batch) {
  const std::size_t pixels = batch.rows * batch.columns;
  assert(slice.image.values.size() == pixels && slice.label.values.size() == pixels);
  const auto begin = static_cast<std::ptrdiff_t>(n * pixels);
  std::copy(slice.image.values.begin(), slice.image.values.end(), batch.images.begin() + begin);
  std::copy(slice.label.values.begin(), slice.label.values.end(), batch.labels.begin() + begin);
}

}  // namespace

bool is_empty(const LabelPlane& label) {
  return std::all_of(label.values.begin(), label.values.end(), [](std::uint8_t v) { return v == 0; });
}

// Makes batches in order, `ahead` of the reader, in a thread of its own that shares its work with oneTBB's.
struct BatchSource::Worker {
  Worker(const BatchSource& s, std::size_t e, std::size_t i) : source(s), epoch(e), index(i) {
    if (source.options_.ahead > 0) thread = std::thread([this] { run(); });
  }
  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  Batch make_next() {
    Batch batch = source.make(epoch, index);
    if (++index == source.batches_per_epoch()) {
      index = 0;
      ++epoch;
    }
    return batch;
  }

  void run() {
    try {
      for (;;) {
        Batch batch = make_next();
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stop || ready.size() < source.options_.ahead; });
        if (stop) return;
        ready.push_back(std::move(batch));
        changed.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      changed.notify_all();
    }
  }

  Batch next() {
    if (!thread.joinable()) return make_next();
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return failure || !ready.empty(); });
    if (ready.empty()) std::rethrow_exception(failure);
    Batch batch = std::move(ready.front());
    ready.pop_front();
    changed.notify_all();
    return batch;
  }

  const BatchSource& source;
  std::size_t epoch, index;  // of the batch to be made next; touched by the making thread only
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> ready;
  std::exception_ptr failure;
  bool stop = false;
  std::thread thread;
};

BatchSource::BatchSource(const TrainingSet& set, const AugmentationPolicy& policy, const BatchOptions& options)
    : set_(set), policy_(policy), options_(options) {
  if (options_.batch_size < 2 || options_.batch_size % 2 != 0)
    throw core::UsageError("batch size", "is " + std::to_string(options_.batch_size) + ", expected an even number",
                           "half of a batch are augmented slices, half the same slices as they are: 2, 4, ... 20");
  if (set_.slices.empty()) throw core::UsageError("training set", "holds no slice");
}

BatchSource::~BatchSource() = default;

std::size_t BatchSource::batches_per_epoch() const {
  const std::size_t slices = options_.batch_size / 2;
  return (set_.slices.size() + slices - 1) / slices;
}

Batch BatchSource::make(std::size_t epoch, std::size_t index) const {
  assert(index < batches_per_epoch());
  const std::size_t full = options_.batch_size / 2, first = index * full;
  const std::size_t half = std::min(full, set_.slices.size() - first);
  const std::vector<std::size_t> order =
      core::RandomStream(options_.seed, {"order of slices"}, {epoch}).permutation(set_.slices.size());
  Batch batch = empty_batch(2 * half, policy_.crop, true);

  const auto make_one = [&](std::size_t n) {
    const std::size_t position = order[first + n % half];
    const Slice& slice = set_.slices[stand_in(set_, options_, "instead of an empty slice", epoch, position)];
    if (n < half) {
      core::RandomStream random(options_.seed, {"augment"}, {epoch, position});
      const AugmentationDraw draw = draw_augmentation(policy_, random);
      place(augment(slice, policy_, draw, core::RandomStream(options_.seed, {"elastic noise"}, {epoch, position})), n,
            batch);
    } else {
      place({crop_or_pad(slice.image, policy_.crop), crop_or_pad(slice.label, policy_.crop)}, n, batch);
    }
    const std::size_t pixels = policy_.crop * policy_.crop;
    core::RandomStream noise(options_.seed, {"input noise"}, {epoch, index, n});
    std::generate_n(batch.noise.begin() + static_cast<std::ptrdiff_t>(n * pixels), pixels,
                    [&noise] { return static_cast<float>(noise.normal()); });
  };
  // Each image fills its own part of the batch from its own streams, so who makes it does not matter.
  core::for_each_index(batch.count, options_.threads, make_one);
  return batch;
}

void BatchSource::start(std::size_t epoch, std::size_t index) {
  worker_.reset();
  if (index >= batches_per_epoch())
    throw core::UsageError("training position",
                           "batch " + std::to_string(index) + " of an epoch of " + std::to_string(batches_per_epoch()),
                           "resume with the same list and batch size");
  worker_ = std::make_unique<Worker>(*this, epoch, index);
}

Batch BatchSource::next() {
  if (!worker_) start(0, 0);
  return worker_->next();
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
  });
  made_for_ = epoch;
  return batches_;
}

}  // namespace coopseg::dataset
