// Which names images have. Names only say where to look: what a file is, is told by its content.
//
//   is_image_name("p1/ED_img.nrrd");                // true
//   without_image_suffix("p1/ED_img.nii.gz");       // "p1/ED_img"
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coopseg::image {

// True if the name ends in `ending` and says something before it.
bool has_ending(const std::string& name, std::string_view ending);

// Of files that are named to mean an image, the usual ones first: ".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd",
// ".hdr", ".hdr.gz". The other file of a pair (.img, .raw) is not named, though a .img may be.
const std::vector<std::string>& image_suffixes();

// True if the name ends in one of these and says something before it.
bool is_image_name(const std::filesystem::path& file);

// The name without such an ending (.img and .img.gz included), or as it is.
std::string without_image_suffix(const std::string& name);

// "NIfTI, NRRD, MetaImage", for messages.
std::string formats_text();

}  // namespace coopseg::image
