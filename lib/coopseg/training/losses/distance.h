// What a network's signed distances are trained by. Distances [B, K, ...], a map for each class but the background,
// positive outside of it and in [-1, 1] (image/distance_map.h). Scalars with gradients unless a shape is said.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// The mean squared error over all counted voxels and all classes, absent ones too; 0 if no voxel counts. `counted` bool
// [B, ...]; undefined: every voxel. What stands at the others does not matter.
at::Tensor distance_error(const at::Tensor& predicted, const at::Tensor& truth, const at::Tensor& counted);

// Of lying inside, in the shape of the distances: sigmoid(-steepness * distance).
at::Tensor probability_of_distance(const at::Tensor& distance, double steepness);

// The dual-task consistency of DTC (Luo et al., AAAI 2021), which takes a steepness of 1500: the mean squared
// difference of probability_of_distance() and the classes' probabilities. Logits [B, 1, ...] for a sigmoid, or [B, K +
// 1, ...] for a softmax, whose background is left out. Gradients reach both.
at::Tensor dual_task_difference(const at::Tensor& distance, const at::Tensor& logits, double steepness);

}  // namespace coopseg::training
