// Where the voxels of an image stand, whatever its format, and how they are read: sizes are believed only as far as the
// file itself can carry them. For this room only; others use nifti.h.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/image/file_bytes.h"
#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

enum class Encoding { raw, gzip, zlib, text };

// What a header says. Decoded, the data are header.total_bytes() bytes; as text header.data_bytes / width numbers.
struct ImageSource {
  NiftiHeader header;
  std::filesystem::path header_file;
  std::filesystem::path voxel_file;  // the same, or another beside it
  Encoding encoding = Encoding::raw;
  std::size_t begin = 0;                    // byte of voxel_file at which the data begin
  std::size_t lines_before = 0;             // lines from there on that are skipped
  bool ends_with_file = false;              // raw only: the data are the file's last bytes
  std::optional<std::size_t> packed_bytes;  // none: to the end of the file
  std::vector<std::string> warnings;
};

// Header and decoded bytes of one image. `bytes` holds header.total_bytes() of them, voxels in this machine's byte
// order.
struct ImageBytes {
  NiftiHeader header;
  std::unique_ptr<char[]> bytes;
  std::vector<std::string> warnings;  // trailing bytes, a name that does not fit the content

  const char* frame(std::size_t index) const {
    return bytes.get() + header.data_offset + index * header.voxels_per_frame() * bytes_of(header.type);
  }
};

// Reads the image in full; a packed stream is walked to the end, its checksums compared. Throws IoError, DataError.
ImageBytes read_image_bytes(const std::filesystem::path& file);

// What the header alone says; `file` may also be the voxels of a pair.
ImageSource image_source(const std::filesystem::path& file);

// Reads no more than the header needs. The sizes are compared with those of the files as far as that can be done
// without unpacking.
ImageSource find_image(const std::filesystem::path& file);

}  // namespace coopseg::image
