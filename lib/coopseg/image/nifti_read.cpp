#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/text.h"
#include "coopseg/image/image_source.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

using core::DataError;

namespace {

// use(index, value) for each voxel, the value in the file's own type.
template <class Use>
void each_voxel(const NiftiHeader& header, const char* raw, Use&& use) {
  const std::size_t count = header.voxels_per_frame();
  with_number_of(header.type, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t v = 0; v < count; ++v) {
      T value;
      std::memcpy(&value, raw + v * sizeof(T), sizeof(T));
      use(v, value);
    }
  });
}

// Where the voxels lie, by the format's own word or by `rule`, which chooses between those of NIfTI.
Grid grid_of(const NiftiHeader& header, GeometryRule rule, const std::string& file,
             std::vector<std::string>& warnings) {
  if (!header.grid || rule == GeometryRule::ignored) return geometry_of(header, rule, file, warnings);
  if (rule == GeometryRule::automatic) return *header.grid;
  throw DataError(file, "is no NIfTI file: it has neither qform, sform nor pixdim to choose from",
                  "leave out --geometry for it");
}

struct Loaded {
  ImageBytes bytes;
  Grid grid;
};

Loaded load(const fs::path& file, GeometryRule rule, std::vector<std::string>& warnings) {
  Loaded loaded;
  loaded.bytes = read_image_bytes(file);
  warnings = loaded.bytes.warnings;
  loaded.grid = grid_of(loaded.bytes.header, rule, file.string(), warnings);
  return loaded;
}

Loaded load(const fs::path& file, const ReadOptions& options) {
  std::vector<std::string> warnings;
  Loaded loaded = load(file, options.geometry, warnings);
  if (!options.quiet) {
    for (const std::string& text : warnings) core::warning("{}: {}", file.string(), text);
  }
  return loaded;
}

std::size_t chosen_frame(const NiftiHeader& header, const std::string& file, std::optional<std::size_t> wanted) {
  if (!wanted) {
    if (header.frames == 1) return 0;
    throw DataError(file, fmt::format("has {} frames (4D), expected one (3D)", header.frames),
                    "pick one: --frame N with cs-preprocess, \"frame_index\" in a case list");
  }
  if (!header.has_frame_axis) {
    throw DataError(file, fmt::format("has no frames (3D), but frame {} was asked for", *wanted),
                    "leave out --frame or \"frame_index\"");
  }
  if (*wanted >= header.frames) {
    throw DataError(file, fmt::format("has the frames 0 to {}, but frame {} was asked for", header.frames - 1, *wanted),
                    "frames are counted from 0");
  }
  return *wanted;
}

struct NonFinite {
  std::size_t nan = 0, infinite = 0, too_large = 0;  // too_large: finite in the file, not as float
  std::size_t count() const { return nan + infinite + too_large; }
};

// `how` is the part of the command that keeps all else as it is.
[[noreturn]] void refuse(const NonFinite& found, const std::string& file, const char* how) {
  if (found.nan + found.infinite == 0) {
    throw DataError(file, fmt::format("has {} voxels beyond the range of 32-bit floats", found.too_large),
                    "scale it down");
  }
  throw DataError(file, fmt::format("has {} NaN and {} infinite voxels", found.nan, found.infinite),
                  fmt::format("if they are what was not measured, give them a value: cs-preprocess --nan 0 {} {} "
                              "WITHOUT_NAN.nii.gz",
                              how, core::shell_word(file)));
}

void tell_of_replaced(const NonFinite& found, double value, const std::string& file) {
  core::info("{}: {} NaN and {} infinite voxels are taken for {:g}", file, found.nan, found.infinite, value);
}

Image to_image(const Loaded& loaded, std::size_t frame, NonFinite& found) {
  const NiftiHeader& header = loaded.bytes.header;
  Image image;
  image.grid = loaded.grid;
  image.voxels.resize(header.voxels_per_frame());
  const double slope = header.slope, intercept = header.intercept;
  std::size_t odd = 0;
  if (header.scaled()) {
    each_voxel(header, loaded.bytes.frame(frame), [&](std::size_t v, auto value) {
      image.voxels[v] = static_cast<float>(static_cast<double>(value) * slope + intercept);
      odd += !std::isfinite(image.voxels[v]);
    });
  } else {
    each_voxel(header, loaded.bytes.frame(frame), [&](std::size_t v, auto value) {
      image.voxels[v] = static_cast<float>(value);
      odd += !std::isfinite(image.voxels[v]);
    });
  }
  if (odd > 0) {
    each_voxel(header, loaded.bytes.frame(frame), [&](std::size_t v, auto value) {
      if (std::isfinite(image.voxels[v])) return;
      const double exact = static_cast<double>(value);
      ++(std::isnan(exact) ? found.nan : std::isinf(exact) ? found.infinite : found.too_large);
    });
  }
  return image;
}

Image checked_image(const Loaded& loaded, std::size_t frame, const fs::path& file, const ReadOptions& options) {
  NonFinite found;
  Image image = to_image(loaded, frame, found);
  if (found.count() == 0 || options.allow_non_finite) return image;
  if (found.too_large > 0 || !options.non_finite_as) {
    refuse(found, file.string(), "--normalise none --spacing keep");
  }
  for (float& voxel : image.voxels)
    if (!std::isfinite(voxel)) voxel = static_cast<float>(*options.non_finite_as);
  tell_of_replaced(found, *options.non_finite_as, file.string());
  return image;
}

NiftiSummary summary_of(const NiftiHeader& header) {
  NiftiSummary summary;
  summary.frames = header.frames;
  summary.frame_duration = header.has_frame_axis && std::isfinite(header.pixdim[4]) ? header.pixdim[4] : 0;
  summary.time_unit = header.has_frame_axis ? header.units & 0x38 : 0;
  summary.data_type = name_of(header.type);
  summary.scaled = header.scaled();
  return summary;
}

}  // namespace

NiftiSummary inspect_nifti(const fs::path& file, GeometryRule rule) {
  std::vector<std::string> warnings;
  const Loaded loaded = load(file, rule, warnings);
  const NiftiHeader& header = loaded.bytes.header;
  NiftiSummary summary = summary_of(header);
  summary.grid = loaded.grid;
  summary.warnings = std::move(warnings);
  double least = std::numeric_limits<double>::infinity(), most = -least;
  const double limit = std::numeric_limits<float>::max();
  for (std::size_t frame = 0; frame < header.frames; ++frame) {
    each_voxel(header, loaded.bytes.frame(frame), [&](std::size_t, auto raw) {
      const double value = static_cast<double>(raw) * header.slope + header.intercept;
      if (!(std::abs(value) <= limit)) {
        ++summary.non_finite;
        return;
      }
      least = std::min(least, value);
      most = std::max(most, value);
    });
  }
  if (least <= most) {
    summary.minimum = least;
    summary.maximum = most;
  }
  return summary;
}

NiftiSummary read_nifti_header(const fs::path& file, GeometryRule rule) {
  const ImageSource source = find_image(file);
  NiftiSummary summary = summary_of(source.header);
  summary.warnings = source.warnings;
  summary.grid = grid_of(source.header, rule, file.string(), summary.warnings);
  return summary;
}

Image read_image(const fs::path& file, const ReadOptions& options) {
  const Loaded loaded = load(file, options);
  const std::size_t frame = chosen_frame(loaded.bytes.header, file.string(), options.frame);
  return checked_image(loaded, frame, file, options);
}

namespace {

// How far scaled voxels may lie from the whole number that they stand for. A writer that stretches labels over the
// range of an integer type (NiBabel, for an array of floats under the header of an image) comes as near as half a step
// of the slope, no nearer; with steps of 1 and more, neighbouring labels would share a stored value, so that no such
// file holds labels. Slope and intercept themselves are 32-bit numbers.
double slack_of(const NiftiHeader& header, double stored) {
  if (!header.scaled()) return 0;
  const bool whole_stored = header.type != VoxelType::float32 && header.type != VoxelType::float64;
  const double step = std::abs(header.slope);
  const double rounding =
      std::numeric_limits<float>::epsilon() * (std::abs(stored) * step + std::abs(header.intercept));
  return (whole_stored && step < 1 ? step / 2 : 0) + std::max(1e-5, rounding);
}

bool fits_int32(double whole) { return whole >= -2147483648.0 && whole <= 2147483647.0; }
bool is_label_value(double value) { return std::nearbyint(value) == value && fits_int32(value); }

LabelMap checked_labels(const Loaded& loaded, std::size_t frame, const fs::path& file, const ReadOptions& options) {
  const NiftiHeader& header = loaded.bytes.header;
  LabelMap labels;
  labels.grid = loaded.grid;
  labels.voxels.resize(header.voxels_per_frame());
  NonFinite odd;
  std::size_t fractions = 0, beyond = 0;
  double example = 0;
  const bool replaced = options.non_finite_as && is_label_value(*options.non_finite_as);
  each_voxel(header, loaded.bytes.frame(frame), [&](std::size_t v, auto raw) {
    const double stored = static_cast<double>(raw), value = stored * header.slope + header.intercept;
    const double whole = std::nearbyint(value);
    if (std::abs(value - whole) <= slack_of(header, stored) && fits_int32(whole)) {
      labels.voxels[v] = static_cast<std::int32_t>(whole);
    } else if (!std::isfinite(value)) {
      ++(std::isnan(value) ? odd.nan : odd.infinite);
      if (replaced) labels.voxels[v] = static_cast<std::int32_t>(*options.non_finite_as);
    } else {
      if (fractions + beyond == 0) example = value;
      ++(fits_int32(whole) ? fractions : beyond);
    }
  });
  if (odd.count() > 0 && options.non_finite_as && !replaced) {
    throw DataError(file.string(),
                    fmt::format("is a label map with {} NaN and {} infinite voxels, where {:g} is no label", odd.nan,
                                odd.infinite, *options.non_finite_as),
                    "give a whole number: --nan 0");
  }
  if (odd.count() > 0 && !replaced) refuse(odd, file.string(), "--label-map --spacing keep");
  if (fractions + beyond > 0) {
    throw DataError(file.string(),
                    fmt::format("is no label map: {} voxels are no whole numbers of 32 bits, the first is {}",
                                fractions + beyond, example),
                    "name a label map; one that was interpolated must be made again with nearest neighbour");
  }
  if (odd.count() > 0) tell_of_replaced(odd, *options.non_finite_as, file.string());
  return labels;
}

// The frame that is asked for, or all.
template <class Take>
auto each_frame(const NiftiHeader& header, const fs::path& file, const ReadOptions& options, Take take) {
  std::vector<decltype(take(std::size_t{}))> frames;
  if (options.frame) {
    frames.push_back(take(chosen_frame(header, file.string(), options.frame)));
    return frames;
  }
  for (std::size_t frame = 0; frame < header.frames; ++frame) frames.push_back(take(frame));
  return frames;
}

}  // namespace

std::vector<Image> read_frames(const fs::path& file, const ReadOptions& options) {
  const Loaded loaded = load(file, options);
  return each_frame(loaded.bytes.header, file, options,
                    [&](std::size_t frame) { return checked_image(loaded, frame, file, options); });
}

LabelMap read_labels(const fs::path& file, const ReadOptions& options) {
  const Loaded loaded = load(file, options);
  return checked_labels(loaded, chosen_frame(loaded.bytes.header, file.string(), options.frame), file, options);
}

std::vector<LabelMap> read_label_frames(const fs::path& file, const ReadOptions& options) {
  const Loaded loaded = load(file, options);
  return each_frame(loaded.bytes.header, file, options,
                    [&](std::size_t frame) { return checked_labels(loaded, frame, file, options); });
}

}  // namespace coopseg::image
