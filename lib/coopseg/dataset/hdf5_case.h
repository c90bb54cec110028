// Cases whose image or label map is an HDF5 file (image/hdf5_volume.h): what the axes of the arrays are stands in the
// case's field "h5_axes", as cs-list writes it, or is said by the user; how far apart the voxels lie only a user knows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/image/hdf5_volume.h"

namespace coopseg::dataset {

struct Hdf5Options {
  std::optional<std::array<double, 3>> spacing_mm;  // of x, y and z
  std::string axes;                                 // where the case does not say; empty: it must
};

// "0.625,0.625,0.625", the value of --h5-spacing. Throws core::UsageError.
std::array<double, 3> parse_hdf5_spacing_mm(const std::string& text);

// Throws core::UsageError where the options are needed for one of these files and not given, or given and needed for
// none. `listed`: the files are of cases, which may say their axes themselves.
void require_fitting(const Hdf5Options& options, const std::vector<core::fs::path>& files, bool listed);
// A part of a list need not hold the files that the options are for.
void require_fitting(const Hdf5Options& options, const std::vector<core::Case>& cases, bool whole_list);

// How to read `file`, the case's or, without one, a file by itself. None for other than HDF5 files. Throws
// core::DataError where nobody says the axes, the case and the options say different ones, or the case names a frame.
std::optional<image::Hdf5Layout> hdf5_layout(const Hdf5Options& options, const core::fs::path& file,
                                             const core::Case* c);

}  // namespace coopseg::dataset
