#include "coopseg/image/nifti_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti_fields.h"

namespace coopseg::image {

using core::DataError;

namespace {

// The text field that tells people where a file is from.
constexpr std::string_view kOurs = "CoopSeg", kNominal = "CoopSeg; orientation unknown";

struct TypeEntry {
  VoxelType type;
  const char* name;
  std::size_t bytes;
};
constexpr TypeEntry kTypes[] = {
    {VoxelType::uint8, "uint8", 1},     {VoxelType::int16, "int16", 2},     {VoxelType::int32, "int32", 4},
    {VoxelType::float32, "float32", 4}, {VoxelType::float64, "float64", 8}, {VoxelType::int8, "int8", 1},
    {VoxelType::uint16, "uint16", 2},   {VoxelType::uint32, "uint32", 4},   {VoxelType::int64, "int64", 8},
    {VoxelType::uint64, "uint64", 8},
};

const TypeEntry& entry(VoxelType type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeEntry& t) { return t.type == type; });
}

const char* unusable_type(int code) {
  switch (code) {
    case 0: return "unknown";
    case 1: return "binary (one bit per voxel)";
    case 32: return "complex64";
    case 128: return "RGB";
    case 1536: return "float128";
    case 1792: return "complex128";
    case 2048: return "complex256";
    case 2304: return "RGBA";
    default: return "none of the standard's";
  }
}

// Byte order and kind of file, from its first number and its magic word.
bool is_swapped(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kHeaderBytes) {
    throw DataError(file, fmt::format("has {} bytes, a NIfTI-1 header has {}", bytes.size(), kHeaderBytes),
                    kRemedyDamagedNifti);
  }
  const auto header_size = take_number<std::int32_t>(bytes, 0, false);
  const bool swapped = header_size != static_cast<std::int32_t>(kHeaderBytes);
  if (swapped && take_number<std::int32_t>(bytes, 0, true) != static_cast<std::int32_t>(kHeaderBytes)) {
    throw DataError(file,
                    fmt::format("is no NIfTI-1 file: its header size is {}, expected {}", header_size, kHeaderBytes),
                    kRemedyDamagedNifti);
  }
  return swapped;
}

// True for the header of a .hdr/.img pair.
bool names_pair(std::string_view bytes, const std::string& file) {
  const std::string_view magic = bytes.substr(nifti1::kMagic, 4);
  if (magic == std::string_view("n+1\0", 4)) return false;
  if (magic == std::string_view("ni1\0", 4)) return true;
  if (magic == std::string_view("\0\0\0\0", 4)) {
    throw DataError(
        file, "has no NIfTI magic word: it is an Analyze 7.5 file, which does not say left from right, or damaged",
        "convert it to NIfTI-1 with the program that wrote it, or fslchfiletype NIFTI_GZ, and look whether "
        "left is left");
  }
  std::string shown;
  for (const char c : magic) shown += c >= 32 && c < 127 ? std::string(1, c) : fmt::format("\\x{:02x}", c & 0xff);
  throw DataError(file, fmt::format("has the magic word \"{}\", expected \"n+1\" or \"ni1\"", shown),
                  kRemedyDamagedNifti);
}

void parse_size(std::string_view bytes, const std::string& file, NiftiHeader& header) {
  std::array<std::int16_t, 8> dim{};
  for (std::size_t a = 0; a < 8; ++a) dim[a] = take_number<std::int16_t>(bytes, nifti1::kDim + 2 * a, header.swapped);
  if (dim[0] < 1 || dim[0] > 7) {
    throw DataError(file, fmt::format("says it has {} dimensions, expected 1 to 7", dim[0]), kRemedyDamagedNifti);
  }
  const auto axes = static_cast<std::size_t>(dim[0]);
  for (std::size_t a = 1; a <= axes; ++a) {
    if (dim[a] < 1) {
      throw DataError(file, fmt::format("has the size {} along axis {}, expected 1 or more", dim[a], a),
                      kRemedyDamagedNifti);
    }
    if (a > 4 && dim[a] > 1) {
      throw DataError(file, fmt::format("has {} values along axis {}, expected at most four axes", dim[a], a),
                      "save one component as a 3D or 4D file");
    }
  }
  header.axes = static_cast<int>(std::min<std::size_t>(axes, 3));
  for (std::size_t a = 0; a < std::min<std::size_t>(axes, 3); ++a)
    header.size[a] = static_cast<std::size_t>(dim[a + 1]);
  header.has_frame_axis = axes >= 4;
  if (axes >= 4) header.frames = static_cast<std::size_t>(dim[4]);
}

void parse_type(std::string_view bytes, const std::string& file, NiftiHeader& header) {
  const int code = take_number<std::int16_t>(bytes, nifti1::kDatatype, header.swapped);
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const TypeEntry& t) { return static_cast<int>(t.type) == code; });
  if (found == std::end(kTypes)) {
    throw DataError(file,
                    fmt::format("has voxels of type {} ({}), expected one number per voxel", code, unusable_type(code)),
                    "convert it to an integer or floating-point type");
  }
  header.type = found->type;
  const int bits = take_number<std::int16_t>(bytes, nifti1::kBitpix, header.swapped);
  if (bits != static_cast<int>(found->bytes * 8)) header.wrong_bits = bits;
  // Four sizes of at most 32767 and 8 bytes stay below 2^63.
  header.data_bytes = header.voxels_per_frame() * header.frames * found->bytes;
}

void parse_offset_and_scaling(std::string_view bytes, const std::string& file, NiftiHeader& header) {
  const float offset = take_number<float>(bytes, nifti1::kVoxOffset, header.swapped);
  // 2^31 is the largest offset that makes sense: a float cannot name single bytes far below it.
  const std::size_t least = header.voxels_apart ? 0 : kDataOffset;
  if (!std::isfinite(offset) || offset < static_cast<float>(least) || offset != std::floor(offset) ||
      offset > 2147483648.0f) {
    throw DataError(file, fmt::format("has its voxels at byte {}, expected a whole number from {}", offset, least),
                    kRemedyDamagedNifti);
  }
  header.data_offset = static_cast<std::size_t>(offset);
  const float slope = take_number<float>(bytes, nifti1::kSlope, header.swapped);
  const float intercept = take_number<float>(bytes, nifti1::kIntercept, header.swapped);
  if (slope == 0) return;
  if (std::isnan(slope)) {
    header.warnings.emplace_back("has a slope that is no number (NaN); its voxels are taken as they are stored");
    return;
  }
  if (!std::isfinite(slope) || !std::isfinite(intercept)) {
    throw DataError(
        file,
        fmt::format("scales its voxels with slope {} and intercept {}, expected finite numbers", slope, intercept),
        "set them to 1 and 0 if the voxels are not scaled");
  }
  header.slope = slope;
  header.intercept = intercept;
}

}  // namespace

std::string name_of(VoxelType type) { return entry(type).name; }
std::size_t bytes_of(VoxelType type) { return entry(type).bytes; }

NiftiHeader parse_header(std::string_view bytes, const std::string& file) {
  NiftiHeader header;
  header.swapped = is_swapped(bytes, file);
  header.voxels_apart = names_pair(bytes, file);
  parse_size(bytes, file, header);
  parse_type(bytes, file, header);
  parse_offset_and_scaling(bytes, file, header);
  header.units = static_cast<unsigned char>(bytes[nifti1::kUnits]);
  header.says_nominal = bytes.substr(nifti1::kDescription, kNominal.size()) == kNominal;
  for (std::size_t a = 0; a < 8; ++a)
    header.pixdim[a] = take_number<float>(bytes, nifti1::kPixdim + 4 * a, header.swapped);
  header.qform_code = take_number<std::int16_t>(bytes, nifti1::kQformCode, header.swapped);
  header.sform_code = take_number<std::int16_t>(bytes, nifti1::kSformCode, header.swapped);
  for (std::size_t a = 0; a < 3; ++a) {
    header.quaternion[a] = take_number<float>(bytes, nifti1::kQuaternion + 4 * a, header.swapped);
    header.offset[a] = take_number<float>(bytes, nifti1::kOffset + 4 * a, header.swapped);
  }
  for (std::size_t e = 0; e < 12; ++e)
    header.sform[e] = take_number<float>(bytes, nifti1::kSform + 4 * e, header.swapped);
  return header;
}

void judge_bits(NiftiHeader& header, std::size_t file_bytes, const std::string& file) {
  if (!header.wrong_bits) return;
  const TypeEntry& type = entry(header.type);
  const std::string contradiction =
      fmt::format("says {} with {} bits per voxel, expected {}", type.name, *header.wrong_bits, type.bytes * 8);
  if (file_bytes != header.total_bytes()) {
    throw DataError(file,
                    fmt::format("{}, and its {} bytes are not the {} of {}", contradiction, file_bytes,
                                header.total_bytes(), type.name),
                    "correct datatype or bitpix in its header; if neither is wrong, the file is truncated");
  }
  header.warnings.push_back(fmt::format("{}; it has exactly the bytes of {}", contradiction, type.name));
}

namespace {

// Quaternion (b, c, d) of a rotation with a >= 0, by the largest of the four components.
std::array<double, 3> quaternion_of(const std::array<double, 9>& r) {
  const double four[4] = {1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8],
                          1 - r[0] - r[4] + r[8]};
  const auto largest = std::max_element(four, four + 4) - four;
  const double s = 2 * std::sqrt(four[largest]);
  double a = 0, b = 0, c = 0, d = 0;
  switch (largest) {
    case 0: a = s / 4, b = (r[7] - r[5]) / s, c = (r[2] - r[6]) / s, d = (r[3] - r[1]) / s; break;
    case 1: b = s / 4, a = (r[7] - r[5]) / s, c = (r[1] + r[3]) / s, d = (r[2] + r[6]) / s; break;
    case 2: c = s / 4, a = (r[2] - r[6]) / s, b = (r[1] + r[3]) / s, d = (r[5] + r[7]) / s; break;
    default: d = s / 4, a = (r[3] - r[1]) / s, b = (r[2] + r[6]) / s, c = (r[5] + r[7]) / s; break;
  }
  if (a < 0) b = -b, c = -c, d = -d;
  return {b, c, d};
}

double determinant(const std::array<double, 9>& m) {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

}  // namespace

std::string make_header(const Grid& grid, const FrameAxis& axis, VoxelType type, const std::string& file) {
  const std::size_t frames = axis.frames;
  std::string bytes(kDataOffset, '\0');
  put_number<std::int32_t>(bytes, 0, static_cast<std::int32_t>(kHeaderBytes));
  bytes[38] = 'r';  // "regular", which old Analyze readers ask for
  const bool flat = grid.two_dimensional && grid.size[2] == 1 && frames == 0;
  std::array<std::size_t, 8> dim{frames > 0 ? 4u : flat ? 2u : 3u,
                                 grid.size[0],
                                 grid.size[1],
                                 grid.size[2],
                                 std::max<std::size_t>(frames, 1),
                                 1,
                                 1,
                                 1};
  for (std::size_t a = 0; a < 8; ++a) {
    if (dim[a] > 32767) {
      throw DataError(file, fmt::format("would have {} voxels along axis {}, NIfTI-1 holds at most 32767", dim[a], a),
                      "write fewer voxels");
    }
    put_number<std::int16_t>(bytes, nifti1::kDim + 2 * a, static_cast<std::int16_t>(dim[a]));
  }
  put_number<std::int16_t>(bytes, nifti1::kDatatype, static_cast<std::int16_t>(type));
  put_number<std::int16_t>(bytes, nifti1::kBitpix, static_cast<std::int16_t>(bytes_of(type) * 8));
  put_number<float>(bytes, nifti1::kVoxOffset, static_cast<float>(kDataOffset));
  put_number<float>(bytes, nifti1::kSlope, 1);
  bytes[nifti1::kUnits] = static_cast<char>(2 | axis.time_unit);  // 2: millimetres
  const std::string_view description = grid.nominal ? kNominal : kOurs;
  std::copy(description.begin(), description.end(), bytes.begin() + nifti1::kDescription);

  std::array<double, 9> r{};
  for (std::size_t e = 0; e < 9; ++e) r[e] = between_ras_and_lps(grid.direction[e], e / 3);
  const auto filled = [](int code, int other) { return code > 0 ? code : other > 0 ? other : 1; };
  put_number<std::int16_t>(bytes, nifti1::kQformCode,
                           static_cast<std::int16_t>(filled(grid.qform_code, grid.sform_code)));
  put_number<std::int16_t>(bytes, nifti1::kSformCode,
                           static_cast<std::int16_t>(filled(grid.sform_code, grid.qform_code)));
  const std::array<double, 12> sform = sform_of(grid);
  for (std::size_t e = 0; e < 12; ++e) put_number<float>(bytes, nifti1::kSform + 4 * e, static_cast<float>(sform[e]));
  for (std::size_t row = 0; row < 3; ++row) {
    const double origin = between_ras_and_lps(grid.origin_mm[row], row);
    put_number<float>(bytes, nifti1::kOffset + 4 * row, static_cast<float>(origin));
  }
  // A mirrored grid is a rotation with its third axis turned round, which pixdim[0] tells.
  const bool mirrored = determinant(r) < 0;
  if (mirrored) {
    for (const std::size_t e : {2, 5, 8}) r[e] = -r[e];
  }
  const auto quaternion = quaternion_of(r);
  for (std::size_t a = 0; a < 3; ++a)
    put_number<float>(bytes, nifti1::kQuaternion + 4 * a, static_cast<float>(quaternion[a] + 0.0));
  put_number<float>(bytes, nifti1::kPixdim, mirrored ? -1.0f : 1.0f);
  for (std::size_t a = 0; a < 3; ++a)
    put_number<float>(bytes, nifti1::kPixdim + 4 * (a + 1), static_cast<float>(grid.spacing_mm[a]));
  put_number<float>(bytes, nifti1::kPixdim + 4 * 4, static_cast<float>(axis.duration));
  for (std::size_t a = 5; a < 8; ++a) put_number<float>(bytes, nifti1::kPixdim + 4 * a, 1);
  std::memcpy(bytes.data() + nifti1::kMagic, "n+1\0", 4);
  return bytes;
}

}  // namespace coopseg::image
