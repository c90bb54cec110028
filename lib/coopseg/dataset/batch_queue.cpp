#include "coopseg/dataset/batch_queue.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "coopseg/core/error.h"

namespace coopseg::dataset {

// Makes batches in order, `ahead` of the reader, in a thread of its own that shares its work with oneTBB's.
struct BatchQueue::Worker {
  Worker(const BatchQueue& q, std::size_t e, std::size_t i) : queue(q), epoch(e), index(i) {
    if (queue.ahead_ > 0) thread = std::thread([this] { run(); });
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
    Batch batch = queue.maker_.make(epoch, index, queue.share_);
    if (++index == queue.maker_.batches_per_epoch()) {
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
        changed.wait(lock, [&] { return stop || ready.size() < queue.ahead_; });
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

  const BatchQueue& queue;
  std::size_t epoch, index;  // of the batch to be made next; touched by the making thread only
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> ready;
  std::exception_ptr failure;
  bool stop = false;
  std::thread thread;
};

BatchQueue::BatchQueue(const BatchMaker& maker, std::size_t ahead, Share share)
    : maker_(maker), ahead_(ahead), share_(share) {}

BatchQueue::~BatchQueue() = default;

void BatchQueue::start(std::size_t epoch, std::size_t index) {
  worker_.reset();
  if (index >= maker_.batches_per_epoch())
    throw core::UsageError(
        "training position",
        "batch " + std::to_string(index) + " of an epoch of " + std::to_string(maker_.batches_per_epoch()),
        "resume with the same list and batch size");
  worker_ = std::make_unique<Worker>(*this, epoch, index);
}

Batch BatchQueue::next() {
  if (!worker_) start(0, 0);
  return worker_->next();
}

}  // namespace coopseg::dataset
