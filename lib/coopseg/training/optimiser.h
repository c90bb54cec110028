// Adam over all parameters of a model, with a state that is saved and restored bit for bit.
//
//   Optimiser optimiser(model, 1e-4);
//   optimiser.zero_gradients(); losses.total.backward(); optimiser.step();
//   optimiser.save(content);   // "optimiser/<module>/<parameter>/exp_avg", ".../exp_avg_sq", ".../step"
#pragma once

#include <memory>
#include <string>

#include "coopseg/core/safetensors.h"
#include "coopseg/network/model.h"

namespace coopseg::training {

// Betas 0.9 and 0.999, eps 1e-8, no weight decay (Chen et al., MICCAI 2021, use one Adam per module, which is the
// same).
class Optimiser {
 public:
  // Holds the model's parameters; the model must live longer and not be moved to another device afterwards.
  Optimiser(network::Model& model, double learning_rate);
  ~Optimiser();

  void zero_gradients();
  void step();

  void save(core::TensorFile& content) const;
  // Throws core::DataError naming `file` where a moment is missing or has another shape than its parameter.
  void load(const core::TensorFile& content, const std::string& file);

 private:
  struct Adam;
  std::unique_ptr<Adam> adam_;
};

}  // namespace coopseg::training
