// Dual-task consistency (Luo et al., AAAI 2021): a network's segmentation and its signed distances shall tell the same
// of every image, labelled or not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coopseg/training/methods/student.h"

namespace coopseg::training {

struct DualTaskSettings {
  double distance_weight = 0.3;   // of the squared error of signed distances, of labelled images
  double consistency_weight = 1;  // of the squared difference of the two tasks' probabilities, of all images
  double steepness = 1500;        // of the sigmoid that makes a probability of a distance
  RampSettings ramp;
};

// Dice loss + distances + ramp * consistency, as the public code trains; there is no cross-entropy.
class DualTask : public StudentMethod {
 public:
  DualTask(StudentParts student, const DualTaskSettings& settings)
      : StudentMethod(std::move(student)), settings_(settings) {}
  std::vector<std::string> terms() const override;
  Losses step(const TensorBatch& batch) override;
  std::vector<std::pair<std::string, double>> schedules(std::size_t iteration) const override {
    return {{"ramp", settings_.ramp.at(iteration)}};
  }

 private:
  DualTaskSettings settings_;
};

}  // namespace coopseg::training
