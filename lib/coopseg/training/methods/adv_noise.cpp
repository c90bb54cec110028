#include "coopseg/training/methods/adv_noise.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"

namespace coopseg::training {

at::Tensor AdvNoise::direction(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                               const at::Tensor& start) const {
  const request::AdvNoiseSettings& how = settings_.adv_noise;
  const bool climbs = how.search == "ascent";
  // The reference implementation probes with 1e-6, where single precision leaves rounding only.
  const double probe = climbs ? how.epsilon : how.xi;
  at::Tensor d = unit(start);
  for (std::size_t step = 0; step < how.steps; ++step) {
    const Slope slope = slope_at(d, [&](const at::Tensor& direction) {
      return consistency_loss(weights_, reference, network(images + probe * direction));
    });
    const at::Tensor uphill = unit(slope.gradient);
    d = climbs ? unit(d + uphill) : uphill;
  }
  return d;
}

at::Tensor AdvNoise::search(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                            const Streams& streams) const {
  const at::Tensor start = normals_like(images, streams, "adv-noise direction");
  return images + settings_.adv_noise.epsilon * direction(network, images, reference, start);
}

}  // namespace coopseg::training
