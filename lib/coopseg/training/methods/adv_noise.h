// Adversarial noise, "Adv Noise": virtual adversarial training (Miyato et al., TPAMI 2019).
#pragma once

#include "coopseg/training/methods/adversarial.h"

namespace coopseg::training {

class AdvNoise : public AdversarialMethod {
 public:
  explicit AdvNoise(const request::ImageMethodSettings& settings)
      : AdversarialMethod(settings, settings.adv_noise.weights) {}

  // From the direction of `start`, of the images' shape, to that of the noise: unit vectors, or zeros for an image that
  // the loss does not depend on.
  at::Tensor direction(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                       const at::Tensor& start) const;
  at::Tensor search(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                    const Streams& streams) const override;
};

}  // namespace coopseg::training
