#include "coopseg/training/objective.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "coopseg/network/losses.h"

namespace coopseg::training {

Losses FtnObjective::evaluate(network::Model& model, const TensorBatch& batch) {
  const at::Tensor noisy = noise_ > 0 ? network::noisy_input(batch.clean, batch.noise, noise_) : batch.clean;
  const network::FtnOutput out = model.run_ftn(noisy, network::Mode::train, /*with_reconstruction=*/true);
  Losses losses;
  losses.logits = out.logits;
  const at::Tensor seg = network::cross_entropy(out.logits, batch.labels);
  const at::Tensor image = image_weight_ * network::reconstruction_loss(out.reconstruction, batch.clean);
  losses.terms = {{"seg", seg}, {"image", image}};
  losses.total = seg + image;
  return losses;
}

std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels) {
  const at::NoGradGuard no_grad;
  const std::int64_t classes = logits.size(1);
  const at::Tensor predicted = logits.detach().argmax(1);
  const at::Tensor counts = at::bincount((labels * classes + predicted).flatten(), {}, classes * classes)
                                .to(at::kCPU, at::kLong)
                                .contiguous();
  const auto* first = counts.data_ptr<std::int64_t>();
  return {first, first + counts.numel()};
}

}  // namespace coopseg::training
