// The terms of the standard training losses (Chen et al., MICCAI 2021), each a scalar tensor with gradients.
//
//   at::Tensor x_n = noisy_input(x, noise, 0.05);
//   FtnOutput out = model.run_ftn(x_n, Mode::train, true);
//   at::Tensor total = cross_entropy(out.logits, labels) + 0.5 * reconstruction_loss(out.reconstruction, x);
//
// Images [N, 1, H, W], logits [N, C, H, W], labels int64 [N, H, W] in 0 ... C - 1.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// Cross-entropy of the logits' softmax, averaged over all pixels of all images.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels);

// Mean of the squared differences over all elements.
at::Tensor reconstruction_loss(const at::Tensor& reconstruction, const at::Tensor& image);

// image + strength * noise, held to [0, 1]. `noise` has the shape of `image`: standard normal numbers.
at::Tensor noisy_input(const at::Tensor& image, const at::Tensor& noise, double strength);

// Labels as [N, classes, H, W] of zeros and ones, in the type of `like`: what the STN sees of a label map.
at::Tensor one_hot(const at::Tensor& labels, int classes, const at::Tensor& like);

}  // namespace coopseg::training
