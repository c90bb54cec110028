// SimCVD (You, Zhou, Zhao, Staib, Duncan, IEEE TMI 2022; arXiv 2108.06227): a mean teacher whose network also tells
// signed distances, with three terms on unlabelled images: contrast of slices of image + distance map, between dropout
// masks of student and teacher; distillation from voxel to voxel at the bottleneck; consistency of the segmentations.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/projection.h"
#include "coopseg/training/losses/contrast.h"
#include "coopseg/training/methods/mean_teacher.h"

namespace coopseg::training {

// A weight of 0 leaves a term out, and all that is computed for it alone.
struct SimCvdSettings {
  double distance_weight = 0.1;
  double contrast_weight = 0.5, distillation_weight = 0.1, consistency_weight = 0.1;
  bool ramped_contrast = true, ramped_distillation = true, ramped_consistency = true;  // weights that rise
  SliceContrast contrast;
  std::size_t slices = 0;  // of a batch, drawn anew for each; 0: all
  double distillation_tau = 1;
  Reduction distillation_reduction = Reduction::mean;
  bool consistent_distances = false;  // of the distance maps, too
  NoiseSettings noise;                // on what student and teacher see, each its own
  RampSettings ramp;
};

class SimCvd : public TeacherMethod {
 public:
  // The heads begin alike; null where the contrast has no weight.
  SimCvd(StudentParts student, Teacher teacher, std::unique_ptr<network::SliceProjection> head,
         std::unique_ptr<network::SliceProjection> teachers_head, const SimCvdSettings& settings);
  std::vector<std::string> terms() const override;
  Losses step(const TensorBatch& batch) override;

 protected:
  std::vector<network::Weights*> heads() const override;
  std::vector<network::Weights*> teachers_heads() const override;

 private:
  double weight(double of_term, bool ramped, std::size_t iteration) const;
  at::Tensor contrast(const network::Output& student, const network::Output& teachers, const TensorBatch& batch) const;
  at::Tensor sampled_slices(std::int64_t images, std::int64_t slices, const TensorBatch& batch) const;

  std::unique_ptr<network::SliceProjection> head_, teachers_head_;
  SimCvdSettings settings_;
};

}  // namespace coopseg::training
