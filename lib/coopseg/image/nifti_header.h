// The 348-byte NIfTI-1 header: parsed and judged, and written. Headers of other formats become the same structure.
// For this room only; others use nifti.h. Source: nifti1.h of the NIfTI Data Format Working Group.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coopseg/image/nifti.h"

namespace coopseg::image {

inline constexpr std::size_t kHeaderBytes = 348;
inline constexpr std::size_t kDataOffset = 352;  // where our files' voxels begin

enum class VoxelType : std::int16_t {
  uint8 = 2,
  int16 = 4,
  int32 = 8,
  float32 = 16,
  float64 = 64,
  int8 = 256,
  uint16 = 512,
  uint32 = 768,
  int64 = 1024,
  uint64 = 1280,
};

std::string name_of(VoxelType type);
std::size_t bytes_of(VoxelType type);

// run(zero), where zero is a number of that type.
template <class Run>
void with_number_of(VoxelType type, Run&& run) {
  switch (type) {
    case VoxelType::uint8: return run(std::uint8_t{});
    case VoxelType::int8: return run(std::int8_t{});
    case VoxelType::uint16: return run(std::uint16_t{});
    case VoxelType::int16: return run(std::int16_t{});
    case VoxelType::uint32: return run(std::uint32_t{});
    case VoxelType::int32: return run(std::int32_t{});
    case VoxelType::uint64: return run(std::uint64_t{});
    case VoxelType::int64: return run(std::int64_t{});
    case VoxelType::float32: return run(float{});
    case VoxelType::float64: return run(double{});
  }
}

// What a header says, checked: sizes, types, offsets and scaling can be relied on. Geometry is judged by geometry_of().
struct NiftiHeader {
  bool swapped = false;  // of the other byte order
  std::array<std::size_t, 3> size{1, 1, 1};
  std::size_t frames = 1;
  bool has_frame_axis = false;  // four axes or more, even if the fourth has size 1
  int axes = 3;                 // spatial ones, 1 to 3
  VoxelType type = VoxelType::float32;
  std::optional<int> wrong_bits;  // bitpix where it contradicts the type, see judge_bits()
  std::array<float, 8> pixdim{};
  bool voxels_apart = false;  // in another file, the .img of a pair
  std::size_t data_offset = kDataOffset;
  std::size_t data_bytes = 0;
  double slope = 1, intercept = 0;  // 1 and 0 where the header says "no scaling"
  int units = 0;                    // xyzt_units
  int qform_code = 0, sform_code = 0;
  std::array<float, 3> quaternion{}, offset{};
  std::array<float, 12> sform{};
  bool says_nominal = false;  // by its description, as our own files do: Grid::nominal
  std::optional<Grid> grid;  // of formats that say once where their voxels lie; pixdim and forms then say nothing
  std::vector<std::string> warnings;  // what is doubtful but usable

  bool scaled() const { return slope != 1 || intercept != 0; }
  std::size_t voxels_per_frame() const { return size[0] * size[1] * size[2]; }
  std::size_t total_bytes() const { return data_offset + data_bytes; }
};

// `bytes` are the file's first ones, unpacked. Throws core::DataError.
NiftiHeader parse_header(std::string_view bytes, const std::string& file);

// Headers whose bitpix contradicts their type are written by whole libraries (NIfTI.jl), whose type is right. That is
// believed, with a warning, where the file of the voxels, unpacked, has exactly the bytes that the type asks for. Throws
// core::DataError where it has not.
void judge_bits(NiftiHeader& header, std::size_t file_bytes, const std::string& file);

// The geometry rule of nifti.h, for headers without a grid of their own. What is doubtful but usable is added to
// `warnings`. Throws core::DataError.
Grid geometry_of(const NiftiHeader& header, GeometryRule rule, const std::string& file,
                 std::vector<std::string>& warnings);

// What the sform of a file on this grid says, in its order: three rows of four, RAS, mm.
std::array<double, 12> sform_of(const Grid& grid);

// The fourth axis of a file to be written; no frames: none.
struct FrameAxis {
  std::size_t frames = 0;
  double duration = 1;
  int time_unit = 0;
};

// Header and the four bytes behind it, in this machine's byte order.
// Throws core::DataError if an axis is longer than the format can say.
std::string make_header(const Grid& grid, const FrameAxis& axis, VoxelType type, const std::string& file);

}  // namespace coopseg::image
