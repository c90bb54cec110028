// Masks over latent codes: which channels or places of a code are weakened to make a hard example.
//
//   MaskDraw draw = draw_mask(MaskPolicy{}, code.sizes(), stream);
//   at::Tensor hard = code * latent_mask(gradient, draw);          // undefined gradient for dropout
//
// Chen et al., MICCAI 2021, with the numbers of their implementation. A mask is a function of gradient and draw alone;
// no network is needed. Codes and gradients are [N, C, h, w], masks [N, C, 1, 1] or [N, 1, h, w].
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "coopseg/core/random.h"

namespace coopseg::training {

enum class MaskType {
  dropout,  // each channel of each sample is 0 with probability 1/2, else doubled; needs no gradient
  channel,  // the channels with the greatest mean gradient
  spatial,  // the places with the greatest mean gradient
};

// By what channels and places are ranked. The reference takes the signed mean gradient of the loss. Codes are not
// negative, so weakening those entries lowers the loss to first order: they are not the most salient ones.
enum class MaskRanking {
  gradient,   // of the signed mean gradient, as the reference
  magnitude,  // of its absolute value
  opposite,   // of its negative: weakening these entries raises the loss to first order
};

struct MaskPolicy {
  std::string type = "random";   // "dropout", "channel", "spatial"; "random": each with probability 1/3 in each batch
  double threshold = 0.5;        // in [0, 1): the largest fraction of channels or places that is masked
  bool random_threshold = true;  // the fraction is uniform in [0, threshold), one number a batch; false: threshold
  bool soft = true;              // masked entries are multiplied by their own number in [0, 1/2); false: by 0
  MaskRanking ranking = MaskRanking::gradient;
};

// Throws core::UsageError naming what is wrong.
void check(const MaskPolicy& policy);
MaskRanking mask_ranking(const std::string& name);  // "gradient", "magnitude", "opposite"
std::string mask_ranking_name(MaskRanking ranking);

// Everything random about a mask, drawn.
struct MaskDraw {
  MaskType type = MaskType::channel;
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
