// Where a step is measured: on the processor, or on the device that COOPSEG_DEVICE names ("cuda").
#pragma once

#include <torch/cuda.h>

#include <cstdlib>
#include <string>

#include "coopseg/network/device.h"
#include "coopseg/training/method.h"

namespace coopseg::bench {

inline std::string device() {
  const char* const wish = std::getenv("COOPSEG_DEVICE");
  return network::choose_device(wish && *wish ? wish : "cpu");
}

// A GPU goes on with what it was given when the call that gave it has returned.
inline void wait_for_device() {
  if (device() != "cpu") torch::cuda::synchronize();
}

inline training::TensorBatch on_device(training::TensorBatch batch) {
  const at::Device target(device());
  for (at::Tensor* tensor : {&batch.clean, &batch.labels, &batch.distances})
    if (tensor->defined()) *tensor = tensor->to(target);
  for (at::Tensor& view : batch.noise) view = view.to(target);
  return batch;
}

}  // namespace coopseg::bench
