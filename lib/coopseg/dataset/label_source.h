// Whose label maps a list has: people's, or a model's, which are no reference.
//
//   {"id":"p1","image":"p1.nii.gz","label":"pred/p1/pred.nii.gz","labels":{"LV":1},"label_source":"pseudo",
//    "label_probabilities":"pred/p1/prob.nii.gz","true_label":"p1_seg.nii.gz","true_labels":{"LV":3}}
//
// cs-predict --pseudo-labels writes such cases. `label_probabilities` is a 4D file on the grid of the label: the
// background, then the classes of `labels` in the order of their values. What the case had before is kept behind
// `true_`. The mark keeps a model from learning what another one guessed as if a person had drawn it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::dataset {

inline constexpr char kLabelProbabilities[] = "label_probabilities";
inline constexpr char kPredictor[] = "cs-predict";  // whose label maps are no true labels

// The case's field "label_source" is "pseudo".
bool has_pseudo_label(const core::Case& c);

// What is wrong with the case's field "label_source": anything but "pseudo" where there is one, as a misspelt mark
// would make a model's label a true one. Empty where nothing is.
std::string problem_of_label_source(const core::Case& c);

// Makes `label` the label of the case, as a model made it: with the mark, and without what spoke of the label before.
// That one, unless it was a pseudo-label itself, is kept as "true_label", with "true_labels" and
// "true_labelled_slices". Predictions are taken away: such a label scored against itself would be perfect.
void set_pseudo_label(core::Case& c, const core::fs::path& label, const core::LabelNames& classes,
                      const std::optional<core::fs::path>& probabilities);

// Both throw core::UsageError naming the list `source` and the first case at fault, also where its mark is none.
// That no case has the mark, nor a label map of kPredictor's, converted or resampled since or not, as the sidecar
// beside it says.
void require_true_labels(const std::vector<core::Case>& cases, const std::string& source);
// That each case has the mark and a label; with `soft`, probabilities.
void require_pseudo_labels(const std::vector<core::Case>& cases, const std::string& source, bool soft);

// Of cases whose label is about to be a reference: names those with the mark, the first ones of many.
void warn_of_pseudo_labels(const std::vector<core::Case>& cases);

}  // namespace coopseg::dataset
