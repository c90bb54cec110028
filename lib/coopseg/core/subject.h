// Whose image a case is.
#pragma once

#include <string>

#include "coopseg/core/case_list.h"

namespace coopseg::core {

// The case's field `subject`, or where there is none its id; behind the name of its data set where there is one:
// "acdc/patient007". Both frames of a heart, the repeats of an artefact, and the sides of one person where `subject`
// says so, are of one subject.
std::string subject_of(const Case& c);

}  // namespace coopseg::core
