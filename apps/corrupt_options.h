// The command line of cs-corrupt, and what it asks for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/artefact/recipe.h"
#include "coopseg/core/command.h"

namespace coopseg::apps {

// In the order of the command line; which of them is what depends on the options.
struct Words {
  core::fs::path first, second, third;
};

struct CorruptOptions {
  Words words;
  std::string chain, dialect = "paper", severity;
  core::fs::path params, recipe, preview;
  bool verify = false, no_crop = false, no_rescale = false;
  int repeats = 1, compression = artefact::kDefaultCompression, crop = static_cast<int>(image::kPaperCrop);
  std::map<std::string, std::string> ranges;  // texts, by field
};

// The options, understood.
struct Work {
  artefact::Plan plan;
  artefact::SetLayout layout = artefact::SetLayout::cases;
  int compression = artefact::kDefaultCompression;
  core::fs::path input, output;
  std::optional<artefact::Recipe> recipe;
  bool crop_is_recorded = false;             // by the recipe, or by what --params names: other crops, other images
  std::string made_for;                      // SHA-256 of the image that --params tells of, if it does
  std::vector<core::InputFile> more_inputs;
};

void declare_options(core::Command& command, CorruptOptions& options);

// Throws core::UsageError for an option of `names` that is given beside `decider`, which leaves it nothing to say;
// `why` goes on from "contradicts DECIDER, ".
void refuse_beside(const core::Command& command, const char* decider, const std::string& why,
                   const std::vector<std::string>& names);

// Throws core::UsageError for options and words that contradict each other, and for files that they name.
Work understand(const core::Command& command, const CorruptOptions& options);

}  // namespace coopseg::apps
