#include "coopseg/training/methods/supervised.h"

#include <utility>

#include "coopseg/core/random.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {

Supervised::Supervised(std::unique_ptr<network::Network> network, bool dropout, const OptimiserSettings& how)
    : network_(std::move(network)), dropout_(dropout), how_(how) {}

Losses Supervised::step(const TensorBatch& batch) {
  core::RandomStream draws(batch.seed, {"dropout"}, {batch.iteration});
  const at::Tensor logits = network_->forward(batch.clean, network::Mode::train, dropout_ ? &draws : nullptr)
                                .logits.narrow(0, 0, batch.labels.size(0));
  Losses losses;
  losses.counts = confusion_tensor(logits, batch.labels, batch.counted);
  losses.terms.emplace_back("cross_entropy", 0.5 * cross_entropy(logits, batch.labels, batch.counted));
  losses.terms.emplace_back("dice", 0.5 * dice_loss(logits, batch.labels, batch.counted));
  losses.total = losses.terms[0].second + losses.terms[1].second;
  return losses;
}

void Supervised::load(const core::TensorFile& content, const std::string& file) {
  network_->weights().load(content, file);
}

}  // namespace coopseg::training
