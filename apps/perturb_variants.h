// What cs-perturb makes of each image: one way of masking, or of changing, for each output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/request/perturbation.h"

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

// One output: how the codes are masked or the image is changed, or the codes as they are.
struct Variant {
  request::Perturbation how;
  std::string name;           // "reconstruction", "latent-channel-0.5", "adv-bias"
  std::optional<int> repeat;  // where there are several

  bool is_latent() const { return how.images.method.empty(); }
};

void add_variant_options(core::Command& command, PerturbOptions& options);

// Throws core::UsageError for options that contradict each other or, with `single`, ask for more than one output.
void check_variant_options(const core::Command& command, const PerturbOptions& options, bool single);

// In the order of the options; with latent masks of a list, the reconstruction first.
std::vector<Variant> variants_of(const core::Command& command, const PerturbOptions& options);

// The settings of a sidecar: of the options above, what counts for this variant alone.
void describe(const Variant& variant, const PerturbOptions& options, core::Json& settings);

}  // namespace coopseg::apps
