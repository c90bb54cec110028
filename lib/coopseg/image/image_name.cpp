#include "coopseg/image/image_name.h"

#include <algorithm>

namespace coopseg::image {

bool has_ending(const std::string& name, std::string_view ending) {
  return name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0 &&
         name[name.size() - ending.size() - 1] != '/';
}

const std::vector<std::string>& image_suffixes() {
  static const std::vector<std::string> kSuffixes = {".nii.gz", ".nii", ".nrrd", ".nhdr",
                                                     ".mha",    ".mhd", ".hdr",  ".hdr.gz"};
  return kSuffixes;
}

bool is_image_name(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return std::any_of(image_suffixes().begin(), image_suffixes().end(),
                     [&](const std::string& suffix) { return has_ending(name, suffix); });
}

std::string without_image_suffix(const std::string& name) {
  std::vector<std::string> endings = image_suffixes();
  endings.insert(endings.end(), {".img.gz", ".img"});
  for (const std::string& ending : endings) {
    if (has_ending(name, ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

std::string formats_text() { return "NIfTI, NRRD, MetaImage"; }

}  // namespace coopseg::image
