// Volumes in memory: what slices and patches are cut from.
//
//   const VolumeSet labelled = load_labelled_volumes(cases, options);
//   const VolumeSet pool = load_unlabelled_volumes(others, threads);
//
// A set takes the size of its voxels: 4 bytes each, one more where they have labels, and 4 for each class and the
// background where they have probabilities. While it is read, each thread holds the files of one case besides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/image/volume.h"

namespace coopseg::dataset {

struct TrainingVolume {
  std::string case_name, image_sha256;
  std::string subject;     // whose image it is: the case's field "subject", else its id; behind its data set's name
  std::string made_from;   // SHA-256 of the original that the image's sidecar names; empty without one
  std::string image_file;
  std::string label_file;  // empty: not labelled
  image::Grid grid;
  image::Grid stored;  // the image's own; `grid` is it with slices last where networks see slices
  std::vector<float> voxels;         // finite; in the order of image::Volume
  // Class indices, of the same voxels, or kIgnoredLabel where nobody drew; empty: not labelled.
  std::vector<std::uint8_t> labels;
  bool has_ignored = false;  // some of them are kIgnoredLabel
  // Class probabilities of the same voxels, [class][z][y][x], background first, that add up to 1 everywhere; empty:
  // none.
  std::vector<float> probabilities;
};

// In the order of the list.
struct VolumeSet {
  std::vector<TrainingVolume> volumes;
  // Of labelled volumes; empty else.
  core::LabelNames classes;       // class index 1 ... n; index 0 is background
  core::LabelNames label_values;  // the same classes with the values that they have in label maps without names
  bool named = false;             // the classes' names come from the list
};

struct LoadOptions {
  // In the order of the class indices. A case that names its labels is matched by name, whatever its values; one that
  // does not, by these values. Empty: the names of the list, which must agree, else the values found as "1", "2", ...
  core::LabelNames classes;
  int threads = 1;
  bool require_names = false;  // refuse a case that does not name its labels: its values may mean something else
  // For networks that see slices: two-dimensional images are taken, too, and slices (image::slice_axis()) come last.
  bool allow_slices = false;
};

// Reads every case that has a label; warns of those that have none, and of label maps of background alone. What was not
// drawn of a label map (see ignored_voxels()) may hold any values; the name core::kIgnoreName is none of the classes.
// Throws core::DataError if an image has two dimensions unless they are allowed, is constant or has voxels that are not finite, a grid differs,
// a label is outside the classes, a class is not among a case's names, a label map is not drawn anywhere, or nothing is
// labelled; core::IoError for files that cannot be read. If several cases are at fault the first is thrown, the others
// are logged.
VolumeSet load_labelled_volumes(const std::vector<core::Case>& cases, const LoadOptions& options);

// Reads cases with pseudo-labels (label_source.h) likewise; with `soft`, their class probabilities, too, in the order
// of options.classes, which are not empty then. Throws as load_labelled_volumes(), and core::DataError for
// probabilities that are not on the image's grid, are not one frame for each label name and the background, lie outside
// of [0, 1] or do not add up to 1.
VolumeSet load_pseudo_labelled_volumes(const std::vector<core::Case>& cases, const LoadOptions& options, bool soft);

// Reads the image of every case; a label that the list names is never opened. Throws of images as above, and
// core::DataError for an empty list.
VolumeSet load_unlabelled_volumes(const std::vector<core::Case>& cases, int threads, bool allow_slices = false);

}  // namespace coopseg::dataset
