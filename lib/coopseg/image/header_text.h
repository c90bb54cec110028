// What the headers that are text have in common: lines, lists of numbers, a file of voxels beside them. For this room
// only. Errors are core::DataError and name the file, the field and what stands there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "coopseg/image/file_bytes.h"
#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

// Lines of a file from its beginning on, without their ends (LF or CR LF).
class HeaderLines {
 public:
  explicit HeaderLines(const OpenFile& file);

  // False at the end of the file. Throws where a header is longer than any is (4 MiB).
  bool next(std::string& line);
  std::size_t next_byte() const { return at_; }  // of the file, behind the last line

 private:
  const OpenFile& file_;
  std::string text_;
  std::size_t at_ = 0;
};

std::string trimmed(std::string_view text);
std::string lower_case(std::string_view text);
std::vector<std::string> words_between_blanks(std::string_view text);

// A field of a header, for messages.
struct HeaderField {
  std::string name, value;
  const std::string& file;

  [[noreturn]] void refuse(const std::string& expected) const;  // "has the sizes 'x', expected ..."
  std::vector<double> numbers(std::size_t count) const;         // "nan" and "inf" included: who uses them judges
  std::vector<std::size_t> counts(std::size_t count) const;     // each 1 or more
  std::size_t count(std::size_t least, std::size_t most) const;
};

// Sets size, frames and bytes of voxels: `sizes` are those of `axes` spatial axes and, if there is one, of the frames.
// Throws where they are more than any file holds.
void set_sizes(NiftiHeader& header, const std::vector<std::size_t>& sizes, int axes, const std::string& file);

// Whether numbers whose least byte comes first are of the other order than this machine's.
bool is_swapped_here(bool little_endian);

// "LIST", or a pattern such as "slice%03d.raw 1 20 1": both formats say so where the voxels are in several files.
bool names_several_files(const std::string& data_file);

// The file that a header names: in its folder or below it. Throws for names that leave it, by links to other folders,
// too, as a header from elsewhere must not say which of the machine's files are read. The file itself may be a link, as
// DataLad has them: who wrote the header alone did not make it.
std::filesystem::path beside(const std::filesystem::path& header, const std::string& name);

inline constexpr char kRemedyHeader[] = "the header is damaged or was written by hand: correct it, or export it again";

}  // namespace coopseg::image
