// The slow-thinking network's batch norms, measured for the inputs that it has in use.
//
// In training their running statistics follow one-hot labels and soft predictions in turn (the passes of Chen et al.,
// MICCAI 2021, once an iteration each), while the weights move. In use predictions are all that comes. Here the
// statistics are the means over batches of what the fast-thinking network, in evaluation, says of training images:
// those of the weights as they are, and of such inputs alone.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "coopseg/dataset/batch.h"
#include "coopseg/network/model.h"

namespace coopseg::training {

class Calibration {
 public:
  // Of networks such as `trained`, which has an STN, on the first `batches` batches of the training, which must outlive
  // this. Throws std::invalid_argument for no batches.
  Calibration(const network::Model& trained, const std::string& device, const dataset::BatchMaker& maker,
              std::size_t batches);

  // A copy of `trained` with measured statistics, valid until the next call. The processes of a group divide the
  // batches; all get the same. `pause` is called before each batch and may throw.
  network::Model& of(const network::Model& trained, const std::function<void()>& pause);

 private:
  const dataset::BatchMaker& maker_;
  std::size_t batches_;
  std::string device_;
  network::Model model_;
};

}  // namespace coopseg::training
