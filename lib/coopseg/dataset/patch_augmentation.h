// Augmentation of training patches: what may be done to them, and what is drawn for one.
//
//   const PatchAugmentation policy = parse_patch_augmentation("mild");   // or a JSON file
//   core::RandomStream random(seed, {"augment"}, {epoch, item});
//   const PatchDraw draw = draw_patch(policy, random);
//
// In order: the volume's quarter turn in the plane of its first two axes, flips, the crop; then, of the crop alone and
// all in one resampling, rotation, scaling and elastic deformation; then gamma, contrast and brightness. Turns, flips
// and the uamt rules are those of the public UA-MT code (MICCAI 2019); what resamples or changes intensities is the
// toolkit's own, and off in all named policies but "mild".
//
//   none   the crop alone
//   la     quarter turns; flips along x and along y, each with probability 1/2
//   uamt   quarter turns; one flip, along x or along y, always; crop and padding of the public code
//   mild   rotation by up to 10 degrees about each axis, scaling by 0.9 to 1.1, gamma and contrast of 0.8 to 1.25,
//          brightness of up to 0.2 standard deviations; no turns and no flips: for organs that have a handedness
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/random.h"
#include "coopseg/core/words.h"

namespace coopseg::dataset {

enum class PatchFlip {
  none,
  independent,  // each of the axes with probability 1/2
  // The public code's rules, of the crop, too: always one flip, along x or y; the last place of the crop is never
  // drawn; a volume with a side up to the patch's is padded with 0, each side on both ends, by
  // max(floor((patch - size) / 2) + 3, 0). What lies outside of a volume is 0.
  uamt,
};
const core::Words<PatchFlip>& patch_flips();

// Ranges are uniform. The ranges of what is off are those that a file gets which gives a probability alone.
struct PatchAugmentation {
  std::string name = "la";
  bool quarter_turns = true;  // one of 0, 90, 180, 270 degrees
  PatchFlip flip = PatchFlip::independent;
  std::string flip_axes = "xy";  // of `independent`: some of "xyz", the first, second and third voxel axis

  double rotation_probability = 0;
  std::array<double, 3> rotation_degrees{10, 10, 10};  // about x, y, z: uniform in +-; in mm, not in voxels
  double scale_probability = 0;
  std::array<double, 2> scale{0.9, 1.1};  // above 1 enlarges
  double elastic_probability = 0;
  // Displacements at the points of a grid, each component uniform in +- the amplitude, are joined by cubic B-splines:
  // no voxel is displaced by more. Voxels of the patch, both. Up to 0.4 of the spacing space never folds (Choi and Lee,
  // Graphical Models 2000), more is refused.
  std::array<double, 2> elastic_amplitude{1, 3}, elastic_spacing{12, 16};

  double gamma_probability = 0;
  std::array<double, 2> gamma{0.8, 1.25};  // exponent, of values scaled to [0, 1] by the patch's minimum and maximum
  double contrast_probability = 0;
  std::array<double, 2> contrast{0.8, 1.25};  // factor, about the volume's mean
  double brightness_probability = 0;
  std::array<double, 2> brightness{-0.2, 0.2};  // added, in standard deviations of the volume

  // One of patch_augmentation_names(). Throws core::UsageError.
  static PatchAugmentation named(const std::string& name);
};
// "none", "la", "uamt", "mild".
const std::vector<std::string>& patch_augmentation_names();

// Turns and flips with which each of the eight symmetries of the square in the plane of the first two axes is as likely
// as any other; all else stays, so that "la" stays as it is. Throws core::UsageError for the uamt rules, of which other
// flips are a part.
void add_symmetries(PatchAugmentation& policy);

core::Json to_json(const PatchAugmentation& policy);
// Members that are missing are those of `unless_said`. Throws core::DataError, naming `where`, for a member that is not
// known or out of its range.
PatchAugmentation patch_augmentation_from_json(const core::Json& json, const std::string& where,
                                               const PatchAugmentation& unless_said = {});

// The value of --augmentation: one of the names, or a JSON file of the members above, those of "la" where it does not
// say; its name is "custom" unless it has one. Throws core::UsageError.
PatchAugmentation parse_patch_augmentation(const std::string& name_or_file);

// What is done to one patch. All members are drawn whether they are used or not, so that the draw of one step does not
// depend on another step's probability.
struct PatchDraw {
  unsigned quarter_turns = 0;            // 0 ... 3, as numpy.rot90 counts them: from the first axis to the second
  std::array<bool, 3> flip{};            // of x, y, z, after the turns
  std::array<double, 3> place{};         // [0, 1): of the starts that the crop can have on each axis
  bool rotation = false, scaling = false, elastic = false;
  std::array<double, 3> rotation_degrees{};
  double scale = 1, elastic_amplitude = 0, elastic_spacing = 1;
  bool gamma = false, contrast = false, brightness = false;
  double exponent = 1, factor = 1, shift = 0;
  std::optional<std::size_t> plane;  // of the third axis, whose place is not drawn: what is cut is a piece of a slice

  bool resamples() const { return rotation || scaling || elastic; }
  // The same of plane `k` alone: what would leave the plane is left out, so that no slice is mixed with another.
  PatchDraw in_plane(std::size_t k) const;
};
PatchDraw draw_patch(const PatchAugmentation& policy, core::RandomStream& random);

}  // namespace coopseg::dataset
