// Contrast of regions and of classes on a feature map, after SECL (Xiang et al., 2021; its abstract, the numbers are
// ours): voxels of the same kind, in whichever volume, are each other's partners.
//
//   CellClasses cells = class_of_cells(teacher_probabilities, {28, 28, 20}, /*confidence=*/0.8);
//   RegionSamples samples = draw_region_samples(cells, volumes, {28, 28, 20}, Sampling::anatomical, 64, draw);
//   at::Tensor loss = region_contrast(student_feature, teacher_feature, samples, /*tau=*/0.1);
//
// A grid is the sizes of a feature map's space, {x, y} or {x, y, z}; a cell is one of its voxels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "coopseg/core/random.h"

namespace coopseg::training {

// What kind a cell is of.
enum class Sampling {
  anatomical,  // of the class that the teacher is sure of, background too
  region,      // of the place: that of an equal grid of 4 x 4 (x 4) over the image; needs crops of one frame
};

struct CellClasses {
  at::Tensor of;         // int64 [U, x, y (, z)], 0 the background
  at::Tensor confident;  // bool, the same shape
};

// Of a teacher's probabilities [U, 1, ...], of a sigmoid, or [U, K + 1, ...], at the voxel that holds a cell's centre:
// the arg max, the first class on a tie (a sigmoid's class is 1 above 1/2), and whether its probability is greater than
// `confidence`.
CellClasses class_of_cells(const at::Tensor& teacher_probability, const std::vector<std::int64_t>& grid,
                           double confidence);

// On the processor.
struct RegionSamples {
  at::Tensor positions;  // int64 [n, 4]: volume, x, y, z of the cell; z is 0 in two dimensions
  at::Tensor group;      // int64 [n], from 0: the class, or the place (x * 4 + y) * 4 + z of the 4 x 4 x 4
  at::Tensor kept;       // bool [n]; false for a class of which all volumes together gave one sample
};

// `samples` cells of each group and volume, without replacement, or all where there are fewer. `cells` is what the
// anatomical sampling draws from, confident ones alone; the other one does not look at it.
RegionSamples draw_region_samples(const CellClasses& cells, std::int64_t volumes, const std::vector<std::int64_t>& grid,
                                  Sampling sampling, std::size_t samples, core::RandomStream& draw);

// masked_info_nce() of the kept samples' vectors, normalised: the student's are anchors, the teacher's keys, those of
// the same group positives; with a student's own position among them no anchor is without. Features [U, D, ...] on the
// grid that was drawn from, of the volumes from `first_volume` on: the samples are of all that the processes have. No
// gradient reaches the teacher; 0 if nothing is kept.
at::Tensor region_contrast(const at::Tensor& student_feature, const at::Tensor& teacher_feature,
                           const RegionSamples& samples, double tau, std::int64_t first_volume = 0);

}  // namespace coopseg::training
