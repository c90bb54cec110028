// A case of a list as voxels: the one way in which programs read its files.
//
//   const image::Image image = read_case_image(c);
//   const image::LabelMap label = read_case_labels(c, *c.label());
//   require_same_grid(label.grid, *c.label(), image.grid, c.image(), "its image");
//
// Which frame of a 4D file is meant stands in the case's field "frame_index", from 0. A list keeps the field when
// frames have been cut out, and a label map of one frame may stand beside a cine: so the field counts for those of the
// case's files that have several frames, and means nothing for the others; where neither image nor label has several,
// it can only be 0. All functions are thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/image/nifti.h"

namespace coopseg::dataset {

// How to read one of the case's files: as `how` says, and of a file of several frames the one that the case names, or
// else how.frame. Reads headers only. Throws core::DataError for a negative frame_index, and for the image of a case
// that names a frame which none of its files has.
image::ReadOptions reading_of(const core::Case& c, const core::fs::path& file, const image::ReadOptions& how = {});

// The image, with a warning if it is constant (unless how.quiet). Throws core::DataError or core::IoError as
// image::read_image() does: also for a frame that the file does not have, and for a file of several frames where
// neither the case nor `how` names one.
image::Image read_case_image(const core::Case& c, const image::ReadOptions& how = {});

// One of the case's label maps: `file` is its label or prediction. how.frame means nothing for a file of one frame.
// Throws as read_case_image() does, and for voxels that are no label values.
image::LabelMap read_case_labels(const core::Case& c, const core::fs::path& file, const image::ReadOptions& how = {});

// Which voxels of the case's label map `file` nobody drew: those of the value that `names` calls core::kIgnoreName, and
// all of the slices that the case's field "labelled_slices" leaves out. 1 where that is so; empty where all was drawn.
// Throws core::DataError for slices that the map does not have, and for a map of which nothing was drawn.
std::vector<std::uint8_t> ignored_voxels(const core::Case& c, const core::LabelNames& names,
                                         const image::LabelMap& labels, const core::fs::path& file);

// For work that needs whole label maps: throws core::DataError where ignored_voxels() has some.
void require_whole(const core::Case& c, const core::LabelNames& names, const image::LabelMap& labels,
                   const core::fs::path& file);

// Throws core::DataError, with the difference and remedy_for_grid(), if the grid of the label map `file` is
// not that of `other_file`. `role` says what that is to it: "its image", "reference".
void require_same_grid(const image::Grid& grid, const core::fs::path& file, const image::Grid& other,
                       const core::fs::path& other_file, const std::string& role);

// What to do about a file on another grid than it should lie on, as a command that can be typed: resampling, or copying
// the header where it was lost on the way (image/placement.h). No command where the two show different places.
struct PlacedFile {
  const image::Grid& grid;
  core::fs::path file;
  bool is_label_map;
};
std::string remedy_for_grid(const PlacedFile& found, const PlacedFile& expected, const core::fs::path& output);

// For a case whose files were made of a frame: takes frame_index away, unless the image or the label map still has
// several frames. Throws as reading_of() does.
void drop_frame_index(core::Case& c);

}  // namespace coopseg::dataset
