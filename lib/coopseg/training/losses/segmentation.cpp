#include "coopseg/training/losses/segmentation.h"

#include "coopseg/network/libtorch.h"

namespace coopseg::training {

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels);
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
