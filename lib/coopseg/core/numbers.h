// Numbers in option values. All throw UsageError that names the option and the text.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace coopseg::core {

double parse_number(std::string_view text, const std::string& option);  // finite
int parse_whole(std::string_view text, const std::string& option);
// A whole number from `least` to `most`.
std::size_t parse_count(const std::string& text, const std::string& option, std::size_t least, std::size_t most);
// "X,Y,Z" as three numbers of voxels, 1 to 4096 each; one number stands for all three.
std::array<std::size_t, 3> parse_sides(const std::string& text, const std::string& option);

}  // namespace coopseg::core
