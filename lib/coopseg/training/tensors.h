// Slices, batches and what is counted in them, as tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/dataset/batch.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

// On the processor. Slices of one size, at least one: [N, 1, rows, columns] float32, and class indices [N, rows,
// columns] int64.
at::Tensor to_tensor(const std::vector<dataset::ImagePlane>& slices);
at::Tensor to_tensor(const std::vector<dataset::LabelPlane>& labels);

// Copies a batch of two-dimensional images to the device; to a GPU while the processor goes on.
TensorBatch to_tensors(const dataset::Batch& batch, const std::string& device);

// Pixel counts [reference][predicted] of the arg max of `logits` [N, classes, ...] against `labels` [N, ...], the first
// class on a tie: int64 on the device of the logits, for which nobody has to wait; and as plain numbers.
at::Tensor confusion_tensor(const at::Tensor& logits, const at::Tensor& labels);
std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace coopseg::training
