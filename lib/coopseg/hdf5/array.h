// Arrays of numbers in HDF5 files. The library that holds this room is opened when such a file is read
// (core/late_library.h): HDF5's own brings 35 others, which programs need not load that read no such file.
//
//   Array array;
//   core::late_function<ReadArray>(kLibrary, kReadArray)("mri_norm2.h5", "image", true, array);
//
// Files come from anywhere, so little is believed. A data set lies in the root group and in this file: no link, no
// external storage, no virtual data set is followed, and no plug-in is loaded. It has numbers of at most 64 bits, plain
// or packed by deflate, shuffle and fletcher32, every voxel of it was written, and no more is unpacked than its sizes
// promise and the bytes that are stored could hold: that is judged before memory is taken.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace coopseg::hdf5 {

inline constexpr char kLibrary[] = "coopseg_hdf5";

struct Array {
  std::vector<std::size_t> size;  // of each dimension, 1 to 32767; the first one runs slowest in `values`
  std::vector<double> values;     // empty where only the sizes were asked for
};

// Reads the data set `name` of `file`. Throws core::IoError for what is no file, and core::DataError for a file that is
// damaged, cut short or made of what is refused above. One call at a time goes on; others wait.
using ReadArray = void(const std::filesystem::path& file, const std::string& name, bool with_values, Array& array);
inline constexpr char kReadArray[] = "coopseg_hdf5_read_array";

// "1.10.8", of HDF5's library.
using Version = void(std::string& version);
inline constexpr char kVersion[] = "coopseg_hdf5_version";

}  // namespace coopseg::hdf5
