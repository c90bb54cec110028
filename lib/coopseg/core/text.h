// Texts with commas, as options hold them, and words of commands that messages print.
//
//   split("motion,spike");    // {"motion", "spike"}
//   split("0.5,");            // {"0.5", ""}
//   words("LV,,MYO,");        // {"LV", "MYO"}
//   shell_word("my file");    // 'my file'
//
// Lists for people are joined by fmt::join.
#pragma once

#include <string>
#include <vector>

namespace coopseg::core {

// The parts between the commas, empty ones included: one more than there are commas.
std::vector<std::string> split(const std::string& text);

// The parts that are not empty.
std::vector<std::string> words(const std::string& text);

// As one word of a POSIX shell, quoted where it needs to be.
std::string shell_word(const std::string& text);

}  // namespace coopseg::core
