// Texts with commas, as options hold them, and words of commands that messages print.
//
//   split("motion,spike");    // {"motion", "spike"}
//   split("0.5,");            // {"0.5", ""}
//   words("LV,,MYO,");        // {"LV", "MYO"}
//   shell_word("my file");    // 'my file'
//
//   ranges({0, 3, 4, 5, 7});  // "0, 3-5, 7"
//
// Other lists for people are joined by fmt::join.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace coopseg::core {

// The parts between the commas, empty ones included: one more than there are commas.
std::vector<std::string> split(const std::string& text);

// The parts that are not empty.
std::vector<std::string> words(const std::string& text);

// Numbers in ascending order as people write them: three and more that follow each other are a range.
std::string ranges(const std::vector<std::size_t>& numbers);

// As one word of a POSIX shell, quoted where it needs to be.
std::string shell_word(const std::string& text);

}  // namespace coopseg::core
