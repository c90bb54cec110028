// How much two segmentations differ: losses between logits [N, classes, H, W], class 0 the background. And what
// methods that change images share: stretching to [0, 1], unit vectors.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "coopseg/request/image_method.h"

namespace coopseg::training {

// Pixels' mean of sum_c p_c (log p_c - log q_c), p of `reference`, q of `logits`.
at::Tensor kl_divergence(const at::Tensor& reference, const at::Tensor& logits);

// Mean squared Sobel gradients, of both directions, of the foreground classes' q - p; zero beyond the border.
at::Tensor contour_difference(const at::Tensor& reference, const at::Tensor& logits);

// Their weighted sum. A weight of 0 leaves a part out.
at::Tensor consistency_loss(const request::ConsistencyWeights& weights, const at::Tensor& reference,
                            const at::Tensor& logits);

// The mean of the views' probabilities, at least 1e-8; with gradients.
at::Tensor mean_probability(const std::vector<at::Tensor>& logits);
// Kullback-Leibler divergence of each view to the mean, pixels' means: [views]. Gradients flow through the mean, too.
at::Tensor divergences_from_mean(const std::vector<at::Tensor>& logits);

// Each image and channel of [N, C, H, W] to [0, 1] by its least and greatest value; a constant one becomes 0.
at::Tensor rescaled(const at::Tensor& images);

// Each sample of [N, ...] divided by its Euclidean norm; zeros stay zeros.
at::Tensor unit(const at::Tensor& samples);

}  // namespace coopseg::training
