// Batches in order, made ahead of the network.
//
//   BatchQueue queue(maker, /*ahead=*/2);
//   queue.start(epoch, index);
//   for (iteration...) Batch batch = queue.next();
#pragma once

#include <cstddef>
#include <memory>

#include "coopseg/dataset/batch.h"

namespace coopseg::dataset {

// start() and next() are for one thread.
class BatchQueue {
 public:
  // `ahead` batches are prepared in the background; 0: made by next() itself. The maker must outlive the queue.
  explicit BatchQueue(const BatchMaker& maker, std::size_t ahead = 2, Share share = {});
  ~BatchQueue();
  const BatchMaker& maker() const { return maker_; }
  // Sets the position (for --resume) and starts preparing from there; next() gives batches in order, across epochs.
  // Throws core::UsageError if an epoch has no such batch. next() rethrows what went wrong in the background.
  void start(std::size_t epoch, std::size_t index);
  Batch next();

 private:
  struct Worker;
  const BatchMaker& maker_;
  std::size_t ahead_;
  Share share_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace coopseg::dataset
