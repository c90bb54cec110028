// Label values and class indices, and the way back. Index 0 is the background, k the k-th of the classes.
//
//   const core::LabelNames classes{{"LV", 1}, {"MYO", 2}};                       // of a model, or of a training set
//   image::LabelMap labels = read_case_labels(c, *c.label());                    // ACDC: LV is 3
//   to_class_indices(c.labels(), classes, labels, "ED_seg.nii.gz");              // 3 becomes 1
//   to_label_values(classes, labels);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/image/labels.h"

namespace coopseg::dataset {

std::optional<int> value_of(const core::LabelNames& names, const std::string& name);
std::vector<std::string> names_of(const core::LabelNames& names);

// Label value -> class index, of label maps whose values are called `names`: by name, and values of other names are
// left out. Without names by the values that stand beside the classes' names. 0 is 0.
image::Remap class_index(const core::LabelNames& names, const core::LabelNames& classes);

// In place, by class_index(). Throws core::DataError naming `file` and the classes for a value that is none of them.
void to_class_indices(const core::LabelNames& names, const core::LabelNames& classes, image::LabelMap& labels,
                      const std::string& file);

// In place: each index becomes the value that stands beside its class's name. Indices are 0 ... classes.size().
void to_label_values(const core::LabelNames& classes, image::LabelMap& labels);

}  // namespace coopseg::dataset
