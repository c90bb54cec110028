// Augmentation of training slices, with the steps, numbers and order of the reference implementation of Chen et al.,
// MICCAI 2021 (policy "ACDC_affine_elastic_intensity"): pad, flips, intensity, affine, rotation by multiples of 45
// degrees, elastic deformation, crop, min-max. Each step is a function of its parameters alone; the draws are apart.
// Draw -> parameters -> pixels, so that each part is testable and a slice can be made again from its parameters.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/random.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/image/paper.h"

namespace coopseg::dataset {

struct AugmentationPolicy {
  std::string name = "affine-elastic-intensity";
  std::size_t pad = 224, crop = image::kPaperCrop;  // pixels
  double flip_probability = 0.2;             // left-right and up-down, independently
  double intensity_probability = 0.5;
  std::array<double, 2> intensity_scale{0.8, 1.2}, intensity_shift{-0.1, 0.1};
  double rotation_degrees = 15;              // uniform in +-
  double shift_fraction = 0.1;               // uniform in +-, of rows and columns
  std::array<double, 2> zoom{0.8, 1.1};      // below 1 enlarges
  int quarter_rotations = 8;                 // second rotation: one of n multiples of 360/n degrees; 1 is off
  double elastic_probability = 0.5;
  std::array<double, 2> elastic_alpha{1.5, 2.0};   // of the rows
  std::array<double, 2> elastic_sigma{0.1, 0.2};   // of the rows, times 0.75
  bool minmax = true;                        // after the crop
  // Bilinear coordinates held at the last but one row and column, as in the paper's experiments; false: at the last.
  bool paper_limit = true;
  // Every image of a batch, also of the half that is not augmented, is in one of the eight symmetries of the square, at
  // random, after all other steps: for networks that shall not depend on how images are stored. Not in the reference.
  bool symmetries = false;

  // One of augmentation_names(). Throws core::UsageError. The pad size keeps the reference's ratio 224/192 to the crop.
  static AugmentationPolicy named(const std::string& name, std::size_t crop);
};
// "none", "affine", "affine-intensity", "affine-elastic", "affine-elastic-intensity".
const std::vector<std::string>& augmentation_names();

// "symmetries" stands there only where it is true.
core::Json to_json(const AugmentationPolicy& policy);
// Members that are missing are those of `unless_said`. Throws core::DataError, naming `where`, for a member that is not
// known or out of its range.
AugmentationPolicy augmentation_from_json(const core::Json& json, const std::string& where,
                                          const AugmentationPolicy& unless_said = {});

// The value of --augmentation: one of the names, or a JSON file of the members above, those of affine-elastic-intensity
// where it does not say; its name is "custom" unless it has one. Throws core::UsageError also for a file that is of
// another crop.
AugmentationPolicy parse_augmentation(const std::string& name_or_file, std::size_t crop);

// What is done to one slice. All members are drawn whether they are used or not, so that the draw of one step does not
// depend on another step's probability.
struct AugmentationDraw {
  bool flip_left_right = false, flip_up_down = false;
  bool intensity = false;
  double intensity_scale = 1, intensity_shift = 0;
  double rotation_degrees = 0;
  std::array<double, 2> shift_fraction{0, 0};  // of the padded rows and columns
  std::array<double, 2> zoom{1, 1};            // of rows and columns
  double quarter_degrees = 0;                  // of the second rotation
  bool elastic = false;
  double elastic_alpha = 0, elastic_sigma = 0;  // of the padded rows; sigma before its factor 0.75
};
AugmentationDraw draw_augmentation(const AugmentationPolicy& policy, core::RandomStream& random);

// The slice, padded, changed as drawn, cropped to policy.crop and min-max scaled. The elastic step's noise, two numbers
// for each padded pixel (columns first, then rows), comes from `elastic_noise`. Thread-safe.
Slice augment(const Slice& slice, const AugmentationPolicy& policy, const AugmentationDraw& draw,
              core::RandomStream elastic_noise);

// Validation: pad, crop, min-max.
Slice prepare_for_validation(const Slice& slice, const AugmentationPolicy& policy);

}  // namespace coopseg::dataset
