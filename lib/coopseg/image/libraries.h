// The libraries whose version can change this room's numbers or bytes, for sidecars and --version.
//
//   for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace coopseg::image {

// ITK (bias correction) and libdeflate (packed files).
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace coopseg::image
