// What was done to one image, as its sidecar keeps it: enough to do it again, to the byte.
//
//   {..., "artefact": "spike", "parameters": {...}, "crop": 192, "rescale": true, "compression": 1}
//
// Several artefacts stand in order under "artefacts" instead.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coopseg/artefact/chain.h"

namespace coopseg::artefact {

// Corrupted voxels are noise to a packer: higher levels take longer and save nothing.
inline constexpr int kDefaultCompression = 1;

struct Record {
  std::vector<Artefact> artefacts;
  ChainOptions around;
  int compression = kDefaultCompression;
  std::string input_sha256;  // of the image that it was done to; empty where the file does not say
};

// The members that a sidecar gets; input_sha256 stands among its inputs already.
core::Json to_json(const Record& record);

// A sidecar, or a file that holds "artefact" and "parameters" alone: what it does not say has the default. Throws
// core::DataError that names file and field.
Record read_record(const std::filesystem::path& file);

}  // namespace coopseg::artefact
