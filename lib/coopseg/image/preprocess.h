// What is done to a volume before a network sees it: one description for cs-preprocess, for the model file that records
// it, and for cs-predict, which repeats it.
//
//   Preprocessing steps;                                  // the reference implementation's: 2 and 98 %, 1.36719 mm
//   Image ready = preprocess(image, steps);
//   LabelMap back = resample(label_map_on_ready_grid, image.grid);   // undone
//
// Order, as in the reference implementation (Chen et al., MICCAI 2021): bias correction, normalisation over the whole
// volume, resampling in the plane. Slice spacing and number of slices stay.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "coopseg/core/json.h"
#include "coopseg/image/paper.h"
#include "coopseg/image/resample.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

// See correct_bias_n4().
struct BiasCorrection {
  unsigned shrink = 4, levels = 3, iterations = 50;
};

struct Preprocessing {
  std::optional<BiasCorrection> n4;                                            // none: no bias correction
  std::optional<std::array<double, 2>> percentiles = std::array<double, 2>{2, 98};  // none: intensities stay
  std::optional<std::array<double, 2>> spacing_mm = std::array{kPaperSpacingMm, kPaperSpacingMm};  // none: grid stays
  Interpolation interpolation = Interpolation::linear;                         // of images; labels take the nearest

  // Nothing is changed.
  static Preprocessing none();
};

// {"n4":null,"percentiles":[2,98],"spacing_mm":[1.36719,1.36719],"interpolation":"linear"}; a step that is left out is
// null. Both ways give the same values.
core::Json to_json(const Preprocessing& steps);
// An absent member means "not done". Throws core::DataError with `name` for an unknown member, a wrong type or a value
// out of range.
Preprocessing preprocessing_from_json(const core::Json& object, const std::string& name);

// The values of --percentiles ("2,98" or "none") and --spacing ("1.36719", "1.25,1.5" or "keep"). Throws
// core::UsageError naming the option.
std::optional<std::array<double, 2>> parse_percentiles(const std::string& text);
std::optional<std::array<double, 2>> parse_spacing_mm(const std::string& text);

// "linear" or "nearest".
std::string to_text(Interpolation interpolation);

// The grid that `steps` lead to.
Grid preprocessed_grid(const Grid& grid, const Preprocessing& steps);

Image preprocess(const Image& image, const Preprocessing& steps);
// Labels are only resampled (nearest neighbour).
LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps);

}  // namespace coopseg::image
