// The methods that learn from few labelled images and many others, as options and config.json say them. One list of
// parameters serves command lines, checks and config.json. Nothing of LibTorch stands here.
//
//   SemiMethodSettings settings = published(SemiMethod::simcvd);
//   for (const Parameter& p : parameters(settings)) ...   // p.value points into settings
//
// A further method: its word here, the lines of its parameters in semi_method.cpp, a class of training/method.h in
// training/methods/, and its line in training/methods/semi_methods.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/words.h"
#include "coopseg/request/parameter.h"

namespace coopseg::request {

enum class SemiMethod {
  supervised,  // the labelled images alone
  mt,          // mean teacher (Tarvainen and Valpola, NeurIPS 2017)
  uamt,        // uncertainty-aware mean teacher (Yu et al., MICCAI 2019)
  dtc,         // dual-task consistency (Luo et al., AAAI 2021)
  simcvd,      // SimCVD (You et al., IEEE TMI 2022)
  cvrl,        // after You et al., arXiv 2105.07059, of which the abstract is known
  secl,        // after Xiang et al., 2021, of which the abstract is known
  duo,         // Duo-SegNet (Peiris et al., MICCAI 2021)
};
extern const core::Words<SemiMethod> kSemiMethods;

// Where a number has one name in several methods, each has its own published value: published() knows them.
struct SemiMethodSettings {
  // A weight that rises: exp(-5 (1 - min(t, length) / length)^2), t the iteration rounded down to a multiple of `step`.
  std::size_t ramp_length = 0, ramp_step = 1;  // iterations; a length of 0: no ramp
  std::string ramp_terms = "contrast,distillation,consistency";  // of simcvd: what the ramp multiplies; or "none"

  double ema_decay = 0.99;               // how much of itself the teacher keeps, at most
  bool ema_warm_start = true;            // less at first: 1 - 1 / (t + 1)
  double noise = 0.1, noise_clip = 0.2;  // standard deviation and greatest size, in the images' own unit

  double distance_weight = 0.1;  // of the squared error of signed distances
  double contrast_weight = 0.5, distillation_weight = 0.1, consistency_weight = 0.1;
  double contrast_tau = 0.5;  // temperature

  // simcvd
  bool contrast_normalise = true;  // vectors to unit length
  double alpha_dropout = 0.1;
  std::size_t contrast_pool = 128;           // pixels: slices are pooled to pool x pool
  std::string contrast_mlp = "256,256,128";  // widths of the three layers
  std::size_t contrast_slices = 0;           // of a batch; 0: all
  double distillation_tau = 1;
  std::string distillation_reduction = "mean";      // over voxels: mean, sum
  std::string consistency_outputs = "probability";  // probability, probability+distance

  // uamt
  std::size_t mc_passes = 8;
  double uncertainty_start = 0.75;  // of the greatest entropy; 1 at the ramp's end

  double steepness = 1500;  // dtc: of the sigmoid that makes a probability of a signed distance

  // cvrl
  double elastic_weight = 0.1, elastic_rho = 1;
  double volume_weight = 0.1, volume_tau = 0.1;
  std::size_t volume_queue = 64;
  double voxel_weight = 0.1, voxel_tau = 0.1;

  // secl
  std::string sampling = "anatomical";  // anatomical, region
  std::size_t samples = 64;             // of a group and volume
  double confidence = 0.8;
  std::size_t feature_stage = 3;  // of the encoder, 1 the finest, 5 the bottleneck

  // duo
  double difference_weight = 0.4, adversarial_weight = 0.2;
  double critic_lr = 5e-5;
  std::string critic_optimiser = "rmsprop";  // rmsprop, adam
  bool faithful = false;  // the public code's gradients: none through Dice and the difference of the two networks
};

// "256,256,128" as three widths; zeros if it is anything else.
std::array<int, 3> mlp_widths(const std::string& text);

SemiMethodSettings published(SemiMethod method);

std::vector<Parameter> parameters(SemiMethodSettings& settings);

bool needs_unlabelled(SemiMethod method);
// What a method of which no more than an abstract is known has been given here, for the log; empty for the others.
std::string chosen_here(const SemiMethodSettings& settings, SemiMethod method);
// How many arrays of noise its batches have, one number for each voxel of an unlabelled image.
std::size_t noise_views(const SemiMethodSettings& settings, SemiMethod method);
// Whether its network has the second head, of signed distances.
bool has_distances(SemiMethod method);
// Whether simcvd's ramp multiplies the term "contrast", "distillation" or "consistency".
bool is_ramped(const SemiMethodSettings& settings, const std::string& term);

// Throws core::UsageError naming the option that is wrong.
void check_semi_method(SemiMethodSettings settings, SemiMethod method);

// What the method uses: {"ema_decay": 0.99, ...}.
core::Json to_json(SemiMethodSettings settings, SemiMethod method);

}  // namespace coopseg::request
