// What the terminal behind standard error, if there is one, can show.
#pragma once

#include <cstddef>
#include <string>

namespace coopseg::core {

// True if standard error is a terminal that obeys escape sequences. One whose TERM is "dumb" or not set (Emacs' shell,
// the consoles of build services) shows them as rubbish.
bool obeys_escapes();

// Columns of the terminal as it is now: it may be resized at any time. 80, what terminals have from of old, where it
// does not tell (serial lines, some containers).
std::size_t terminal_columns();

// The longest beginning of UTF-8 text that has room in so many columns. Characters stay whole; those of Chinese,
// Japanese, Korean and emoji take two columns.
std::string cut_to_columns(const std::string& text, std::size_t columns);

// Text in lines of at most so many columns, the further ones indented by two; broken behind ", " and, what is longer
// than a line by itself, between characters. A terminal of fewer than 8 columns gets lines of 8.
std::string fold_to_columns(const std::string& text, std::size_t columns);

}  // namespace coopseg::core
