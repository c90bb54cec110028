// The command line of cs-preprocess, and what it asks for.
#pragma once

#include <optional>
#include <string>

#include "coopseg/core/command.h"
#include "coopseg/dataset/preprocess_case.h"

namespace coopseg::apps {

struct PreprocessWords {
  core::fs::path input, output, like, header_from;
  std::string normalise = "percentiles", percentiles = "2,98", spacing = image::kPaperSpacing, orient = "keep";
  core::fs::path orient_like;
  std::string labels, to_labels, remap, nan, h5_spacing, h5_axes;
  image::Interpolation interpolation = image::Interpolation::linear;
  image::GeometryRule geometry = image::GeometryRule::automatic;
  std::optional<image::CropTo> crop_to;
  int frame = -1, margin = 0;
  bool n4 = false, foreground = false, label_map = false;
  image::BiasCorrection bias;
};

void declare_options(core::Command& command, PreprocessWords& options);

// Throws core::UsageError for options that contradict each other.
dataset::PreprocessOptions understand(const core::Command& command, const PreprocessWords& options);

}  // namespace coopseg::apps
