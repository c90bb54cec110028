// Label values and class indices, and the way back. Index 0 is the background, k the k-th of the classes.
//
//   const core::LabelNames classes{{"LV", 1}, {"MYO", 2}};                       // of a model, or of a training set
//   image::LabelMap labels = read_case_labels(c, *c.label());                    // ACDC: LV is 3
//   to_class_indices(c.labels(), classes, labels, "ED_seg.nii.gz");              // 3 becomes 1
//   to_label_values(classes, labels);
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coopseg/image/labels.h"

namespace coopseg::dataset {

// Of a voxel that no loss and no score counts: where the label map was not drawn. Class indices are below it.
inline constexpr std::uint8_t kIgnoredLabel = 255;

std::optional<int> value_of(const core::LabelNames& names, const std::string& name);
std::vector<std::string> names_of(const core::LabelNames& names);

// Label value -> class index, of label maps whose values are called `names`: by name, and values of other names are
// left out. Without names by the values that stand beside the classes' names. 0 is 0.
image::Remap class_index(const core::LabelNames& names, const core::LabelNames& classes);

// The same for label maps of `values`, each of which must have a class. Throws core::DataError naming `file` and the
// classes for one that has none.
image::Remap class_index_of_all(const std::set<std::int32_t>& values, const core::LabelNames& names,
                                const core::LabelNames& classes, const std::string& file);

// In place. Throws as class_index_of_all().
void to_class_indices(const core::LabelNames& names, const core::LabelNames& classes, image::LabelMap& labels,
                      const std::string& file);

// In place: each index becomes the value that stands beside its class's name. Indices are 0 ... classes.size().
void to_label_values(const core::LabelNames& classes, image::LabelMap& labels);

}  // namespace coopseg::dataset
