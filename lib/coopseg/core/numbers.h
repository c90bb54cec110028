// Numbers in option values. All throw UsageError that names the option and the text.
#pragma once

#include <string>
#include <string_view>

namespace coopseg::core {

double parse_number(std::string_view text, const std::string& option);  // finite
int parse_whole(std::string_view text, const std::string& option);

}  // namespace coopseg::core
