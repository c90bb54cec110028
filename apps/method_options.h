// --method and the parameters of the comparison methods, for the programs that know them.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/request/image_method.h"

namespace coopseg::apps {

enum class Wanted {
  all,
  looks,  // only what decides what a changed image looks like
};

// Adds the parameters' options to the group "Comparison methods".
void add_method_parameters(core::Command& command, request::ImageMethodSettings& settings, Wanted wanted);

// Throws core::UsageError for an option on the command line that none of the chosen methods knows or uses, and for
// values that cannot be.
void check_method_parameters(const core::Command& command, const request::ImageMethodSettings& settings,
                             const std::vector<std::string>& chosen, Wanted wanted);

}  // namespace coopseg::apps
