// The terms of the standard training losses (Chen et al., MICCAI 2021) and the overlap loss of volumes, each a scalar
// tensor with gradients.
//
//   at::Tensor x_n = noisy_input(x, noise, 0.05);
//   FtnOutput out = model.run_ftn(x_n, Mode::train, true);
//   at::Tensor total = cross_entropy(out.logits, labels) + 0.5 * reconstruction_loss(out.reconstruction, x);
//
// Images [N, 1, ...], logits [N, C, ...], labels int64 [N, ...] in 0 ... C - 1. Logits of one channel are those of a
// sigmoid, with labels 0 and 1. Where a label map was not drawn its labels are dataset::kIgnoredLabel and `counted`
// (bool, shaped like the labels) is false: these pixels are as if they were not there, whatever the logits. Undefined,
// all pixels count.
//
// As all losses of this folder these are of the whole batch: where several processes train together (network/group.h),
// each with its own images, a loss is the same number in all of them, and its gradient what the own images contribute.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// Cross-entropy of the logits' softmax, or binary cross-entropy, averaged over all pixels of all images; 0 where no
// pixel counts.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted = {});

// 1 - (2 sum p y + s) / (sum p^2 + sum y^2 + s), s = 1e-5, sums over all pixels of all images at once (UA-MT's public
// code), averaged over the classes without background. A class that no image holds stays in the mean: its loss is
// about 1.
at::Tensor dice_loss(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted = {});

// Both of probabilities instead of labels, [N, K + 1, ...] with the background first, for logits of K + 1 channels or,
// where K is 1, of a sigmoid's one: the cross-entropy of two distributions, and y in the Dice loss is a number in [0,
// 1]. Probabilities of 0 and 1 give the losses of the labels. What is not `counted` has probabilities of 0.
at::Tensor soft_cross_entropy(const at::Tensor& logits, const at::Tensor& probabilities,
                              const at::Tensor& counted = {});
at::Tensor soft_dice_loss(const at::Tensor& logits, const at::Tensor& probabilities, const at::Tensor& counted = {});

// Mean of the squared differences over all elements.
at::Tensor reconstruction_loss(const at::Tensor& reconstruction, const at::Tensor& image);

// image + strength * noise, held to [0, 1]. `noise` has the shape of `image`: standard normal numbers.
at::Tensor noisy_input(const at::Tensor& image, const at::Tensor& noise, double strength);

// Labels as [N, classes, H, W] of zeros and ones, in the type of `like`: what the STN sees of a label map.
at::Tensor one_hot(const at::Tensor& labels, int classes, const at::Tensor& like);

}  // namespace coopseg::training
