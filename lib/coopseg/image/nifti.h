// The one door through which images come in and go out. Read are NIfTI-1, NIfTI-2, .hdr/.img pairs of both, NRRD and
// MetaImage, told by their content; written is NIfTI-1 (nifti1.h), single file, .nii and .nii.gz.
//
//   Image image = read_image("ED_img.nii.gz");
//   write_labels("ED_seg.nii.gz", labels, {});
//
// Reading refuses (core::DataError, before memory is taken where a header lies): truncated data, a broken gzip stream
// or CRC, impossible headers, types that are not one number per voxel, spacing or scaling that is zero or not finite,
// NaN and infinite voxels, geometry that cannot be trusted. Slope 0 means no scaling. Exactly the named file is read,
// and the file of voxels that belongs to its header. Other formats are refused by name, with what converts them.
// Geometry of NIfTI: the qform if coded; else the sform if coded, orthogonal and of pixdim's scale (or of unit scale:
// ACDC, with a warning); else pixdim with identity direction, with a warning.
// NRRD and MetaImage say it once, in LPS; their codes are 1, and a rule other than automatic is refused.
// Writing compresses with libdeflate, verifies what is on disk, and renames. qform and sform are both set: equal,
// unless the grid knows of a source where they differed (Grid::sform_of_qform); the codes are the source's, a missing
// one the other's, or 1. All functions are thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

namespace fs = std::filesystem;

// `ignored`: whatever the header says of it, spacing 1 mm and the identity: for voxels that get another grid.
enum class GeometryRule { automatic, qform, sform, pixdim, ignored };

struct ReadOptions {
  std::optional<std::size_t> frame;  // of a 4D file, from 0; a 4D file without it is refused, a 3D file with it, too
  GeometryRule geometry = GeometryRule::automatic;
  bool allow_non_finite = false;  // cs-check counts them itself
  // What NaN and infinite voxels become; none: they are refused, as they are of labels for a value that is no label.
  std::optional<double> non_finite_as;
  bool quiet = false;  // no warnings through the log: inspect_nifti() returns them
};

// What an image of any of these formats holds, read in full and judged like any other read.
struct NiftiSummary {
  Grid grid;
  std::size_t frames = 1;
  double frame_duration = 0;          // pixdim[4], in the header's time unit
  int time_unit = 0;                  // of NIfTI: 8 s, 16 ms, 24 us, 0 unknown
  std::string data_type;              // "int16", "float32", ...
  bool scaled = false;                // a slope or intercept other than 1 and 0
  std::size_t non_finite = 0;         // NaN or infinite voxels
  double minimum = 0, maximum = 0;    // of the finite, scaled voxels
  std::vector<std::string> warnings;  // geometry, trailing bytes
};

NiftiSummary inspect_nifti(const fs::path& file, GeometryRule rule = GeometryRule::automatic);

// The header only (of a .gz only as much as is needed): size, geometry, frames. `non_finite`, minimum and maximum are
// not filled. For plans and estimates; the data may still be broken.
NiftiSummary read_nifti_header(const fs::path& file, GeometryRule rule = GeometryRule::automatic);

Image read_image(const fs::path& file, const ReadOptions& options = {});
// Voxels must be whole numbers in the range of int32; others are refused.
LabelMap read_labels(const fs::path& file, const ReadOptions& options = {});
// All frames of a 3D or 4D file.
std::vector<Image> read_frames(const fs::path& file, const ReadOptions& options = {});
std::vector<LabelMap> read_label_frames(const fs::path& file, const ReadOptions& options = {});

struct WriteOptions {
  core::Overwrite overwrite = core::Overwrite::no;
  int compression = 6;  // libdeflate's level 1 ... 12 for .nii.gz
  // Of 4D files, as NiftiSummary has them.
  double frame_duration = 1;
  int time_unit = 0;
};

// float32.
void write_image(const fs::path& file, const Image& image, const WriteOptions& options = {});
// uint8 where the values fit, else int16, else int32.
void write_labels(const fs::path& file, const LabelMap& labels, const WriteOptions& options = {});
// 4D, types as above; all frames on one grid (class probabilities, cine).
void write_frames(const fs::path& file, const std::vector<Image>& frames, const WriteOptions& options = {});
void write_label_frames(const fs::path& file, const std::vector<LabelMap>& frames, const WriteOptions& options = {});

}  // namespace coopseg::image
