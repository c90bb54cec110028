// Slices as tensors on the processor.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "coopseg/dataset/slices.h"

namespace coopseg::training {

// Slices of one size, at least one: [N, 1, rows, columns] float32, and class indices [N, rows, columns] int64.
at::Tensor to_tensor(const std::vector<dataset::ImagePlane>& slices);
at::Tensor to_tensor(const std::vector<dataset::LabelPlane>& labels);

}  // namespace coopseg::training
