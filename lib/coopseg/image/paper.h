// What Chen et al. (MICCAI 2021) did to every slice of ACDC, and with it the defaults of all programs.
#pragma once

#include <cstddef>

namespace coopseg::image {

inline constexpr std::size_t kPaperCrop = 192;       // pixels of rows and columns that the network sees
inline constexpr double kPaperSpacingMm = 1.36719;   // of rows and columns
inline constexpr char kPaperSpacing[] = "1.36719";   // the same as an option says it

}  // namespace coopseg::image
