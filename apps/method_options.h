// --method and the parameters of the comparison methods, for the programs that know them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/request/image_method.h"

namespace coopseg::apps {

enum class Wanted {
  all,
  looks,  // only what decides what a changed image looks like
};

// The parameter as an option of the group; `default_text` stands in --help if it is not empty.
void add_parameter(core::Command& command, const std::string& group, const request::Parameter& parameter,
                   const std::string& default_text);

// Throws core::UsageError for an option on the command line that none of the chosen methods knows or uses as it is set up,
// and for values that cannot be. `parameters` lists those of all methods, as one of them sees them.
void check_method_parameters(const core::Command& command, const std::vector<std::string>& chosen,
                             const std::function<std::vector<request::Parameter>(const std::string&)>& parameters);

// Adds the parameters' options to the group "Comparison methods".
void add_method_parameters(core::Command& command, request::ImageMethodSettings& settings, Wanted wanted);

// The same of the comparison methods.
void check_method_parameters(const core::Command& command, const request::ImageMethodSettings& settings,
                             const std::vector<std::string>& chosen, Wanted wanted);

}  // namespace coopseg::apps
