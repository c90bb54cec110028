// Ejection fraction: the share of the end-diastolic volume that the ventricle throws out.
#pragma once

#include <string>
#include <vector>

#include "coopseg/metric/case_score.h"

namespace coopseg::metric {

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

}  // namespace coopseg::metric
