#include "coopseg/image/image_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "coopseg/core/error.h"
#include "coopseg/image/file_kind.h"
#include "coopseg/image/header_text.h"
#include "coopseg/image/image_name.h"
#include "coopseg/image/metaimage.h"
#include "coopseg/image/nifti_source.h"
#include "coopseg/image/nrrd.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

constexpr std::size_t kSourcePeek = std::size_t{64} << 10;

// What a name says, in the words of messages.
struct NamedFormat {
  const char *ending, *format;
};
constexpr NamedFormat kNamedFormats[] = {
    {".nii.gz", "NIfTI"}, {".nii", "NIfTI"}, {".hdr.gz", "NIfTI"}, {".hdr", "NIfTI"},     {".img.gz", "NIfTI"},
    {".img", "NIfTI"},    {".nrrd", "NRRD"}, {".nhdr", "NRRD"},    {".mha", "MetaImage"}, {".mhd", "MetaImage"}};

void warn_of_name(FileKind kind, ImageSource& source) {
  const std::string_view format = kind == FileKind::nrrd ? "NRRD" : kind == FileKind::metaimage ? "MetaImage" : "NIfTI";
  const auto named = std::find_if(std::begin(kNamedFormats), std::end(kNamedFormats), [&](const NamedFormat& entry) {
    return has_ending(source.header_file.string(), entry.ending);
  });
  if (named == std::end(kNamedFormats) || named->format == format) return;
  source.warnings.push_back(fmt::format("is a {} file although its name ends in {}", format, named->ending));
}

// Of what a header names, which nobody may know of: so the header is what the message is about.
void refuse_missing_voxels(const ImageSource& source) {
  if (source.voxel_file == source.header_file) return;
  const std::string header = source.header_file.string();
  if (source.voxel_file.filename().empty()) throw DataError(header, "names no file for its voxels", kRemedyHeader);
  std::error_code ignored;
  const fs::file_status status = fs::status(source.voxel_file, ignored);
  if (!fs::exists(status)) {
    throw DataError(header, fmt::format("has its voxels in {}, which does not exist", source.voxel_file.string()),
                    "copy it there; both files belong together");
  }
  if (fs::is_regular_file(status)) return;
  throw DataError(header,
                  fmt::format("has its voxels in {}, which is {}", source.voxel_file.string(),
                              fs::is_directory(status) ? "a folder" : "no regular file"),
                  kRemedyHeader);
}

// Where the data begin: behind so many lines.
std::size_t first_byte(const ImageSource& source, const OpenFile& file) {
  std::size_t at = source.begin, lines = source.lines_before;
  while (lines > 0) {
    const std::string piece = file.read(at, kSourcePeek);
    if (piece.empty()) {
      throw DataError(file.name(),
                      fmt::format("is truncated: its voxels stand behind {} lines, of which {} are not there",
                                  source.lines_before, lines),
                      kRemedyTruncated);
    }
    std::size_t used = piece.size();
    for (std::size_t c = 0; c < piece.size(); ++c) {
      if (piece[c] != '\n' || --lines > 0) continue;
      used = c + 1;
      break;
    }
    at += used;
  }
  return at;
}

// How many bytes of the file from `begin` on are the data's, packed or text.
std::size_t stored_bytes(const ImageSource& source, const OpenFile& file, std::size_t begin) {
  const std::size_t there = file.size() - std::min(begin, file.size());
  if (!source.packed_bytes) return there;
  if (*source.packed_bytes > there) {
    throw DataError(
        file.name(),
        fmt::format("is truncated: {} bytes of packed voxels, its header says {}", there, *source.packed_bytes),
        kRemedyTruncated);
  }
  return *source.packed_bytes;
}

std::size_t begin_of_raw(const ImageSource& source, const OpenFile& file, std::size_t begin) {
  const std::size_t needed = source.header.total_bytes();
  if (source.ends_with_file) {
    if (file.size() < needed || file.size() - needed < begin) refuse_short(file.name(), file.size(), begin + needed);
    return file.size() - needed;
  }
  if (file.size() < begin || file.size() - begin < needed) refuse_short(file.name(), file.size(), begin + needed);
  return begin;
}

// A number takes a byte, and another between two of them.
void check_text_size(const ImageSource& source, std::size_t bytes, const std::string& file) {
  const std::size_t numbers = source.header.data_bytes / bytes_of(source.header.type);
  if (numbers <= bytes / 2 + 1) return;
  throw DataError(file, fmt::format("is truncated: {} bytes cannot be the {} numbers its header says", bytes, numbers),
                  kRemedyTruncated);
}

// What can be known of the data without decoding them.
void check_sizes(const ImageSource& source, const OpenFile& file) {
  const std::size_t begin = first_byte(source, file);
  if (source.encoding == Encoding::raw) {
    begin_of_raw(source, file, begin);
    return;
  }
  const std::size_t stored = stored_bytes(source, file, begin);
  if (source.encoding == Encoding::text) check_text_size(source, stored, file.name());
  else refuse_impossible(source.header.total_bytes(), stored, file.name());
}

bool is_text_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == ',';
}

template <class T>
void parse_numbers(std::string_view text, std::size_t count, char* target, const std::string& file,
                   std::vector<std::string>& warnings) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_blanks = [&] {
    while (at != end && is_text_blank(*at)) ++at;
  };
  for (std::size_t n = 0; n < count; ++n) {
    skip_blanks();
    if (at == end) {
      throw DataError(file, fmt::format("is truncated: {} numbers, its header says {}", n, count), kRemedyTruncated);
    }
    T value{};
    const char* const first = *at == '+' ? at + 1 : at;
    const auto [after, error] = std::from_chars(first, end, value);
    if (error != std::errc() || (after != end && !is_text_blank(*after))) {
      const std::string_view rest(at, static_cast<std::size_t>(end - at));
      throw DataError(file,
                      fmt::format("has the voxel '{}', expected a number of its type",
                                  rest.substr(0, std::min<std::size_t>(rest.find_first_of(" \t\r\n,"), 20))),
                      "the file is damaged: fetch or export it again");
    }
    std::memcpy(target + n * sizeof(T), &value, sizeof(T));
    at = after;
  }
  skip_blanks();
  if (at != end) warnings.push_back(fmt::format("has {} bytes behind its voxels", end - at));
}

void parse_text(std::string_view text, const std::string& file, ImageBytes& result) {
  const NiftiHeader& header = result.header;
  const std::size_t count = header.data_bytes / bytes_of(header.type);
  with_number_of(header.type, [&](auto zero) {
    parse_numbers<decltype(zero)>(text, count, result.bytes.get(), file, result.warnings);
  });
}

void to_machine_order(ImageBytes& result) {
  const std::size_t width = bytes_of(result.header.type);
  if (!result.header.swapped || width == 1) return;
  char* const first = result.bytes.get() + result.header.data_offset;
  for (char* voxel = first; voxel != first + result.header.data_bytes; voxel += width)
    std::reverse(voxel, voxel + width);
}

void read_raw(const ImageSource& source, const OpenFile& file, ImageBytes& result) {
  const std::size_t needed = source.header.total_bytes();
  const std::size_t begin = begin_of_raw(source, file, first_byte(source, file));
  result.bytes = allocate(needed, file.name());
  file.read(begin, needed, result.bytes.get());
  if (file.size() - begin > needed)
    result.warnings.push_back(fmt::format("has {} bytes behind its voxels", file.size() - begin - needed));
}

}  // namespace

ImageSource image_source(const fs::path& named) {
  const fs::path path = header_of_pair(named);
  const OpenFile file(path);
  if (file.size() == 0) throw DataError(file.name(), "is empty", kRemedyTruncated);
  std::string start = file.read(0, kSourcePeek);
  const bool packed = is_gzip(start);
  if (packed) start = unpack_start({start, Packing::gzip, file.name()}, kStartBytes);
  const FileKind kind = kind_of(std::string_view(start).substr(0, kStartBytes), file.name());
  if (packed && (kind == FileKind::nrrd || kind == FileKind::metaimage)) {
    throw DataError(file.name(), "is packed by gzip as a whole, of which only NIfTI files are read",
                    "unpack it: gunzip (its voxels may be packed within it)");
  }
  ImageSource source = kind == FileKind::nrrd        ? nrrd_source(file)
                       : kind == FileKind::metaimage ? metaimage_source(file)
                                                     : nifti_source(file, start, kind);
  refuse_missing_voxels(source);
  warn_of_name(kind, source);
  return source;
}

ImageSource find_image(const fs::path& path) {
  ImageSource source = image_source(path);
  check_sizes(source, OpenFile(source.voxel_file));
  return source;
}

ImageBytes read_image_bytes(const fs::path& path) {
  ImageSource source = image_source(path);
  const OpenFile file(source.voxel_file);
  ImageBytes result;
  result.header = source.header;
  if (source.encoding == Encoding::raw) {
    read_raw(source, file, result);
  } else {
    const std::size_t begin = first_byte(source, file);
    const std::size_t stored = stored_bytes(source, file, begin);
    const auto bytes = allocate(stored, file.name());
    file.read(begin, stored, bytes.get());
    const std::string_view view(bytes.get(), stored);
    if (source.encoding == Encoding::text) {
      check_text_size(source, stored, file.name());
      result.bytes = allocate(source.header.total_bytes(), file.name());
      parse_text(view, file.name(), result);
    } else {
      // MetaIO takes a gzip stream for a zlib stream, too; no stream is both.
      const Packing packing = source.encoding == Encoding::gzip || is_gzip(view) ? Packing::gzip : Packing::zlib;
      result.bytes = unpack({view, packing, file.name()}, source.header.total_bytes(), result.warnings);
    }
    if (file.size() - begin > stored)
      result.warnings.push_back(fmt::format("has {} bytes behind its voxels", file.size() - begin - stored));
  }
  result.warnings.insert(result.warnings.end(), source.warnings.begin(), source.warnings.end());
  to_machine_order(result);
  return result;
}

}  // namespace coopseg::image
