// What cs-perturb makes of each image: one way of masking, or of changing, for each output.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/inference/perturb_case.h"

namespace coopseg::apps {

// The options that decide it.
struct PerturbOptions {
  std::string methods = "cooperative";
  std::string masks = "dropout,channel,spatial", thresholds = "0.5", codes = "image,shape";
  request::MaskRanking ranking = request::MaskRanking::gradient;
  bool hard = false;
  int repeats = 1;
  request::ImageMethodSettings parameters;
};

void add_variant_options(core::Command& command, PerturbOptions& options);

// Throws core::UsageError for options that contradict each other or, with `single`, ask for more than one output.
void check_variant_options(const core::Command& command, const PerturbOptions& options, bool single);

// In the order of the options; with latent masks of a list, the reconstruction first.
std::vector<inference::Variant> variants_of(const core::Command& command, const PerturbOptions& options);

}  // namespace coopseg::apps
