// Hard examples with a model file: what stands behind coopseg_open_perturber of entry.h.
#pragma once

#include <string>
#include <vector>

#include "coopseg/model/description.h"
#include "coopseg/network/model.h"
#include "coopseg/training/entry.h"
#include "coopseg/training/hard_examples.h"

namespace coopseg::training {

// Holds the fast-thinking network's weights in the memory of one device. Not for two threads at once.
class ModelPerturber : public Perturber {
 public:
  // Throws core::DataError if the file's tensors do not fit its description, core::UsageError if the device is not
  // there.
  explicit ModelPerturber(const PredictorOptions& options);

  std::vector<float> perturb(const std::vector<dataset::ImagePlane>& slices,
                             const std::vector<dataset::LabelPlane>& labels, const Perturbation& how) override;
  std::string torch_version() const override;

 private:
  std::vector<float> run(const std::vector<dataset::ImagePlane>& slices,
                         const std::vector<dataset::LabelPlane>& labels, const Perturbation& how);
  HardExamples masked(const at::Tensor& x, const at::Tensor& y, const Perturbation& how);
  at::Tensor changed(const at::Tensor& x, const Perturbation& how);

  PredictorOptions options_;
  model::ModelDescription description_;
  std::string device_;
  network::Model model_;
};

}  // namespace coopseg::training

extern "C" coopseg::training::OpenPerturber coopseg_open_perturber;
