// Volumes in HDF5 files, as the semi-supervised literature passes them on (UA-MT, SSL4MIS): arrays called `image` and
// `label`, and not a word on geometry. So the caller says what the dimensions of the arrays are and how far apart the
// voxels lie; how they lie in the patient is not known, and the axes are taken for LPS, from the origin.
//
//   if (is_hdf5(file)) image = read_hdf5_image(file, {"zyx", {1.5, 1.5, 10}});
//
// What is refused, with core::DataError naming file and data set: see hdf5/array.h; arrays of another number of
// dimensions than the axes; NaN and infinite voxels, unless they get a value; labels that are no whole numbers of 32
// bits. Thread-safe.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/image/volume.h"

namespace coopseg::image {

namespace fs = std::filesystem;

struct Hdf5Layout {
  std::string axes;                       // one of hdf5_axes(): of each dimension of the array, the slowest one first
  std::array<double, 3> spacing_mm{};     // of x, y and z, > 0
  std::optional<double> non_finite_as{};  // as image::ReadOptions has it
};

// "xyz", as UA-MT's; "zyx", as SSL4MIS's volumes; "yx", as its slices, which become volumes of two axes.
const std::vector<std::string>& hdf5_axes();

// By its name: it ends in .h5 or .hdf5.
bool is_hdf5(const fs::path& file);

// Where the voxels of `image` or `label` lie; their values are not read.
Grid read_hdf5_image_grid(const fs::path& file, const Hdf5Layout& layout);
Grid read_hdf5_label_grid(const fs::path& file, const Hdf5Layout& layout);

Image read_hdf5_image(const fs::path& file, const Hdf5Layout& layout);
LabelMap read_hdf5_labels(const fs::path& file, const Hdf5Layout& layout);

// Of HDF5's library.
std::string hdf5_version();

}  // namespace coopseg::image
