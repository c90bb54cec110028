// Order of names as people count: "patient2" before "patient10".
#pragma once

#include <string_view>

namespace coopseg::dataset {

// Runs of digits compare by their value, everything else byte by byte. Names that differ in leading zeros only are
// ordered by their bytes, so that the order is total and the same on every machine.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace coopseg::dataset
