#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "coopseg/core/error.h"
#include "coopseg/image/file_bytes.h"
#include "coopseg/image/image_name.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

using core::DataError;

namespace {

bool is_packed_name(const fs::path& file) {
  const std::string name = file.filename().string();
  if (has_ending(name, ".nii.gz")) return true;
  if (has_ending(name, ".nii")) return false;
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

void append(std::string& bytes, const Image& image, VoxelType) {
  bytes.append(reinterpret_cast<const char*>(image.voxels.data()), image.voxels.size() * sizeof(float));
}

void append(std::string& bytes, const LabelMap& labels, VoxelType type) {
  if (type == VoxelType::uint8) {
    append_as<std::uint8_t>(bytes, labels);
  } else if (type == VoxelType::int16) {
    append_as<std::int16_t>(bytes, labels);
  } else {
    append_as<std::int32_t>(bytes, labels);
  }
}

// The smallest type that holds the voxels of all frames.
VoxelType type_for(const Image*, const Image*) { return VoxelType::float32; }

VoxelType type_for(const LabelMap* begin, const LabelMap* end) {
  std::int32_t low = 0, high = 0;
  for (const LabelMap* frame = begin; frame != end; ++frame) {
    const auto [least, most] = std::minmax_element(frame->voxels.begin(), frame->voxels.end());
    low = std::min(low, *least);
    high = std::max(high, *most);
  }
  return low >= 0 && high <= 255          ? VoxelType::uint8
         : low >= -32768 && high <= 32767 ? VoxelType::int16
                                          : VoxelType::int32;
}

void check_voxels(const LabelMap&, const std::string&) {}
void check_voxels(const Image& image, const std::string& file) { check_finite(image, file); }

// The frames from `begin` to `end`, which lie on one grid.
template <class Volume>
void write_volumes(const fs::path& file, const Volume* begin, const Volume* end, const FrameAxis& axis,
                   const WriteOptions& options) {
  is_packed_name(file);
  for (const Volume* frame = begin; frame != end; ++frame) {
    check_grid(frame->grid, frame->voxels.size(), file.string());
    check_voxels(*frame, file.string());
  }
  const VoxelType type = type_for(begin, end);
  std::string bytes = make_header(begin->grid, axis, type, file.string());
  for (const Volume* frame = begin; frame != end; ++frame) append(bytes, *frame, type);
  write(file, bytes, options);
}

template <class Volume>
void write_frames_of(const fs::path& file, const std::vector<Volume>& frames, const WriteOptions& options) {
  if (frames.empty()) throw DataError(file.string(), "cannot be written: there are no frames");
  for (const Volume& frame : frames) {
    const std::string difference = grid_difference(frame.grid, frames.front().grid);
    if (!difference.empty())
      throw DataError(file.string(), "cannot be written: its frames lie on several grids: " + difference);
  }
  const FrameAxis axis{frames.size(), options.frame_duration, options.time_unit};
  write_volumes(file, frames.data(), frames.data() + frames.size(), axis, options);
}

}  // namespace

void write_image(const fs::path& file, const Image& image, const WriteOptions& options) {
  write_volumes(file, &image, &image + 1, {}, options);
}

void write_labels(const fs::path& file, const LabelMap& labels, const WriteOptions& options) {
  write_volumes(file, &labels, &labels + 1, {}, options);
}

void write_frames(const fs::path& file, const std::vector<Image>& frames, const WriteOptions& options) {
  write_frames_of(file, frames, options);
}

void write_label_frames(const fs::path& file, const std::vector<LabelMap>& frames, const WriteOptions& options) {
  write_frames_of(file, frames, options);
}

}  // namespace coopseg::image
