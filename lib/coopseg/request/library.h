// The library that programs open when they need LibTorch (core/late_library.h); what it offers stands beside the
// requests it serves.
#pragma once

namespace coopseg::request {

inline constexpr char kLibrary[] = "coopseg_training";

}  // namespace coopseg::request
