// What is done to an image to get one of the two views of it that contrastive pre-training compares.
//
//   const ViewAugmentation policy = parse_view_augmentation("global");   // or a JSON file
//
//   global   elastic deformation; rotation within the plane of the first two axes by any angle and scaling by 0.7 to
//            1.25, each with probability 1/2; and those of local
//   local    gamma of 0.5 to 2, a shift of all voxels, Gaussian noise, each with probability 1/2: so that both views
//            have the same labels
//
// These are the changes of Hu et al. (MICCAI 2021) with the probabilities of their public code. Ours are the elastic
// deformation's B-splines, in three dimensions tilts by up to 15 degrees, and that intensities are changed last.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/dataset/patch_augmentation.h"

namespace coopseg::dataset {

struct ViewAugmentation {
  PatchAugmentation patch;  // with the policy's name

  double shift_probability = 0.5;
  double shift_mean = 1, shift_deviation = 1;  // of the normal distribution of what is added to all voxels
  double noise_probability = 0.5;
  double noise = 0.1;  // greatest standard deviation of the noise; each view's is uniform from 0

  // One of view_augmentation_names(). Throws core::UsageError.
  static ViewAugmentation named(const std::string& name);
};
// "global", "local".
const std::vector<std::string>& view_augmentation_names();

core::Json to_json(const ViewAugmentation& policy);

// The value of --augmentation: one of the names, or a JSON file of the members above and of those of PatchAugmentation;
// what it does not say is as in "local". Throws core::UsageError.
ViewAugmentation parse_view_augmentation(const std::string& name_or_file);

}  // namespace coopseg::dataset
