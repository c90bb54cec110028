#include "coopseg/dataset/hdf5_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::dataset {

using core::DataError;
using core::UsageError;

namespace {

// Between voxels of a body: less or more is another unit or a slip.
constexpr double kLeastSpacingMm = 0.001, kMostSpacingMm = 1000;

}  // namespace

std::array<double, 3> parse_hdf5_spacing_mm(const std::string& text) {
  const std::vector<std::string> parts = core::split(text);
  std::array<double, 3> spacing_mm{};
  bool good = parts.size() == spacing_mm.size();
  for (std::size_t a = 0; good && a < parts.size(); ++a) {
    const char* const end = parts[a].data() + parts[a].size();
    const auto [stop, problem] = std::from_chars(parts[a].data(), end, spacing_mm[a]);
    good = problem == std::errc() && stop == end && spacing_mm[a] > 0 && std::isfinite(spacing_mm[a]);
  }
  if (!good)
    throw UsageError("--h5-spacing", fmt::format("'{}' is not three lengths in mm, of x, y and z", text),
                     "for example 0.625,0.625,0.625");
  for (const double mm : spacing_mm)
    if (mm < kLeastSpacingMm || mm > kMostSpacingMm)
      throw UsageError(
          "--h5-spacing",
          fmt::format("'{}' has {:g} mm, expected {:g} to {:g} mm", text, mm, kLeastSpacingMm, kMostSpacingMm),
          "for example 0.625,0.625,0.625");
  return spacing_mm;
}

void require_fitting(const Hdf5Options& options, const std::vector<core::fs::path>& files, bool listed) {
  const auto found = std::find_if(files.begin(), files.end(), image::is_hdf5);
  if (found == files.end()) {
    if (!options.spacing_mm && options.axes.empty()) return;
    throw UsageError(options.spacing_mm ? "--h5-spacing" : "--h5-axes", "means nothing without a .h5 file",
                     "leave it out");
  }
  if (!options.spacing_mm) {
    throw UsageError("--h5-spacing",
                     fmt::format("is missing: {} does not say how far apart its voxels are", found->string()),
                     "give it in mm along x, y and z, as in --h5-spacing 0.625,0.625,0.625");
  }
  if (listed || !options.axes.empty()) return;
  throw UsageError("--h5-axes",
                   fmt::format("is missing: {} does not say what the dimensions of its arrays are", found->string()),
                   fmt::format("give one of {}", fmt::join(image::hdf5_axes(), ", ")));
}

void require_fitting(const Hdf5Options& options, const std::vector<core::Case>& cases, bool whole_list) {
  std::vector<core::fs::path> files;
  for (const core::Case& c : cases) {
    files.push_back(c.image());
    if (const auto label = c.label()) files.push_back(*label);
  }
  if (whole_list || std::any_of(files.begin(), files.end(), image::is_hdf5)) require_fitting(options, files, true);
}

std::optional<image::Hdf5Layout> hdf5_layout(const Hdf5Options& options, const core::fs::path& file,
                                             const core::Case* c) {
  if (!image::is_hdf5(file)) return std::nullopt;
  const std::string listed = c ? c->text("h5_axes") : std::string();
  const std::string& axes = listed.empty() ? options.axes : listed;
  const std::string subject = c ? c->name() : file.string();
  const std::vector<std::string>& known = image::hdf5_axes();
  if (axes.empty() || std::find(known.begin(), known.end(), axes) == known.end()) {
    throw DataError(subject,
                    axes.empty()
                        ? fmt::format("has no \"h5_axes\", which say what the dimensions of {} are", file.string())
                        : fmt::format("has \"{}\" as \"h5_axes\", expected one of {}", axes, fmt::join(known, ", ")),
                    "list it with cs-list uamt or ssl4mis, or give --h5-axes");
  }
  if (!options.axes.empty() && options.axes != axes) {
    throw DataError(subject, fmt::format("has \"{}\" as \"h5_axes\", --h5-axes is {}", axes, options.axes),
                    "leave out --h5-axes, or mend the list");
  }
  if (c && c->integer("frame_index"))
    throw DataError(subject, fmt::format("names a frame of {}, which has none", file.string()),
                    "leave out \"frame_index\"");
  return image::Hdf5Layout{axes, *options.spacing_mm};
}

}  // namespace coopseg::dataset
