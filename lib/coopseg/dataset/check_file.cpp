#include "coopseg/dataset/check_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/image/image_files.h"

namespace coopseg::dataset {
namespace {

using image::Grid;

constexpr double kObliqueDegrees = 5;

double determinant(const std::array<double, 9>& d) {
  return d[0] * (d[4] * d[8] - d[5] * d[7]) - d[1] * (d[3] * d[8] - d[5] * d[6]) + d[2] * (d[3] * d[7] - d[4] * d[6]);
}

// The largest angle between a voxel axis and the patient axis nearest to it.
double obliqueness_degrees(const std::array<double, 9>& d) {
  double worst = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double along = 0;
    for (std::size_t row = 0; row < 3; ++row) along = std::max(along, std::abs(d[row * 3 + axis]));
    worst = std::max(worst, std::acos(std::min(along, 1.0)) * 180 / std::acos(-1.0));
  }
  return worst;
}

void judge_geometry(const Grid& grid, const CheckOptions& options, const std::string& name,
                    std::vector<Finding>& found) {
  const std::size_t slice_axis = image::slice_axis(grid);
  // A single slice says nothing about the distance of slices.
  const bool is_stack = grid.size[slice_axis] > 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const bool across = axis == slice_axis;
    if (across && !is_stack) continue;
    const auto& range = across ? options.slice_mm : options.inplane_mm;
    const double spacing = grid.spacing_mm[axis];
    if (spacing < range[0] || spacing > range[1]) {
      found.push_back({Level::error, "spacing", name,
                       fmt::format("spacing {:g} mm along axis {}, plausible are {:g} to {:g} mm {}", spacing, axis + 1,
                                   range[0], range[1], across ? "between slices" : "in-plane")});
    }
  }
  if (slice_axis != 2) {
    found.push_back(
        {Level::warning, "slice-axis", name,
         fmt::format("{} axis {}: slices are taken there, and not along axis 3",
                     is_stack ? fmt::format("the coarsest spacing ({:g} mm) is along", grid.spacing_mm[slice_axis])
                              : "there is one voxel along",
                     slice_axis + 1)});
  }
  if (determinant(grid.direction) < 0) {
    found.push_back({Level::note, "left-handed", name, "the axes are left-handed: they mirror the patient"});
  }
  const double angle = obliqueness_degrees(grid.direction);
  if (angle > kObliqueDegrees) {
    found.push_back(
        {Level::note, "oblique", name, fmt::format("the axes are {:.1f} degrees off the patient's", angle)});
  }
}

std::optional<std::size_t> frame_option(const FileFacts& facts, std::size_t frame) {
  return facts.summary->frames > 1 ? std::optional<std::size_t>(frame) : std::nullopt;
}

std::array<double, 2> range_of(const image::Image& volume) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const float v : volume.voxels) {
    if (!std::isfinite(v)) continue;
    low = std::min<double>(low, v);
    high = std::max<double>(high, v);
  }
  return {low, high};
}

void read_ranges(const FileRequest& request, const std::set<std::size_t>& frames, FileFacts& facts) {
  if (facts.summary->frames == 1) return;  // the summary's
  image::ReadOptions options;
  options.allow_non_finite = options.quiet = true;
  if (frames.size() == facts.summary->frames) {
    const std::vector<image::Image> all = image::read_frames(request.file, options);
    for (std::size_t frame = 0; frame < all.size(); ++frame) facts.range[frame] = range_of(all[frame]);
    return;
  }
  for (const std::size_t frame : frames) {
    options.frame = frame;
    facts.range[frame] = range_of(image::read_image(request.file, options));
  }
}

void read_label_voxels(const FileRequest& request, const std::set<std::size_t>& frames, FileFacts& facts) {
  for (const std::size_t frame : frames) {
    image::ReadOptions options;
    options.frame = frame_option(facts, frame);
    options.quiet = true;
    const image::LabelMap labels = image::read_labels(request.file, options);
    std::map<std::int32_t, std::size_t> voxels;
    // Labels come in long runs, so the map is asked once per run.
    for (std::size_t i = 0; i < labels.voxels.size();) {
      std::size_t end = i + 1;
      while (end < labels.voxels.size() && labels.voxels[end] == labels.voxels[i]) ++end;
      voxels[labels.voxels[i]] += end - i;
      i = end;
    }
    facts.label_voxels.emplace(frame, LabelVoxels(voxels.begin(), voxels.end()));
  }
}

}  // namespace

FileFacts read_facts(const FileRequest& request, const CheckOptions& options) {
  FileFacts facts;
  const std::string name = request.file.string();
  const auto add = [&](Level level, const char* code, const std::string& message) {
    facts.findings.push_back({level, code, name, message});
  };
  const auto say = [](const core::Error& error) {
    return error.remedy().empty() ? error.problem() : error.problem() + "; " + error.remedy();
  };
  try {
    facts.sha256 = image::sha256_of_image(request.file);
    facts.summary = image::inspect_nifti(request.file);
  } catch (const core::IoError& error) {
    add(Level::error, "unreadable", say(error));
  } catch (const core::Error& error) {
    add(Level::error, "broken", say(error));
  } catch (const std::exception& error) {
    add(Level::error, "broken", error.what());
  }
  if (!facts.summary) return facts;

  const image::NiftiSummary& summary = *facts.summary;
  for (const std::string& warning : summary.warnings) add(Level::warning, "reading", warning);
  if (summary.non_finite > 0) {
    add(Level::error, "non-finite",
        fmt::format("holds {} NaN or infinite voxels; cs-preprocess --nan VALUE replaces them", summary.non_finite));
  }
  judge_geometry(summary.grid, options, name, facts.findings);

  std::set<std::size_t> frames;
  for (const std::size_t frame : request.frames) {
    if (frame < summary.frames) frames.insert(frame);
  }
  if (request.frames.empty() || summary.frames == 1) {
    for (std::size_t frame = 0; frame < summary.frames; ++frame) frames.insert(frame);
  }
  try {
    if (request.as_image) read_ranges(request, frames, facts);
  } catch (const std::exception& error) {
    add(Level::error, "broken", error.what());
  }
  if (!request.as_labels || summary.non_finite > 0) return facts;
  try {
    read_label_voxels(request, frames, facts);
  } catch (const core::IoError& error) {
    add(Level::error, "unreadable", say(error));
  } catch (const core::Error& error) {
    facts.label_voxels.clear();
    add(Level::error, "not-labels", say(error));
  } catch (const std::exception& error) {
    add(Level::error, "broken", error.what());
  }
  return facts;
}

}  // namespace coopseg::dataset
