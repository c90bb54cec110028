// NIfTI-1 files made byte by byte, whole or damaged, without the code under test.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace coopseg::test {

// Fields are public: a test breaks the one it is about.
struct NiftiMaker {
  std::int32_t header_size = 348;
  std::array<std::int16_t, 8> dim{3, 4, 3, 2, 1, 1, 1, 1};
  std::int16_t datatype = 16, bitpix = 32;
  std::array<float, 8> pixdim{1, 1.5f, 1.5f, 8, 1, 1, 1, 1};
  float vox_offset = 352, slope = 1, intercept = 0;
  unsigned char units = 2;
  std::int16_t qform_code = 1, sform_code = 1;
  std::array<float, 3> quaternion{0, 0, 0}, offset{10, -20, 30};
  std::array<float, 12> sform{1.5f, 0, 0, 10, 0, 1.5f, 0, -20, 0, 0, 8, 30};
  std::string magic = std::string("n+1\0", 4);
  std::string extension;  // between header and voxels, behind the four extension bytes
  std::string voxels;     // raw; use set()
  bool swapped = false;

  NiftiMaker() {
    std::vector<float> values(24);
    for (std::size_t v = 0; v < values.size(); ++v) values[v] = static_cast<float>(v);
    set(values, 16);
  }

  template <class T>
  void set(const std::vector<T>& values, int code) {
    datatype = static_cast<std::int16_t>(code);
    bitpix = static_cast<std::int16_t>(sizeof(T) * 8);
    voxels.clear();
    for (const T& value : values) append(voxels, value);
  }

  std::string bytes() const {
    std::string header;
    append(header, header_size);
    header.resize(40, '\0');
    for (const auto d : dim) append(header, d);
    header.resize(70, '\0');
    append(header, datatype);
    append(header, bitpix);
    header.resize(76, '\0');
    for (const auto p : pixdim) append(header, p);
    append(header, vox_offset);
    append(header, slope);
    append(header, intercept);
    header.resize(123, '\0');
    header += static_cast<char>(units);
    header.resize(252, '\0');
    append(header, qform_code);
    append(header, sform_code);
    for (const auto q : quaternion) append(header, q);
    for (const auto o : offset) append(header, o);
    for (const auto s : sform) append(header, s);
    header.resize(344, '\0');
    header += magic;
    header.resize(348, '\0');
    header += extension.empty() ? std::string(4, '\0') : std::string("\1\0\0\0", 4) + extension;
    return header + voxels;
  }

 private:
  template <class T>
  void append(std::string& target, T value) const {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    if (swapped) std::reverse(raw, raw + sizeof(T));
    target.append(raw, sizeof(T));
  }
};

// One gzip member, by zlib.
inline std::string gzip(const std::string& bytes, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline void save(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace coopseg::test
