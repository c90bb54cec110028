// After self-ensembling contrastive learning (Xiang, Li, Wang, Xia, Zhang, 2021), of which the abstract is known:
// features of the encoder, of unlabelled images, shall be alike where they show the same class, or the same place, and
// else differ. Which features, how many samples and all other numbers are the toolkit's own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/projection.h"
#include "coopseg/training/losses/region.h"
#include "coopseg/training/methods/mean_teacher.h"

namespace coopseg::training {

struct SeclSettings {
  double weight = 0.1, tau = 0.1;
  Sampling sampling = Sampling::anatomical;
  std::size_t samples = 64;  // of a group and volume
  double confidence = 0.8;
  NoiseSettings noise;  // on what the teacher sees
  RampSettings ramp;
};

class Secl : public TeacherMethod {
 public:
  // The networks have been told to give the stage of the encoder that is compared. The heads begin alike.
  Secl(StudentParts student, Teacher teacher, std::unique_ptr<network::VoxelProjection> head,
       std::unique_ptr<network::VoxelProjection> teachers_head, const SeclSettings& settings);
  std::vector<std::string> terms() const override;
  Losses step(const TensorBatch& batch) override;

 protected:
  std::vector<network::Weights*> heads() const override;
  std::vector<network::Weights*> teachers_heads() const override;

 private:
  at::Tensor contrast(const at::Tensor& features, const TensorBatch& batch);

  std::unique_ptr<network::VoxelProjection> head_, teachers_head_;
  SeclSettings settings_;
};

}  // namespace coopseg::training
