// The comparison methods of Chen et al. (MICCAI 2021), which change images, as options and config.json say them. One
// list of parameters serves command lines, checks and config.json. Nothing of LibTorch stands here.
//
//   ImageMethodSettings settings;
//   settings.method = "adv-bias";
//   for (const Parameter& p : parameters(settings)) ...   // p.value points into settings
//
// A further method: its struct here and the lines of its parameters in image_method.cpp, a class of
// training/methods/image_method.h in files of its own, and its line in training/methods/image_method.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/request/parameter.h"

namespace coopseg::request {

extern const std::vector<std::string> kImageMethods;  // "rand-mwm", "rand-conv", "adv-noise", "adv-bias"

// Windows filled with noise, or noise with windows of the image (Models Genesis; Zhou et al., MICCAI 2019).
struct RandMwmSettings {
  std::size_t max_windows = 5;
  double continue_probability = 0.95;  // of one more window
  double inpaint_probability = 0.5;    // of noise in windows, in each batch; else the image in windows
  bool force_first = false;            // one window at least
};

// Convolutions with random kernels (Xu et al., ICLR 2021).
struct RandConvSettings {
  std::string kernel_sizes = "1,3,5,7";  // odd, one is drawn for each view
  bool mix = true;                       // mixed with the image by a random share
  double identity_probability = 0.5;     // without mixing: of the image as it is
  std::string loss = "consistency";      // consistency: of several views; hard-example: one view as hard image
  std::size_t views = 3;
  double lambda = 10;  // of the divergences in the consistency loss
};

// Weights of the consistency loss, which is what the search climbs, too.
struct ConsistencyWeights {
  double kl = 1;       // Kullback-Leibler divergence
  double contour = 0;  // edges of the foreground classes
};

// Virtual adversarial noise (Miyato et al., TPAMI 2019).
struct AdvNoiseSettings {
  double epsilon = 1;                      // Euclidean norm of an image's noise, in units of the intensity range
  double xi = 0.01;                        // the same, of the probe that the direction is found with
  std::size_t steps = 1;                   // 0: the random direction
  std::string search = "power-iteration";  // power-iteration, ascent
  ConsistencyWeights weights{1, 0};
};

// Adversarial bias fields (Chen et al., MICCAI 2020).
struct AdvBiasSettings {
  double epsilon = 0.3;       // fields lie in [1 - epsilon, 1 + epsilon]
  std::size_t steps = 1;      // 0: the random field
  double step_size = 1;       // Euclidean norm of a step of an image's control points, which are log intensities
  std::string form = "box";   // what holds the control points: box, sphere
  std::size_t downscale = 2;  // the field is computed on a grid so many times coarser
  std::size_t spacing = 0;    // pixels between control points; 0: half of the image
  ConsistencyWeights weights{1, 0.5};
};

struct ImageMethodSettings {
  std::string method;             // one of kImageMethods; empty: none
  double consistency_weight = 1;  // of the method's own loss; 0 switches it off
  double hard_weight = 1;         // of the losses of hard images; 0 switches them off
  bool hard_rescale = true;       // each hard image to [0, 1]
  RandMwmSettings rand_mwm;
  RandConvSettings rand_conv;
  AdvNoiseSettings adv_noise;
  AdvBiasSettings adv_bias;
};

// "1,3,5,7" as numbers; empty if one of them is not odd or there is none.
std::vector<std::size_t> kernel_sizes(const std::string& text);

std::vector<Parameter> parameters(ImageMethodSettings& settings);

// Throws core::UsageError naming the option that is wrong.
void check_image_method(ImageMethodSettings settings);

// What the method uses: {"advbias_epsilon": 0.3, ...}. With `looks_only`, what decides its images.
core::Json to_json(ImageMethodSettings settings, bool looks_only = false);

}  // namespace coopseg::request
