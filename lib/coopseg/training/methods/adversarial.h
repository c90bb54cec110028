// Adversarial methods: images are changed such that the network's segmentation of them changes most, and the network
// learns that it shall not.
//
// The search leaves no trace: gradients are taken with respect to the perturbation alone, with batch norms frozen.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "coopseg/training/methods/image_method.h"

namespace coopseg::training {

// The loss at a perturbation and its gradient there; both constants.
struct Slope {
  at::Tensor loss, gradient;
};
// Of loss(perturbation). Convolutions of a GPU keep full float32 precision meanwhile: the differences that the search
// looks at are far below TF32's.
Slope slope_at(const at::Tensor& perturbation, const std::function<at::Tensor(const at::Tensor&)>& loss);

// Losses: those of the hard images, and
//   consistency    of the adversarial images' segmentation, before rescaling, to that of the clean ones (a constant)
class AdversarialMethod : public ImageMethod {
 public:
  AdversarialMethod(const request::ImageMethodSettings& settings, const request::ConsistencyWeights& weights)
      : ImageMethod(settings), weights_(weights) {}

  // The adversarial images, for the logits of the clean ones; constants.
  virtual at::Tensor search(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                            const Streams& streams) const = 0;

  at::Tensor hard_images(const Classifier& network, const at::Tensor& images, const Streams& streams) override;
  std::vector<std::string> terms(const ObjectiveOptions& objective) const override;
  HardExamples make(network::Model& model, const StandardPass& pass) override;

 protected:
  request::ConsistencyWeights weights_;
};

}  // namespace coopseg::training
