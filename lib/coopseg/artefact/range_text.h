// Ranges as people type them: "-5,5" or "5" for degrees, "4,10" for ghosts.
//
//   set_range(ranges, "degrees", "5", "--degrees");      // -5 to 5
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coopseg/artefact/plan.h"

namespace coopseg::artefact {

// A member of an artefact's ranges that can be set, by its name in ranges_to_json().
struct RangeField {
  const char *name, *type_name, *help;
  std::vector<std::string> types;  // the artefacts that have it: bias, ghosting, motion, spike
};
const std::vector<RangeField>& range_fields();

// Sets a member from text. LOW,HIGH or one number: X is -X to X for coefficients, degrees and translation, which go
// both ways, and X alone for the others. Throws core::UsageError that names `option`. The ranges must have the member.
void set_range(Ranges& ranges, const std::string& field, const std::string& text, const std::string& option);

// "--num-ghosts" for num_ghosts: how the command line names a field.
std::string option_of(std::string field);

// The ranges of all artefacts of the plan: what its dialect has, and over it the texts, by the names of their fields.
// Throws core::UsageError, by the option, for a text that is wrong, a field that no artefact of the plan has, and one
// that two of them have and mean differently.
void set_ranges(Plan& plan, const std::map<std::string, std::string>& texts);

// Levels of severity: "3", "1,3,5", "1-5". Throws core::UsageError that names `option`.
std::vector<int> parse_severities(const std::string& text, const std::string& option);

}  // namespace coopseg::artefact
