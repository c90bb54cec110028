// Slices, batches and what is counted in them, as tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
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

// Copies a batch to the device; to a GPU while the processor goes on. Two-dimensional images are [N, 1, rows, columns],
// volumes [N, 1, X, Y, Z]: by their voxel axes, as the public code of the networks has them.
TensorBatch to_tensors(const dataset::Batch& batch, const std::string& device);

// What a network says of `count` windows of X x Y x Z voxels, [window][z][y][x]: [window][map][z][y][x], the maps being
// class probabilities with background and then, if asked for, signed distances. Windows of one plane are shown to it as
// [N, 1, rows, columns], as to_tensors() has slices.
std::vector<float> maps_of_windows(network::Network& network, const std::vector<float>& windows, std::size_t count,
                                   const std::array<std::size_t, 3>& size, bool distances, const std::string& device);

// Pixel counts [reference][predicted] of the arg max of `logits` [N, classes, ...] (one channel: of a
// sigmoid above 1/2) against `labels` [N, ...] where they are `counted` (as TensorBatch has it), the first
// class on a tie: int64 on the device of the logits, for which nobody has to wait; such counts as plain numbers; and both
// at once.
at::Tensor confusion_tensor(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted = {});
// What confusion_tensor() does on a GPU, where a histogram would ask the processor for its size: of class indices of one
// shape.
at::Tensor counts_by_products(const at::Tensor& predicted, const at::Tensor& labels, std::int64_t classes);
std::vector<std::int64_t> numbers_of(const at::Tensor& counts);
std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels,
                                           const at::Tensor& counted = {});

}  // namespace coopseg::training
