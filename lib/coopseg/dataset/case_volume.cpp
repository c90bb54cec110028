#include "coopseg/dataset/case_volume.h"

#include <fmt/format.h>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"
#include "coopseg/image/placement.h"
#include "coopseg/image/plausible.h"

namespace coopseg::dataset {

image::ReadOptions reading_of(const core::Case& c, const core::fs::path& file, const image::ReadOptions& how) {
  image::ReadOptions of_file = how;
  const auto index = c.integer("frame_index");
  if (!index) return of_file;
  const auto has_frames = [&](const core::fs::path& path) {
    return image::read_nifti_header(path, how.geometry).frames > 1;
  };
  if (!has_frames(file)) {
    // The field may be of the label map, where a frame of the image has been cut out.
    const auto label = c.label();
    if (*index != 0 && file == c.image() && !(label && *label != file && has_frames(*label))) {
      throw core::DataError(file.string(), fmt::format("has one frame, {} names frame_index {}", c.name(), *index),
                            "leave out \"frame_index\", or name the file of all frames");
    }
    return of_file;
  }
  if (*index < 0) throw core::DataError(c.name(), "has a negative frame_index", "frames are counted from 0");
  of_file.frame = static_cast<std::size_t>(*index);
  return of_file;
}

image::Image read_case_image(const core::Case& c, const image::ReadOptions& how) {
  image::Image image = image::read_image(c.image(), reading_of(c, c.image(), how));
  if (!how.quiet) image::warn_if_constant(image, c.image().string());
  return image;
}

image::LabelMap read_case_labels(const core::Case& c, const core::fs::path& file, const image::ReadOptions& how) {
  image::ReadOptions of_file = reading_of(c, file, how);
  if (of_file.frame && image::read_nifti_header(file, how.geometry).frames == 1) of_file.frame.reset();
  return image::read_labels(file, of_file);
}

std::vector<std::uint8_t> ignored_voxels(const core::Case& c, const core::LabelNames& names,
                                         const image::LabelMap& labels, const core::fs::path& file) {
  const auto value = core::ignored_value(names);
  const auto slices = c.labelled_slices();
  if (!value && !slices) return {};
  const auto& size = labels.grid.size;
  const std::size_t axis = image::slice_axis(labels.grid);
  if (slices && slices->back() >= size[axis]) {
    throw core::DataError(file.string(),
                          fmt::format("has the slices 0 to {} along axis {}, \"labelled_slices\" of {} names slice {}",
                                      size[axis] - 1, axis + 1, c.name(), slices->back()));
  }
  std::vector<std::uint8_t> undrawn(size[axis], slices ? 1 : 0);
  if (slices)
    for (const std::size_t slice : *slices) undrawn[slice] = 0;

  std::vector<std::uint8_t> ignored(labels.voxels.size());
  std::size_t count = 0, at = 0;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++at) {
        const std::size_t slice = axis == 0 ? i : axis == 1 ? j : k;
        ignored[at] = undrawn[slice] || (value && labels.voxels[at] == *value);
        count += ignored[at];
      }
  if (count == ignored.size()) {
    throw core::DataError(file.string(), fmt::format("is not drawn anywhere: all voxels of {} are ignored", c.name()),
                          "take the label out of the list, or leave the case out");
  }
  if (count == 0) ignored.clear();
  return ignored;
}

void require_whole(const core::Case& c, const core::LabelNames& names, const image::LabelMap& labels,
                   const core::fs::path& file) {
  if (ignored_voxels(c, names, labels, file).empty()) return;
  throw core::DataError(file.string(), fmt::format("is not drawn everywhere: a part of {} is ignored", c.name()),
                        "give whole label maps, or leave the case out");
}

namespace {

// `file` put on the grid of `reference`.
std::string command_for(const char* option, const PlacedFile& reference, const PlacedFile& file,
                        const core::fs::path& output) {
  return fmt::format("cs-preprocess {}{} {} {} {}", file.is_label_map ? "--label-map " : "", option,
                     core::shell_word(reference.file.string()), core::shell_word(file.file.string()),
                     core::shell_word(output.string()));
}

}  // namespace

std::string remedy_for_grid(const PlacedFile& found, const PlacedFile& expected, const core::fs::path& output) {
  const std::string copied = command_for("--header-from", expected, found, output);
  const std::string resampled = "resample it: " + command_for("--like", expected, found, output);
  if (image::has_lost_header(found.grid, expected.grid)) return "its header was lost, copy the other's: " + copied;
  if (image::has_lost_header(expected.grid, found.grid)) {
    return fmt::format("the header of {} was lost, copy the other's: {}", expected.file.string(),
                       command_for("--header-from", found, expected, "MENDED.nii.gz"));
  }
  const bool same_size = found.grid.size == expected.grid.size;
  const bool meet = image::shared_part(found.grid, expected.grid) >= image::kMostlyShared;
  if (!meet && !same_size) return "the two show different places: see what cs-check says of each";
  if (!meet) return "the two show different places; if its header is wrong, copy the other's: " + copied;
  if (image::may_have_lost_place(found.grid, expected.grid))
    return "if its header was lost: " + copied + "; if not, " + resampled;
  return resampled;
}

void require_same_grid(const image::Grid& grid, const core::fs::path& file, const image::Grid& other,
                       const core::fs::path& other_file, const std::string& role) {
  const std::string difference = image::grid_difference(grid, other);
  if (difference.empty()) return;
  const bool of_image = role == "its image";
  throw core::DataError(file.string(),
                        fmt::format("grid differs from {} {}: {}", role, other_file.string(), difference),
                        remedy_for_grid({grid, file, true}, {other, other_file, !of_image},
                                        of_image ? "LABEL_ON_IMAGE.nii.gz" : "PREDICTION_ON_REFERENCE.nii.gz"));
}

void drop_frame_index(core::Case& c) {
  if (!c.integer("frame_index")) return;
  for (const char* field : {"image", "label"}) {
    const auto file = c.path(field);
    if (file && image::read_nifti_header(*file).frames > 1) return;
  }
  c.erase("frame_index");
}

}  // namespace coopseg::dataset
