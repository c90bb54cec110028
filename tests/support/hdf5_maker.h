// Small HDF5 files for tests, good and bad ones. Each data set is a line of words:
//
//   make_hdf5("case.h5", {"image float32 6x5x4 places gzip", "label uint8 6x5x4 box gzip shuffle"});
//
//   NAME TYPE SIZES VALUES [HOW ...]
//     TYPE    uint8, int16, int32, int64, float32, float64; text and pair are no numbers
//     VALUES  places: 10000 a + 100 b + c of voxel (a, b, c), as the array counts its dimensions; box: 1, but for 0 in
//             the outermost voxels; a number: that everywhere but for 0 in the first voxel; none: nothing is written
//     HOW     gzip, shuffle, fletcher32, nbit, plugin; each of them twice, if it stands twice; chunk=2x2x2;
//             stream=N: the gzip stream of the first chunk holds N bytes; elsewhere: the voxels stand in the
//             file FILE.raw; virtual: they are those of FILE.source
//   NAME soft TARGET, NAME external FILE, NAME group: no data set but a link, a group
#pragma once

#include <hdf5.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace coopseg::test {

namespace hdf5_detail {

inline hid_t good(hid_t id) {
  if (id < 0) throw std::runtime_error("make_hdf5: HDF5's library refuses");
  return id;
}

inline std::vector<hsize_t> sizes_of(const std::string& text) {
  std::vector<hsize_t> sizes;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, 'x');) sizes.push_back(std::stoull(word));
  return sizes;
}

inline hid_t type_of(const std::string& name) {
  if (name == "uint8") return H5Tcopy(H5T_STD_U8LE);
  if (name == "int16") return H5Tcopy(H5T_STD_I16LE);
  if (name == "int32") return H5Tcopy(H5T_STD_I32LE);
  if (name == "int64") return H5Tcopy(H5T_STD_I64LE);
  if (name == "float32") return H5Tcopy(H5T_IEEE_F32LE);
  if (name == "float64") return H5Tcopy(H5T_IEEE_F64LE);
  if (name == "text") {
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    return text;
  }
  if (name == "pair") {
    const hid_t pair = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(pair, "real", 0, H5T_IEEE_F32LE);
    H5Tinsert(pair, "imaginary", 4, H5T_IEEE_F32LE);
    return pair;
  }
  throw std::runtime_error("make_hdf5: unknown type " + name);
}

inline std::vector<double> values_of(const std::string& what, const std::vector<hsize_t>& sizes) {
  std::size_t count = 1;
  for (const hsize_t size : sizes) count *= size;
  std::vector<double> values(count);
  for (std::size_t at = 0; at < count; ++at) {
    double place = 0;
    bool inside = true;
    std::size_t rest = at, scale = 1;
    for (std::size_t a = sizes.size(); a-- > 0; scale *= 100) {
      const std::size_t index = rest % sizes[a];
      rest /= sizes[a];
      place += static_cast<double>(index * scale);
      inside = inside && index > 0 && index + 1 < sizes[a];
    }
    values[at] = what == "places" ? place : what == "box" ? inside : at > 0 ? std::stod(what) : 0;
  }
  return values;
}

inline void write_stream(hid_t data, std::size_t bytes, std::size_t rank) {
  const std::vector<Bytef> zeros(bytes);
  uLongf packed_bytes = compressBound(bytes);
  std::vector<Bytef> packed(packed_bytes);
  compress2(packed.data(), &packed_bytes, zeros.data(), bytes, 0);
  const std::vector<hsize_t> first(rank, 0);
  good(H5Dwrite_chunk(data, H5P_DEFAULT, 0, first.data(), packed_bytes, packed.data()));
}

inline void make_data_set(hid_t file, const std::string& file_name, const std::string& name,
                          const std::string& type_name, std::istringstream& words) {
  std::string sizes_text, what;
  words >> sizes_text >> what;
  const std::vector<hsize_t> sizes = sizes_of(sizes_text);
  std::vector<hsize_t> chunk = sizes;
  const int rank = static_cast<int>(sizes.size());
  const hid_t how = H5Pcreate(H5P_DATASET_CREATE), type = type_of(type_name);
  const hid_t space = good(H5Screate_simple(rank, sizes.data(), nullptr));
  bool chunked = false;
  std::size_t stream = 0;
  std::vector<std::string> filters;
  for (std::string word; words >> word;) {
    if (word.rfind("chunk=", 0) == 0) {
      chunk = sizes_of(word.substr(6));
      chunked = true;
    } else if (word.rfind("stream=", 0) == 0) {
      stream = std::stoul(word.substr(7));
    } else if (word == "elsewhere") {
      std::ofstream(file_name + ".raw") << std::string(1 << 16, '\1');
      H5Pset_external(how, (file_name + ".raw").c_str(), 0, H5F_UNLIMITED);
    } else if (word == "virtual") {
      H5Pset_virtual(how, space, (file_name + ".source").c_str(), "/image", space);
    } else {
      filters.push_back(word);
    }
  }
  if (chunked || !filters.empty()) H5Pset_chunk(how, rank, chunk.data());
  for (const std::string& filter : filters) {
    if (filter == "gzip") H5Pset_deflate(how, 4);
    else if (filter == "shuffle") H5Pset_shuffle(how);
    else if (filter == "fletcher32") H5Pset_fletcher32(how);
    else if (filter == "nbit") H5Pset_nbit(how);
    else if (filter == "plugin") H5Pset_filter(how, 32015, H5Z_FLAG_OPTIONAL, 0, nullptr);
    else throw std::runtime_error("make_hdf5: unknown word " + filter);
  }
  const hid_t data = good(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, how, H5P_DEFAULT));
  if (what != "none") {
    const std::vector<double> values = values_of(what, sizes);
    good(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  }
  if (stream > 0) write_stream(data, stream, chunk.size());
  H5Dclose(data);
  H5Sclose(space);
  H5Tclose(type);
  H5Pclose(how);
}

}  // namespace hdf5_detail

// An existing file is replaced.
inline void make_hdf5(const std::filesystem::path& path, const std::vector<std::string>& objects) {
  const hid_t file = hdf5_detail::good(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  for (const std::string& object : objects) {
    std::istringstream words(object);
    std::string name, kind, target;
    words >> name >> kind;
    if (kind == "group") {
      H5Gclose(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    } else if (kind == "soft") {
      words >> target;
      H5Lcreate_soft(target.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    } else if (kind == "external") {
      words >> target;
      H5Lcreate_external(target.c_str(), "/image", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    } else {
      hdf5_detail::make_data_set(file, path.string(), name, kind, words);
    }
  }
  H5Fclose(file);
}

}  // namespace coopseg::test
