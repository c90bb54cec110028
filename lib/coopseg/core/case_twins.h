// Cases that one list holds twice.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::core {

// Prints a warning if two cases of one data set have one name (id, frame, artefact, severity, repeat): where no output
// would overwrite another, both count, which is seldom meant. Repeats with a number of their own are not twins.
void warn_of_twins(const std::vector<Case>& cases, const std::string& where);

}  // namespace coopseg::core
