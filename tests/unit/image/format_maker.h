// One oblique volume as NIfTI-1, NIfTI-2, NRRD and MetaImage, made byte by byte without the code under test: 4 x 3 x 2
// voxels of 1.5 x 1.25 x 8 mm, the first axis a fifth of a turn from the patient's, voxel v of the value 3 v - 7.
#pragma once

#include <cstdint>
#include <utility>

#include "unit/image/nifti_maker.h"

namespace coopseg::test {

template <class T>
void append_bytes(std::string& target, T value, bool big = false) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  if (big) std::reverse(raw, raw + sizeof(T));
  target.append(raw, sizeof(T));
}

template <class T = std::int16_t>
std::vector<T> oblique_values() {
  std::vector<T> values;
  for (int v = 0; v < 24; ++v) values.push_back(static_cast<T>(3 * v - 7));
  return values;
}

template <class T = std::int16_t>
std::string oblique_bytes(bool big = false) {
  std::string bytes;
  for (const T value : oblique_values<T>()) append_bytes(bytes, value, big);
  return bytes;
}

inline std::string oblique_text() {
  std::string text;
  for (const auto value : oblique_values()) text += std::to_string(value) + (value % 2 == 0 ? "\n" : " ");
  return text;
}

inline NiftiMaker oblique_nifti() {
  NiftiMaker maker;
  maker.pixdim = {1, 1.5f, 1.25f, 8, 1, 1, 1, 1};
  maker.qform_code = 0;
  maker.sform = {-0.9f, 1, 0, -10, -1.2f, -0.75f, 0, 20, 0, 0, 8, 30};
  maker.set(oblique_values(), 4);
  return maker;
}

// The header of NIfTI-2 that says what `from` says, and the same voxels.
struct Nifti2Maker {
  NiftiMaker from = oblique_nifti();
  std::int32_t header_size = 540;
  std::array<std::int64_t, 8> dim{3, 4, 3, 2, 1, 1, 1, 1};
  std::int64_t vox_offset = 544;
  double slope = 1, intercept = 0;
  std::string magic = std::string("n+2\0\r\n\032\n", 8);
  bool big = false;

  std::string header() const {
    std::string bytes;
    const auto add = [&](auto value) { append_bytes(bytes, value, big); };
    add(header_size);
    bytes += magic;
    add(from.datatype);
    add(from.bitpix);
    for (const auto d : dim) add(d);
    bytes.resize(104, '\0');
    for (const auto p : from.pixdim) add(double{p});
    add(vox_offset);
    add(slope);
    add(intercept);
    bytes.resize(344, '\0');
    add(std::int32_t{from.qform_code});
    add(std::int32_t{from.sform_code});
    for (const auto q : from.quaternion) add(double{q});
    for (const auto o : from.offset) add(double{o});
    for (const auto s : from.sform) add(double{s});
    bytes.resize(500, '\0');
    add(std::int32_t{from.units});
    bytes.resize(540, '\0');
    return bytes;
  }
  std::string voxels() const { return oblique_bytes(big); }
  std::string bytes() const { return header() + std::string(4, '\0') + voxels(); }
};

// Headers as lines: a test changes, adds or takes away the one it is about.
struct TextHeader {
  std::vector<std::pair<std::string, std::string>> lines;
  std::string first, between, end;

  TextHeader& set(const std::string& field, const std::string& value) {
    for (auto& [name, old] : lines) {
      if (name != field) continue;
      old = value;
      return *this;
    }
    lines.emplace_back(field, value);
    return *this;
  }
  TextHeader& drop(const std::string& field) {
    lines.erase(std::remove_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == field; }),
                lines.end());
    return *this;
  }
  std::string text() const {
    std::string text = first;
    for (const auto& [name, value] : lines) text += name + between + value + "\n";
    return text + end;
  }
};

inline TextHeader oblique_nrrd() {
  return {{{"type", "short"},
           {"dimension", "3"},
           {"space", "left-posterior-superior"},
           {"sizes", "4 3 2"},
           {"space directions", "(0.9,1.2,0) (-1, 0.75, 0) (0,0,8)"},
           {"kinds", "domain domain domain"},
           {"endian", "little"},
           {"encoding", "raw"},
           {"space origin", "(10,-20,30)"}},
          "NRRD0004\n# made by a test\n",
          ": ",
          "\n"};
}

inline TextHeader oblique_meta() {
  TextHeader header{{{"ObjectType", "Image"},
                     {"NDims", "3"},
                     {"BinaryData", "True"},
                     {"BinaryDataByteOrderMSB", "False"},
                     {"CompressedData", "False"},
                     {"TransformMatrix", "0.6 0.8 0 -0.8 0.6 0 0 0 1"},
                     {"Offset", "10 -20 30"},
                     {"CenterOfRotation", "0 0 0"},
                     {"ElementSpacing", "1.5 1.25 8"},
                     {"DimSize", "4 3 2"},
                     {"ElementType", "MET_SHORT"}},
                    "",
                    " = ",
                    "ElementDataFile = LOCAL\n"};
  return header;
}

// A zlib stream, as MetaImage packs.
inline std::string zlib_stream(const std::string& bytes) {
  std::string packed(compressBound(bytes.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  packed.resize(size);
  return packed;
}

}  // namespace coopseg::test
