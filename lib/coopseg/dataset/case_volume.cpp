#include "coopseg/dataset/case_volume.h"

#include <fmt/format.h>

#include "coopseg/core/error.h"
#include "coopseg/image/plausible.h"

namespace coopseg::dataset {

image::ReadOptions reading_of(const core::Case& c, const core::fs::path& file, const image::ReadOptions& how) {
  image::ReadOptions of_file = how;
  const auto index = c.integer("frame_index");
  if (!index || image::read_nifti_header(file, how.geometry).frames == 1) return of_file;
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

void require_same_grid(const image::Grid& grid, const core::fs::path& file, const image::Grid& other,
                       const core::fs::path& other_file, const std::string& role) {
  const std::string difference = image::grid_difference(grid, other);
  if (difference.empty()) return;
  throw core::DataError(file.string(),
                        fmt::format("grid differs from {} {}: {}", role, other_file.string(), difference),
                        fmt::format("resample it: cs-preprocess --label-map --like {} {} OUTPUT.nii.gz",
                                    other_file.string(), file.string()));
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
