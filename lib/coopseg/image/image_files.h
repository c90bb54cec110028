// Which files an image is made of, and its hash: a header names voxels that stand in another file, and two patients may
// have the same header.
//
//   files_of_image("p1/a.mhd");    // {"p1/a.mhd", "p1/a.raw"}
//   files_of_image("p1/a.img");    // {"p1/a.hdr", "p1/a.img"}
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coopseg/core/provenance.h"

namespace coopseg::image {

namespace fs = std::filesystem;

// The header's file first. Whatever is no image that is read counts as one file. Throws core::IoError, and
// core::DataError for a header that cannot say where its voxels are.
std::vector<fs::path> files_of_image(const fs::path& file);

// SHA-256 of these files' contents one behind the other: of most images that of the file.
std::string sha256_of_image(const fs::path& file);

// An image as an input of a sidecar, under the name that it was given by.
core::InputFile input_image(const fs::path& file);

}  // namespace coopseg::image
