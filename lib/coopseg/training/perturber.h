// Hard examples with a model file: what stands behind coopseg_open_perturber of request/perturbation.h.
#pragma once

#include <string>
#include <vector>

#include "coopseg/model/description.h"
#include "coopseg/network/model.h"
#include "coopseg/request/perturbation.h"
#include "coopseg/training/methods/hard_examples.h"

namespace coopseg::training {

// Holds the fast-thinking network's weights in the memory of one device. Not for two threads at once.
class ModelPerturber : public request::Perturber {
 public:
  // Throws core::DataError if the file's tensors do not fit its description, core::UsageError if the device is not
  // there.
  explicit ModelPerturber(const request::PredictorOptions& options);

  std::vector<float> perturb(const std::vector<dataset::ImagePlane>& slices,
                             const std::vector<dataset::LabelPlane>& labels, const request::Perturbation& how) override;
  std::string torch_version() const override;

 private:
  std::vector<float> run(const std::vector<dataset::ImagePlane>& slices,
                         const std::vector<dataset::LabelPlane>& labels, const request::Perturbation& how);
  HardExamples masked(const at::Tensor& x, const at::Tensor& y, const request::Perturbation& how);
  at::Tensor changed(const at::Tensor& x, const request::Perturbation& how);

  request::PredictorOptions options_;
  model::ModelDescription description_;
  std::string device_;
  network::Model model_;
};

}  // namespace coopseg::training

extern "C" coopseg::request::OpenPerturber coopseg_open_perturber;
