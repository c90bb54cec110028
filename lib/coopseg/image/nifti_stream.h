// The bytes of a NIfTI file, packed or not: sizes are believed only as far as the file itself can carry them.
// For this room only; others use nifti.h.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

// Header and unpacked bytes of one file. `bytes` holds header.total_bytes() of them, voxels in this machine's byte
// order.
struct NiftiBytes {
  NiftiHeader header;
  std::unique_ptr<char[]> bytes;
  std::vector<std::string> warnings;  // beside the header's: trailing bytes, a name that does not fit the content

  const char* frame(std::size_t index) const {
    return bytes.get() + header.data_offset + index * header.voxels_per_frame() * bytes_of(header.type);
  }
};

// Reads the file in full; a gzip stream is walked to the end, its checksums compared. Throws IoError, DataError.
NiftiBytes read_nifti_bytes(const std::filesystem::path& file);

// Reads no more than the header needs. The sizes are compared with that of the file as far as that can be done without
// unpacking; a packed file is unpacked where its size must tell whether its header is right.
NiftiHeader read_nifti_header_bytes(const std::filesystem::path& file);

// One gzip member without name and time: equal input gives equal bytes.
std::string pack_gzip(std::string_view bytes, int level);

// True if `packed` is one gzip member that unpacks to exactly `bytes`.
bool unpacks_to(std::string_view packed, std::string_view bytes);

}  // namespace coopseg::image
