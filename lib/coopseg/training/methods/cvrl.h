// After contrastive voxel-wise representation learning (You, Zhao, Staib, Duncan, arXiv 2105.07059), of which the
// abstract is known: voxels of the bottleneck are compared with whole volumes and with the voxels of the teacher, and
// an elastic energy of contours regularises labelled slices. How these combine, and all numbers, are the toolkit's own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/projection.h"
#include "coopseg/training/methods/mean_teacher.h"

namespace coopseg::training {

// A weight of 0 leaves a term out.
struct CvrlSettings {
  double elastic_weight = 0.1, elastic_rho = 1;
  double volume_weight = 0.1, volume_tau = 0.1;
  std::size_t queue = 64;  // embeddings of earlier volumes
  double voxel_weight = 0.1, voxel_tau = 0.1;
  double consistency_weight = 0.1;
  NoiseSettings noise;  // on what the teacher sees
  RampSettings ramp;    // of all weights but the elastic one
};

class Cvrl : public TeacherMethod {
 public:
  struct Heads {
    std::unique_ptr<network::VoxelProjection> student, teacher;  // of voxels; they begin alike
    std::unique_ptr<network::VoxelProjection> volume;            // of the teacher's mean over space; it is not trained
  };
  Cvrl(StudentParts student, Teacher teacher, Heads heads, const CvrlSettings& settings);
  std::vector<std::string> terms() const override;
  Losses step(const TensorBatch& batch) override;
  void after_step(std::size_t iteration) override;
  void save(core::TensorFile& content) const override;
  void load(const core::TensorFile& content, const std::string& file) override;

 protected:
  std::vector<network::Weights*> heads() const override;
  std::vector<network::Weights*> teachers_heads() const override;

 private:
  at::Tensor voxels_to_volumes(const at::Tensor& voxels, const network::Rows& rows) const;

  Heads heads_;
  CvrlSettings settings_;
  at::Tensor queue_, queued_cases_;     // [n, D] of unit length, oldest first; [n] int64: of which case each is
  at::Tensor pending_, pending_cases_;  // of the running iteration, of the whole batch
};

}  // namespace coopseg::training
