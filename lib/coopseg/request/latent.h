// Latent space data augmentation (Chen et al., MICCAI 2021) as options say it; training/methods/latent_mask.h says what
// the words mean.
#pragma once

#include <string>

#include "coopseg/core/words.h"

namespace coopseg::request {

enum class MaskType {
  random,   // one of the others, drawn for each batch
  dropout,  // each channel of each sample is 0 with probability 1/2, else doubled; needs no gradient
  channel,  // the channels with the greatest mean gradient
  spatial,  // the places with the greatest mean gradient
};
extern const core::Words<MaskType> kMaskTypes;

// By what channels and places are ranked. The reference takes the signed mean gradient of the loss. Codes are not
// negative, so weakening those entries lowers the loss to first order: they are not the most salient ones.
enum class MaskRanking {
  gradient,   // of the signed mean gradient, as the reference
  magnitude,  // of its absolute value
  opposite,   // of its negative: weakening these entries raises the loss to first order
};
extern const core::Words<MaskRanking> kMaskRankings;

struct LatentSettings {
  bool image = false, shape = false;  // which codes are masked; neither: no hard examples
  MaskType mask = MaskType::random;
  double threshold = 0.5;        // the largest fraction of a code that is masked, in [0, 1)
  bool fixed_threshold = false;  // that fraction always, instead of a random one up to it
  bool hard = false;             // masked entries become 0 instead of weaker
  MaskRanking ranking = MaskRanking::gradient;

  bool any() const { return image || shape; }
};

// Throws core::UsageError.
void check_mask_threshold(double threshold);

}  // namespace coopseg::request
