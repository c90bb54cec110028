#include "coopseg/image/nifti2_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti_fields.h"

namespace coopseg::image {

using core::DataError;
using namespace std::string_view_literals;

namespace {

// Places in the header, as nifti2.h lays them out.
constexpr std::size_t kMagic2 = 4, kDatatype2 = 12, kBitpix2 = 14, kDim2 = 16, kPixdim2 = 104, kVoxOffset2 = 168,
                      kSlope2 = 176, kIntercept2 = 184, kQformCode2 = 344, kSformCode2 = 348, kQuaternion2 = 352,
                      kOffset2 = 376, kSform2 = 400, kUnits2 = 500;
// Where the voxels of a single file begin at the earliest: four bytes behind the header say whether more follow it.
constexpr std::size_t kLeastOffset = 544;
constexpr std::int64_t kLongestAxis = std::numeric_limits<std::int16_t>::max();

struct Nifti2Fields {
  std::string_view bytes;
  bool swapped = false;

  template <class T>
  T take(std::size_t place) const {
    return take_number<T>(bytes, place, swapped);
  }
};

std::int16_t narrow(std::int64_t value) {
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(value, std::numeric_limits<std::int16_t>::min(),
                                                            std::numeric_limits<std::int16_t>::max()));
}

// What a float cannot hold becomes infinite, which is refused where it matters.
float to_float(double value) {
  if (std::abs(value) > std::numeric_limits<float>::max()) return value > 0 ? HUGE_VALF : -HUGE_VALF;
  return static_cast<float>(value);
}

bool nifti2_is_swapped(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kNifti2HeaderBytes) {
    throw DataError(file, fmt::format("has {} bytes, a NIfTI-2 header has {}", bytes.size(), kNifti2HeaderBytes),
                    kRemedyDamagedNifti);
  }
  for (const bool swapped : {false, true}) {
    if (Nifti2Fields{bytes, swapped}.take<std::int32_t>(0) == static_cast<std::int32_t>(kNifti2HeaderBytes))
      return swapped;
  }
  throw DataError(file,
                  fmt::format("is no NIfTI-2 file: its header size is {}, expected {}",
                              Nifti2Fields{bytes}.take<std::int32_t>(0), kNifti2HeaderBytes),
                  kRemedyDamagedNifti);
}

bool nifti2_names_pair(std::string_view bytes, const std::string& file) {
  const std::string_view magic = bytes.substr(kMagic2, 8);
  if (magic == "n+2\0\r\n\032\n"sv) return false;
  if (magic == "ni2\0\r\n\032\n"sv) return true;
  std::string shown;
  for (const char c : magic) shown += c >= 32 && c < 127 ? std::string(1, c) : fmt::format("\\x{:02x}", c & 0xff);
  throw DataError(file, fmt::format("has the magic word \"{}\", expected \"n+2\\x00\\x0d\\x0a\\x1a\\x0a\"", shown),
                  "a transfer that changes line ends damages it: fetch or export it again");
}

void check_nifti2_offset(std::int64_t offset, bool apart, const std::string& file) {
  const auto least = static_cast<std::int64_t>(apart ? 0 : kLeastOffset);
  if (offset >= least && offset <= std::int64_t{1} << 31) return;
  throw DataError(file, fmt::format("has its voxels at byte {}, expected a whole number from {}", offset, least),
                  kRemedyDamagedNifti);
}

std::string as_nifti1(const Nifti2Fields& from, bool apart, const std::string& file) {
  std::string to(kHeaderBytes, '\0');
  put_number<std::int32_t>(to, 0, static_cast<std::int32_t>(kHeaderBytes));
  for (std::size_t a = 0; a < 8; ++a) {
    const auto size = from.take<std::int64_t>(kDim2 + 8 * a);
    if (a > 0 && size > kLongestAxis) {
      throw DataError(file, fmt::format("has {} voxels along axis {}, at most {} are read", size, a, kLongestAxis),
                      "cut it into parts");
    }
    put_number<std::int16_t>(to, nifti1::kDim + 2 * a, narrow(size));
    put_number<float>(to, nifti1::kPixdim + 4 * a, to_float(from.take<double>(kPixdim2 + 8 * a)));
  }
  put_number<std::int16_t>(to, nifti1::kDatatype, from.take<std::int16_t>(kDatatype2));
  put_number<std::int16_t>(to, nifti1::kBitpix, from.take<std::int16_t>(kBitpix2));
  put_number<float>(to, nifti1::kVoxOffset, static_cast<float>(apart ? 0 : kDataOffset));
  put_number<float>(to, nifti1::kSlope, to_float(from.take<double>(kSlope2)));
  put_number<float>(to, nifti1::kIntercept, to_float(from.take<double>(kIntercept2)));
  to[nifti1::kUnits] = static_cast<char>(from.take<std::int32_t>(kUnits2) & 0xff);
  put_number<std::int16_t>(to, nifti1::kQformCode, narrow(std::int64_t{from.take<std::int32_t>(kQformCode2)}));
  put_number<std::int16_t>(to, nifti1::kSformCode, narrow(std::int64_t{from.take<std::int32_t>(kSformCode2)}));
  for (std::size_t a = 0; a < 3; ++a) {
    put_number<float>(to, nifti1::kQuaternion + 4 * a, to_float(from.take<double>(kQuaternion2 + 8 * a)));
    put_number<float>(to, nifti1::kOffset + 4 * a, to_float(from.take<double>(kOffset2 + 8 * a)));
  }
  for (std::size_t e = 0; e < 12; ++e)
    put_number<float>(to, nifti1::kSform + 4 * e, to_float(from.take<double>(kSform2 + 8 * e)));
  std::memcpy(to.data() + nifti1::kMagic, apart ? "ni1" : "n+1", 4);
  return to;
}

}  // namespace

NiftiHeader parse_nifti2_header(std::string_view bytes, const std::string& file) {
  const bool swapped = nifti2_is_swapped(bytes, file);
  const bool apart = nifti2_names_pair(bytes, file);
  const Nifti2Fields fields{bytes, swapped};
  NiftiHeader header = parse_header(as_nifti1(fields, apart, file), file);
  const auto offset = fields.take<std::int64_t>(kVoxOffset2);
  check_nifti2_offset(offset, apart, file);
  header.data_offset = static_cast<std::size_t>(offset);
  header.swapped = swapped;
  // As exactly as they stand there; they have been judged.
  const auto slope = fields.take<double>(kSlope2);
  if (std::isfinite(slope) && slope != 0) {
    header.slope = slope;
    header.intercept = fields.take<double>(kIntercept2);
  }
  return header;
}

}  // namespace coopseg::image
