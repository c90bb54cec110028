// Numbers of binary headers at their places, in either byte order, and where NIfTI-1 keeps them. For this room only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace coopseg::image {

// Places in the header, as nifti1.h lays them out.
namespace nifti1 {
inline constexpr std::size_t kDim = 40, kDatatype = 70, kBitpix = 72, kPixdim = 76, kVoxOffset = 108, kSlope = 112,
                             kIntercept = 116, kUnits = 123, kDescription = 148, kQformCode = 252, kSformCode = 254,
                             kQuaternion = 256, kOffset = 268, kSform = 280, kMagic = 344;
}  // namespace nifti1

// The number at `place`, which lies within `bytes`; `swapped` if it is of the other byte order than this machine's.
template <class T>
T take_number(std::string_view bytes, std::size_t place, bool swapped) {
  char raw[sizeof(T)];
  std::memcpy(raw, bytes.data() + place, sizeof(T));
  if (swapped) std::reverse(raw, raw + sizeof(T));
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

// In this machine's byte order.
template <class T>
void put_number(std::string& bytes, std::size_t place, T value) {
  std::memcpy(bytes.data() + place, &value, sizeof(T));
}

// Row `row` of a place or a direction, from NIfTI's RAS to the library's LPS or back: the first two rows change their
// sign. Zeros come out positive.
inline double between_ras_and_lps(double value, std::size_t row) { return (row < 2 ? -value : value) + 0.0; }

inline constexpr char kRemedyDamagedNifti[] = "the file is damaged or no NIfTI file: fetch or export it again";

}  // namespace coopseg::image
