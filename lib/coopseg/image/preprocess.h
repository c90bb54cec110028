// What is done to a volume before a network sees it: one description for cs-preprocess, for the model file that records
// it, and for cs-predict, which repeats it and brings what the network says back to the voxels of the volume.
//
//   Preprocessing steps;                                  // the reference implementation's: 2 and 98 %, 1.36719 mm
//   Image ready = preprocess(image, steps);
//   Image back = restore(probability_on_ready_grid, image.grid, steps, 0);
//
// Order: orientation, bias correction, normalisation over the whole volume, resampling, crop. It is the reference
// implementation's (Chen et al., MICCAI 2021) and, with a crop, that of UA-MT (Yu et al., MICCAI 2019), whose
// intensities are those of the whole scan.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/words.h"
#include "coopseg/image/orientation.h"
#include "coopseg/image/paper.h"
#include "coopseg/image/resample.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

extern const core::Words<Interpolation> kInterpolations;

// See correct_bias_n4().
struct BiasCorrection {
  unsigned shrink = 4, levels = 3, iterations = 50;
};

// See normalise_percentiles() and its neighbours.
struct Normalisation {
  enum class Method { percentiles, zscore, minmax, window };
  Method method = Method::percentiles;
  std::array<double, 2> limits{2, 98};  // percentiles: per cent; window: intensities; else without meaning
  bool foreground = false;  // the foreground() of the volume as it came alone counts, and all else becomes 0; no window
};

enum class CropTo { label, foreground };
extern const core::Words<CropTo> kCropTargets;

// To the smallest box around all voxels of the resampled volume that are labelled, or whose nearest voxel of the volume
// as it came is foreground(), and `margin_vox` voxels more at each of its sides where the volume has them.
struct Crop {
  CropTo to = CropTo::label;
  std::size_t margin_vox = 0;
};

struct Preprocessing {
  std::string orient;                                    // an axis code ("RAS", see orientation.h); empty: axes stay
  std::optional<Directions> orient_like;                 // or where the axes are to run as closely as they can
  std::optional<BiasCorrection> n4;                      // none: no bias correction
  std::optional<Normalisation> normalise = Normalisation{};  // none: intensities stay
  // Two: of the axes that the slices lie in, see with_inplane_spacing(). Three: of the voxel axes, after `orient`.
  // Empty: the grid stays. Where a grid reaches beyond the volume, for half a voxel at most, the outermost voxels go on. (The
  // reference implementation has a last row and column of zeros there, which are no part of any image.)
  std::vector<double> spacing_mm = {kPaperSpacingMm, kPaperSpacingMm};
  Interpolation interpolation = Interpolation::linear;   // of images; labels take the nearest
  std::optional<Crop> crop;                              // none: the whole volume

  // Nothing is changed.
  static Preprocessing none();
  bool change_nothing() const;
  bool turns() const { return !orient.empty() || orient_like; }
  void turn_nothing() { orient.clear(), orient_like.reset(); }
};

// {"n4":null,"percentiles":[2,98],"spacing_mm":[1.36719,1.36719],"interpolation":"linear"}; a step that is left out is
// null, and the following members are there where they say something only: "normalise" (then "percentiles" is null) as
// {"method":"window","limits":[-125,275]} or {"method":"zscore","foreground":true}, "orient" as "RAS", "orient_like" as
// [[1,0,0],[0,1,0],[0,0,1]], the direction of each axis in LPS, and "crop" as
// {"to":"foreground","margin":2}. Both ways give the same values.
core::Json to_json(const Preprocessing& steps);
// An absent member means "not done". Throws core::DataError with `name` for an unknown member, a wrong type or a value
// out of range.
Preprocessing preprocessing_from_json(const core::Json& object, const std::string& name);

// What can be done again to an image whose label map is not known: all but a crop to it.
Preprocessing repeatable(const Preprocessing& steps);

// The values of --percentiles ("2,98" or "none"), --normalise ("percentiles", "zscore", "minmax", "window:-125,275" or
// "none"), --spacing ("1.36719", "1.25,1.5", "1,1,1.5" or "keep") and --orient ("RAS" or "keep"). Throws
// core::UsageError naming the option.
std::optional<Normalisation> parse_percentiles(const std::string& text);
std::optional<Normalisation> parse_normalisation(const std::string& text);
std::vector<double> parse_spacing_mm(const std::string& text);
std::string parse_orientation(const std::string& text);

// The grid that `steps` lead to, but for a crop: where that lies shows in voxels only.
Grid preprocessed_grid(const Grid& grid, const Preprocessing& steps);
// With the crop: to the foreground of an image, to the labels of a label map. Throws core::DataError for the other of
// the two, for a box without a voxel, and as with_spacing() does.
Grid preprocessed_grid(const Image& image, const Preprocessing& steps);
Grid preprocessed_grid(const LabelMap& labels, const Preprocessing& steps);

// Throws core::DataError as preprocessed_grid() does, and for intensities that cannot be corrected or normalised.
Image preprocess(Image image, const Preprocessing& steps);
// Labels are only turned, resampled (nearest neighbour) and cropped.
LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps);
// To `grid`, which is the preprocessed_grid() of this volume or of the other one of its case, image or label map.
Image preprocess(Image image, const Preprocessing& steps, const Grid& grid);
LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps, const Grid& grid);

// A map on the preprocessed_grid() of a volume back on `native`, the grid that the volume came with: linear
// interpolation between voxel centres and the outermost voxels beyond them, `outside` where a crop cut away; an exact
// copy, in another order of voxels maybe, where nothing was resampled.
Image restore(Image map, const Grid& native, const Preprocessing& steps, float outside);
// The nearest label; background where a crop cut away.
LabelMap restore(LabelMap map, const Grid& native, const Preprocessing& steps);

}  // namespace coopseg::image
