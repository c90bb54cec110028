// A whole test set on a page: how it was drawn, and the SHA-256 of every image that went in and came out. Whoever has
// the same images makes the same set from it, or tells whether theirs is the same.
//
// JSON Lines. The first is the set's plan, each further one an image of it; so the parts that shards write concatenate.
//   {"schema":"coopseg.recipe/1","program":"cs-corrupt","version":"0.1.0","seed":0,"dialect":"paper",
//    "chains":[["spike"]],"ranges":{...},"repeats":3,"crop":192,"rescale":true,"layout":"cases","compression":1,
//    "libraries":{...}}
//   {"id":"patient007","frame":"ED","artefact":"spike","repeat":0,"input_sha256":"...",
//    "file":"patient007/ED_spike_r0_img.nii.gz","sha256":"...","voxels_sha256":"..."}
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/artefact/plan.h"
#include "coopseg/artefact/record.h"
#include "coopseg/core/case_list.h"

namespace coopseg::artefact {

// Where the images go. cases: as every program's, patient007/ED_motion_r0_img.nii.gz.
// folders: the published sets', RandMotion/patient007_0/ED_img.nii.gz.
enum class SetLayout { cases, folders };

struct RecipeLine {
  std::string id, frame, artefact;
  std::optional<int> severity;
  int repeat = 0;
  std::string input_sha256;
  std::string file;           // below the set's folder
  std::string sha256;         // of the file; another version of the packing library gives another
  std::string voxels_sha256;  // of the voxels as little-endian float32, i fastest
};

struct Recipe {
  Plan plan;
  SetLayout layout = SetLayout::cases;
  int compression = kDefaultCompression;
  std::vector<RecipeLine> lines;
};

// `c` is the case that the image was made from.
std::filesystem::path output_path(const core::Case& c, const Plan& plan, const Variant& variant, SetLayout layout);

std::string recipe_head(const Recipe& recipe, const core::Json& libraries);  // with its newline, as the lines
std::string recipe_text(const RecipeLine& line);

// Throws core::UsageError (nothing can be done with a recipe that is wrong) that names file and line.
Recipe read_recipe(const std::filesystem::path& file);

std::string voxels_sha256(const image::Image& image);

// Empty if the file in `folder` holds the image that the line tells of, else how it differs. `packed_otherwise` is set
// where the voxels are the same and only the bytes around them are not. Throws core::IoError, core::DataError.
std::string difference(const RecipeLine& line, const std::filesystem::path& folder, bool& packed_otherwise);

}  // namespace coopseg::artefact
