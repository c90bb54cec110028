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
