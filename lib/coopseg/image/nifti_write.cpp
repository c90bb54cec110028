#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/nifti_header.h"
#include "coopseg/image/nifti_stream.h"

namespace coopseg::image {

using core::DataError;

namespace {

bool ends_with(const std::string& text, std::string_view ending) {
  return text.size() > ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

bool is_packed_name(const fs::path& file) {
  const std::string name = file.filename().string();
  if (ends_with(name, ".nii.gz")) return true;
  if (ends_with(name, ".nii")) return false;
  throw core::UsageError(file.string(), "cannot be written: its name ends neither in .nii nor in .nii.gz",
                         "images are written as NIfTI only");
}

// Our own reader would refuse these, so they are never written.
void check_grid(const Grid& grid, std::size_t voxels, const std::string& file) {
  bool good = grid.voxels() > 0 && grid.voxels() == voxels;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto spacing = static_cast<float>(grid.spacing_mm[a]);
    good = good && std::isfinite(spacing) && spacing > 0 && std::isfinite(grid.origin_mm[a]);
  }
  for (const double value : grid.direction) good = good && std::isfinite(value);
  if (!good)
    throw DataError(file, "cannot be written: its grid has no voxels, or a spacing, origin or axis that is not finite");
}

void check_finite(const Image& image, const std::string& file) {
  const auto odd = std::count_if(image.voxels.begin(), image.voxels.end(), [](float v) { return !std::isfinite(v); });
  if (odd > 0) throw DataError(file, fmt::format("is not written: {} of its voxels would be NaN or infinite", odd));
}

void write(const fs::path& file, const std::string& bytes, const WriteOptions& options) {
  const bool packed = is_packed_name(file);
  core::AtomicFile target(file, options.overwrite);
  const std::string packed_bytes = packed ? pack_gzip(bytes, options.compression) : std::string();
  const std::string& content = packed ? packed_bytes : bytes;
  target.write(content);
  const bool whole = core::read_file(target.temporary()) == content && (!packed || unpacks_to(content, bytes));
  if (!whole) {
    throw core::IoError(file.string(), "what stands on disk is not what was written",
                        "check the disk and its free space");
  }
  target.commit();
}

template <class T>
void append_as(std::string& bytes, const LabelMap& labels) {
  const std::size_t start = bytes.size();
  bytes.resize(start + labels.voxels.size() * sizeof(T));
  for (std::size_t v = 0; v < labels.voxels.size(); ++v) {
    const T value = static_cast<T>(labels.voxels[v]);
    std::memcpy(bytes.data() + start + v * sizeof(T), &value, sizeof(T));
  }
}

void append(std::string& bytes, const Image& image) {
  bytes.append(reinterpret_cast<const char*>(image.voxels.data()), image.voxels.size() * sizeof(float));
}

}  // namespace

void write_image(const fs::path& file, const Image& image, const WriteOptions& options) {
  is_packed_name(file);
  check_grid(image.grid, image.voxels.size(), file.string());
  check_finite(image, file.string());
  std::string bytes = make_header(image.grid, 0, VoxelType::float32, file.string());
  append(bytes, image);
  write(file, bytes, options);
}

void write_labels(const fs::path& file, const LabelMap& labels, const WriteOptions& options) {
  is_packed_name(file);
  check_grid(labels.grid, labels.voxels.size(), file.string());
  const auto [low, high] = std::minmax_element(labels.voxels.begin(), labels.voxels.end());
  const VoxelType type = *low >= 0 && *high <= 255          ? VoxelType::uint8
                         : *low >= -32768 && *high <= 32767 ? VoxelType::int16
                                                            : VoxelType::int32;
  std::string bytes = make_header(labels.grid, 0, type, file.string());
  if (type == VoxelType::uint8) {
    append_as<std::uint8_t>(bytes, labels);
  } else if (type == VoxelType::int16) {
    append_as<std::int16_t>(bytes, labels);
  } else {
    append_as<std::int32_t>(bytes, labels);
  }
  write(file, bytes, options);
}

void write_frames(const fs::path& file, const std::vector<Image>& frames, const WriteOptions& options) {
  is_packed_name(file);
  if (frames.empty()) throw DataError(file.string(), "cannot be written: there are no frames");
  for (const Image& frame : frames) {
    check_grid(frame.grid, frame.voxels.size(), file.string());
    check_finite(frame, file.string());
    const std::string difference = grid_difference(frame.grid, frames.front().grid);
    if (!difference.empty())
      throw DataError(file.string(), "cannot be written: its frames lie on several grids: " + difference);
  }
  std::string bytes = make_header(frames.front().grid, frames.size(), VoxelType::float32, file.string());
  for (const Image& frame : frames) append(bytes, frame);
  write(file, bytes, options);
}

}  // namespace coopseg::image
