// NIfTI files, and by their content NRRD and MetaImage files. The first byte says how the others become a file (its two
// lowest bits: as .nii, as .nii.gz, packed by this target), which geometry rule is asked for and whether a frame; so
// damage reaches what stands behind a checksum.
#include <cmath>

#include "coopseg/core/log.h"
#include "coopseg/image/nifti.h"
#include "fuzz.h"
#include "unit/image/nifti_maker.h"

using namespace coopseg;

namespace {

void require_sound(const image::Grid& grid) {
  for (const std::size_t size : grid.size) fuzz::require(size > 0, "every axis has voxels");
  for (const double spacing : grid.spacing_mm) {
    fuzz::require(spacing > 0 && std::isfinite(spacing), "spacing is a length");
  }
  for (const double value : grid.direction) fuzz::require(std::isfinite(value), "direction is finite");
  for (const double value : grid.origin_mm) fuzz::require(std::isfinite(value), "origin is finite");
}

void read_and_write(const fuzz::Scratch& scratch, const image::fs::path& file, const image::ReadOptions& options) {
  const image::Image image = image::read_image(file, options);
  require_sound(image.grid);
  fuzz::require(image.voxels.size() == image.grid.voxels(), "all voxels are there");
  for (const float value : image.voxels) fuzz::require(std::isfinite(value), "voxels are finite");
  const image::fs::path copy = scratch.path() / "copy.nii";
  if (!fuzz::attempt([&] { image::write_image(copy, image, {core::Overwrite::yes}); })) return;
  image::ReadOptions quietly;
  quietly.quiet = true;
  fuzz::require(image::read_image(copy, quietly).voxels == image.voxels, "what was written is read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Scratch scratch;
  if (size == 0) return 0;
  core::start_log("fuzz", core::LogLevel::error);
  const unsigned how = data[0];
  std::string bytes = fuzz::text_of(data + 1, size - 1);
  if ((how & 3) >= 2) bytes = test::gzip(bytes, 1);
  const auto file = scratch.save((how & 3) == 0 ? "a.nii" : "a.nii.gz", bytes);
  image::ReadOptions options;
  options.quiet = true;
  options.geometry = static_cast<image::GeometryRule>(how >> 2 & 3);
  if (how & 16) options.frame = how >> 5;

  fuzz::attempt([&] { require_sound(image::read_nifti_header(file, options.geometry).grid); });
  fuzz::attempt([&] { require_sound(image::inspect_nifti(file, options.geometry).grid); });
  fuzz::attempt([&] { read_and_write(scratch, file, options); });
  fuzz::attempt([&] { image::read_labels(file, options); });
  options.frame.reset();
  fuzz::attempt([&] { image::read_frames(file, options); });
  return 0;
}
