#include "coopseg/core/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace coopseg::core {

namespace {

constexpr std::size_t kUnknownColumns = 80, kFewestColumns = 8;

// First and last characters of the blocks that are shown twice as wide (Unicode Standard Annex 11, whole blocks).
constexpr std::uint32_t kWide[][2] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},
                                      {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};

std::size_t width_of(std::uint32_t character) {
  const bool wide = std::any_of(std::begin(kWide), std::end(kWide), [character](const auto& block) {
    return character >= block[0] && character <= block[1];
  });
  return wide ? 2 : 1;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

bool obeys_escapes() {
  if (isatty(STDERR_FILENO) == 0) return false;
  // ENVVAR TERM: dumb or not set: no progress bar and no colours.
  const char* term = std::getenv("TERM");
  return term && *term && std::string(term) != "dumb";
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUnknownColumns;
}

std::string cut_to_columns(const std::string& text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    const auto first = static_cast<unsigned char>(text[begin]);
    // The bits of the first byte that belong to the character: 7, or 5, 4 and 3 of two, three and four bytes.
    std::uint32_t character = first < 0xC0   ? first
                              : first < 0xE0 ? first & 0x1Fu
                              : first < 0xF0 ? first & 0xFu
                                             : first & 7u;
    for (end = begin + 1; end < text.size() && continues(text[end]); ++end)
      character = character << 6 | (static_cast<unsigned char>(text[end]) & 0x3Fu);
    used += width_of(character);
    if (used > columns) return text.substr(0, begin);
  }
  return text;
}

std::string fold_to_columns(const std::string& text, std::size_t columns) {
  const std::string indent = "  ";
  const std::size_t width = std::max(columns, kFewestColumns);
  std::string folded, rest = text;
  for (bool more = true; more;) {
    std::string line = cut_to_columns(rest, width);
    more = line.size() < rest.size();
    const std::size_t comma = line.rfind(", ");
    if (more && comma != std::string::npos) line.resize(comma + 2);
    rest.erase(0, line.size());
    if (more) rest.insert(0, indent), line.erase(line.find_last_not_of(' ') + 1), line += "\n";
    folded += line;
  }
  return folded;
}

}  // namespace coopseg::core
