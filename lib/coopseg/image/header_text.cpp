#include "coopseg/image/header_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "coopseg/core/error.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

constexpr std::size_t kHeaderPiece = std::size_t{64} << 10;
constexpr std::size_t kLongestHeader = std::size_t{4} << 20;
// More voxels than any file holds; products of them and a width stay below 2^63.
constexpr std::size_t kVoxelsOfNoFile = std::size_t{1} << 50;

bool is_header_blank(unsigned char c) { return std::isspace(c) != 0; }

template <class T>
bool parse_word(std::string_view word, T& value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

HeaderLines::HeaderLines(const OpenFile& file) : file_(file) {}

bool HeaderLines::next(std::string& line) {
  std::size_t end;
  while ((end = text_.find('\n', at_)) == std::string::npos) {
    if (text_.size() >= kLongestHeader) {
      throw DataError(file_.name(), fmt::format("has a header of more than {} bytes", kLongestHeader),
                      "the file is damaged: fetch or export it again");
    }
    const std::string piece = file_.read(text_.size(), kHeaderPiece);
    if (piece.empty()) break;
    text_ += piece;
  }
  if (end == std::string::npos) end = text_.size();
  if (at_ >= text_.size()) return false;
  line = text_.substr(at_, end - at_);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  at_ = std::min(end + 1, text_.size());
  return true;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_header_blank(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && is_header_blank(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return std::string(text);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::vector<std::string> words_between_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_header_blank(static_cast<unsigned char>(text[end]))) ++end;
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

void HeaderField::refuse(const std::string& expected) const {
  constexpr std::size_t kShown = 80;
  throw DataError(file,
                  fmt::format("has '{}: {}{}', expected {}", name, value.substr(0, kShown),
                              value.size() > kShown ? "..." : "", expected),
                  kRemedyHeader);
}

std::vector<double> HeaderField::numbers(std::size_t count) const {
  std::vector<double> found;
  for (const std::string& word : words_between_blanks(value)) {
    found.emplace_back();
    if (!parse_word(word, found.back())) refuse("numbers");
  }
  if (found.size() != count) refuse(fmt::format("{} numbers", count));
  return found;
}

std::vector<std::size_t> HeaderField::counts(std::size_t count) const {
  std::vector<std::size_t> found;
  for (const std::string& word : words_between_blanks(value)) {
    found.emplace_back();
    if (!parse_word(word, found.back()) || found.back() == 0) refuse("whole numbers from 1");
  }
  if (found.size() != count) refuse(fmt::format("{} numbers", count));
  return found;
}

std::size_t HeaderField::count(std::size_t least, std::size_t most) const {
  std::size_t found = 0;
  if (!parse_word(trimmed(value), found) || found < least || found > most)
    refuse(fmt::format("a whole number from {} to {}", least, most));
  return found;
}

void set_sizes(NiftiHeader& header, const std::vector<std::size_t>& sizes, int axes, const std::string& file) {
  std::size_t voxels = 1;
  for (const std::size_t size : sizes) {
    if (size > kVoxelsOfNoFile || voxels > kVoxelsOfNoFile / size) {
      throw DataError(file, fmt::format("has the sizes {}, more than any file holds", fmt::join(sizes, " x ")),
                      kRemedyHeader);
    }
    voxels *= size;
  }
  header.axes = axes;
  header.size = {1, 1, 1};
  for (std::size_t a = 0; a < static_cast<std::size_t>(axes); ++a) header.size[a] = sizes[a];
  header.has_frame_axis = sizes.size() > static_cast<std::size_t>(axes);
  header.frames = header.has_frame_axis ? sizes.back() : 1;
  header.data_bytes = voxels * bytes_of(header.type);
}

bool is_swapped_here(bool little_endian) {
  const std::uint16_t one = 1;
  return (*reinterpret_cast<const unsigned char*>(&one) == 1) != little_endian;
}

bool names_several_files(const std::string& data_file) {
  return data_file == "LIST" || data_file.compare(0, 5, "LIST ") == 0 ||
         (data_file.find('%') != std::string::npos && words_between_blanks(data_file).size() >= 4);
}

namespace {

// With links followed; what does not exist is nowhere else.
bool lies_below(const fs::path& folder, const fs::path& home) {
  std::error_code no_folder, no_home;
  const fs::path there = fs::canonical(folder.empty() ? "." : folder, no_folder);
  const fs::path here = fs::canonical(home.empty() ? "." : home, no_home);
  if (no_folder || no_home) return true;
  return std::mismatch(here.begin(), here.end(), there.begin(), there.end()).first == here.end();
}

}  // namespace

fs::path beside(const fs::path& header, const std::string& name) {
  const fs::path named(name);
  const bool leaves =
      named.is_absolute() || std::any_of(named.begin(), named.end(), [](const fs::path& part) { return part == ".."; });
  if (leaves) {
    throw DataError(header.string(),
                    fmt::format("names the file {} for its voxels, expected one in its own folder or below", name),
                    "a header must not say which other files of this machine are read: move the file beside it and "
                    "name it without folders");
  }
  const fs::path file = header.parent_path() / named;
  if (!lies_below(file.parent_path(), header.parent_path())) {
    throw DataError(
        header.string(),
        fmt::format("names the file {} for its voxels, where a link leads to another folder than its own", name),
        "a header must not say which other files of this machine are read: move the file beside it");
  }
  return file;
}

}  // namespace coopseg::image
