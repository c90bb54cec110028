#include "coopseg/training/losses/segmentation.h"

#include <vector>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/network.h"

namespace coopseg::training {
namespace {

constexpr double kDiceSmooth = 1e-5;

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted) {
  const at::Tensor every = network::softmax_logits(logits);
  if (!counted.defined()) return at::cross_entropy_loss(every, labels);
  const at::Tensor sum = at::cross_entropy_loss(every, labels, {}, at::Reduction::Sum, dataset::kIgnoredLabel);
  return sum / counted.sum().clamp_min(1);
}

at::Tensor dice_loss(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted) {
  const bool binary = logits.size(1) == 1;
  const std::int64_t classes = binary ? 1 : logits.size(1) - 1;
  const at::Tensor p = binary ? at::sigmoid(logits) : at::softmax(logits, 1).narrow(1, 1, classes);
  std::vector<at::Tensor> losses;
  for (std::int64_t c = 0; c < classes; ++c) {
    const at::Tensor every = p.select(1, c), truth = labels.eq(c + 1).to(p.scalar_type());
    const at::Tensor of_class = counted.defined() ? every.masked_fill(counted.logical_not(), 0) : every;
    const at::Tensor both = (of_class * truth).sum(), each = (of_class * of_class).sum() + truth.sum();
    losses.push_back(1 - (2 * both + kDiceSmooth) / (each + kDiceSmooth));
  }
  return at::stack(losses).mean();
}

at::Tensor reconstruction_loss(const at::Tensor& reconstruction, const at::Tensor& image) {
  return at::mse_loss(reconstruction, image);
}

at::Tensor noisy_input(const at::Tensor& image, const at::Tensor& noise, double strength) {
  return at::clamp(image + strength * noise, 0, 1);
}

at::Tensor one_hot(const at::Tensor& labels, int classes, const at::Tensor& like) {
  return at::one_hot(labels, classes).permute({0, 3, 1, 2}).to(like.scalar_type());
}

}  // namespace coopseg::training
