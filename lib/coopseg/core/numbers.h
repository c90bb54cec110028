// Numbers in option values. All throw UsageError that names the option and the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coopseg::core {

double parse_number(std::string_view text, const std::string& option);  // finite
int parse_whole(std::string_view text, const std::string& option);

// "1,2,3": the parts between commas.
std::vector<std::string> split_list(const std::string& text);

}  // namespace coopseg::core
