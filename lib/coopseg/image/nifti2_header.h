// The 540-byte NIfTI-2 header. For this room only; others use nifti.h. Source: nifti2.h of the NIfTI Data Format
// Working Group.
#pragma once

#include <string>
#include <string_view>

#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

inline constexpr std::size_t kNifti2HeaderBytes = 540;

// Judged by the rules, and in the words, of a NIfTI-1 header that says the same. `bytes` are the file's first ones,
// unpacked. Throws core::DataError, also for axes that NIfTI-1, in which results are written, cannot hold.
NiftiHeader parse_nifti2_header(std::string_view bytes, const std::string& file);

}  // namespace coopseg::image
