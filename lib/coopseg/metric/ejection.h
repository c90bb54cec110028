// Ejection fraction: the share of the end-diastolic volume that the ventricle throws out.
#pragma once

#include <string>
#include <vector>

#include "coopseg/metric/case_score.h"

namespace coopseg::metric {

// Whether the case's frame is called so, in letters of either size.
bool is_ed(const core::Case& c);
bool is_es(const core::Case& c);

// 100 (EDV - ESV) / EDV, in percent, of one subject (and repeat, artefact, ...). Both frames must have been scored; a
// side whose end-diastolic mask is empty has none.
struct EjectionFraction {
  std::size_t ed_case = 0, es_case = 0;                             // indices into the list
  Value reference_percent, prediction_percent, difference_percent;  // difference: prediction - reference
};

// For every subject of the list that has exactly one ED and one ES frame with class `class_name`, in the list's order
// of the ED frames. Rows of slices have none.
std::vector<EjectionFraction> ejection_fractions(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                                 const std::string& class_name);

// The other subjects with a row of that class for ED or ES, each by the index of such a case, in the list's order: one
// of the frames is not in the list, has no prediction, failed, or is there twice.
std::vector<std::size_t> subjects_without_fraction(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                                   const std::string& class_name);

// The subjects of one group of a list.
struct EjectionGroup {
  std::vector<EjectionFraction> fractions;
  std::size_t without = 0;  // subjects that have none
};

}  // namespace coopseg::metric
