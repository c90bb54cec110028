#include "coopseg/image/nifti_source.h"

#include <fmt/format.h>

#include "coopseg/core/error.h"
#include "coopseg/image/image_name.h"
#include "coopseg/image/nifti2_header.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

// "a.hdr.gz" with ".img" -> {"a.img.gz", "a.img"}: packed as it is first. Empty if its name has not this ending.
std::vector<fs::path> partners(const fs::path& file, std::string_view ending, std::string_view other) {
  const std::string name = file.string();
  for (const bool packed : {false, true}) {
    const std::string whole = std::string(ending) + (packed ? ".gz" : "");
    if (!has_ending(name, whole)) continue;
    const std::string stem = name.substr(0, name.size() - whole.size()) + std::string(other);
    if (packed) return {stem + ".gz", stem};
    return {stem, stem + ".gz"};
  }
  return {};
}

std::optional<fs::path> first_existing(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    std::error_code ignored;
    if (fs::exists(file, ignored)) return file;
  }
  return std::nullopt;
}

fs::path voxels_of_pair(const fs::path& header) {
  const std::vector<fs::path> candidates = partners(header, ".hdr", ".img");
  if (candidates.empty()) {
    throw DataError(header.string(), "is the header of a .hdr/.img pair, but is not named .hdr",
                    "name it .hdr and its voxels .img");
  }
  if (const auto found = first_existing(candidates)) return *found;
  throw DataError(header.string(),
                  fmt::format("is the header of a .hdr/.img pair, and there is neither {} nor {}",
                              candidates[0].filename().string(), candidates[1].filename().string()),
                  "copy the voxels beside it");
}

std::size_t decoded_size(const ImageSource& source) {
  const OpenFile voxels(source.voxel_file);
  if (source.encoding == Encoding::raw) return voxels.size();
  const std::string packed = voxels.read(0, voxels.size());
  return unpacked_size({packed, Packing::gzip, voxels.name()});
}

}  // namespace

fs::path header_of_pair(const fs::path& file) { return first_existing(partners(file, ".img", ".hdr")).value_or(file); }

ImageSource nifti_source(const OpenFile& file, std::string_view start, FileKind kind) {
  ImageSource source;
  source.header = kind == FileKind::nifti2 ? parse_nifti2_header(start, file.name()) : parse_header(start, file.name());
  source.header_file = file.name();
  source.voxel_file = source.header.voxels_apart ? voxels_of_pair(file.name()) : fs::path(file.name());
  // Voxels alone may begin with any bytes: only the name of an .img tells.
  const bool packed =
      source.header.voxels_apart ? has_ending(source.voxel_file.string(), ".gz") : is_gzip(file.read(0, 2));
  source.encoding = packed ? Encoding::gzip : Encoding::raw;
  if (source.header.wrong_bits) judge_bits(source.header, decoded_size(source), file.name());
  source.warnings = source.header.warnings;
  if (!source.header.voxels_apart && packed && has_ending(file.name(), ".nii"))
    source.warnings.emplace_back("is gzip-compressed although its name does not end in .gz");
  if (!source.header.voxels_apart && !packed && has_ending(file.name(), ".gz"))
    source.warnings.emplace_back("is not gzip-compressed although its name ends in .gz");
  return source;
}

}  // namespace coopseg::image
