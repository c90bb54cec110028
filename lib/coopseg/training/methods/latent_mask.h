// Masks over latent codes: which channels or places of a code are weakened to make a hard example.
//
//   MaskDraw draw = draw_mask(MaskPolicy{}, code.sizes(), stream);
//   at::Tensor hard = code * latent_mask(gradient, draw);          // undefined gradient for dropout
//
// Chen et al., MICCAI 2021, with the numbers of their implementation. A mask is a function of gradient and draw alone;
// no network is needed. Codes and gradients are [N, C, h, w], masks [N, C, 1, 1] or [N, 1, h, w].
#pragma once

#include <ATen/core/Tensor.h>

#include "coopseg/core/random.h"
#include "coopseg/request/latent.h"

namespace coopseg::training {

using request::MaskRanking;
using request::MaskType;

struct MaskPolicy {
  MaskType type = MaskType::random;  // random: each of the others with probability 1/3 in each batch
  double threshold = 0.5;        // in [0, 1): the largest fraction of channels or places that is masked
  bool random_threshold = true;  // the fraction is uniform in [0, threshold), one number a batch; false: threshold
  bool soft = true;              // masked entries are multiplied by their own number in [0, 1/2); false: by 0
  MaskRanking ranking = MaskRanking::gradient;
};

// Throws core::UsageError naming what is wrong.
void check_mask_policy(const MaskPolicy& policy);

// Everything random about a mask, drawn.
struct MaskDraw {
  MaskType type = MaskType::channel;  // not random
  double fraction = 0;    // of the channels or places; without meaning for dropout
  at::Tensor uniforms;    // in [0, 1): [N, C] for dropout (kept below 1/2) and channels, [N, h * w] for places
  bool soft = true;
  MaskRanking ranking = MaskRanking::gradient;
};

// `shape` is the code's, on the processor; the numbers are float32.
MaskDraw draw_mask(const MaskPolicy& policy, at::IntArrayRef shape, core::RandomStream& draw);

// Means of the gradient that the entries are ranked by: [N, C] or [N, h * w], row-major.
at::Tensor mask_scores(const at::Tensor& gradient, MaskType type, MaskRanking ranking = MaskRanking::gradient);

// The k-th largest score of each sample, counted from 0, k = floor(M * fraction) for M scores: [N]. Entries above it
// are masked, exactly k where no two are equal.
at::Tensor mask_thresholds(const at::Tensor& scores, double fraction);

// The factors, on the gradient's device; for dropout, whose gradient may be undefined, on that of the uniforms.
at::Tensor latent_mask(const at::Tensor& gradient, const MaskDraw& draw);

}  // namespace coopseg::training
