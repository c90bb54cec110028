// A student and a teacher that shall say the same of unlabelled images: the mean teacher, and with a sense of where the
// teacher is uncertain the method of Yu et al. (MICCAI 2019).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/methods/student.h"

namespace coopseg::training {

// A student with a teacher, of one of which each method of this kind is made.
class TeacherMethod : public StudentMethod {
 public:
  TeacherMethod(StudentParts student, Teacher teacher, const RampSettings& ramp)
      : StudentMethod(std::move(student)), teacher_(std::move(teacher)), ramp_(ramp) {}

  // The teacher follows the student, and its heads follow the student's.
  void after_step(std::size_t iteration) override;
  network::Network& labeller() override { return teacher_.network(); }
  std::vector<std::pair<std::string, double>> schedules(std::size_t iteration) const override;
  network::NamedTensors others() const override;
  // The teacher behind "teacher/", its heads' tensors with "teacher_" before their names.
  void save(core::TensorFile& content) const override;
  void load(const core::TensorFile& content, const std::string& file) override;

 protected:
  // The teacher's, in the order of heads().
  virtual std::vector<network::Weights*> teachers_heads() const { return {}; }
  Teacher& teacher() { return teacher_; }
  double ramp(std::size_t iteration) const { return ramp_.at(iteration); }

 private:
  Teacher teacher_;
  RampSettings ramp_;
};

struct MeanTeacherSettings {
  double weight = 0.1;  // of the mean squared difference of probabilities
  NoiseSettings noise;  // on what the teacher sees
  RampSettings ramp;
};

// Tarvainen and Valpola (NeurIPS 2017) as UA-MT's public code has it.
class MeanTeacher : public TeacherMethod {
 public:
  MeanTeacher(StudentParts student, Teacher teacher, const MeanTeacherSettings& settings);
  std::vector<std::string> terms() const override;
  Losses step(const TensorBatch& batch) override;

 protected:
  // What the student's `logits` of unlabelled images lose by differing from the teacher's.
  virtual at::Tensor difference(const at::Tensor& logits, const at::Tensor& teachers, const TensorBatch& batch);

  MeanTeacherSettings settings_;
};

struct UncertaintySettings {
  std::size_t passes = 8;
  double start = 0.75;        // of the greatest entropy; the threshold rises to all of it
  std::size_t length = 6000;  // iterations in which it does, by the ramp's formula
};

// The same where the teacher is certain: voxels whose mean probability over several passes, with noise and dropout, has
// an entropy below a threshold that rises.
class UncertaintyAware : public MeanTeacher {
 public:
  UncertaintyAware(StudentParts student, Teacher teacher, const MeanTeacherSettings& settings,
                   const UncertaintySettings& uncertainty);
  std::vector<std::pair<std::string, double>> schedules(std::size_t iteration) const override;

 protected:
  at::Tensor difference(const at::Tensor& logits, const at::Tensor& teachers, const TensorBatch& batch) override;

 private:
  double threshold(std::size_t iteration) const;

  UncertaintySettings uncertainty_;
  int classes_;
};

}  // namespace coopseg::training
