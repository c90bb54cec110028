// How programs end, as their manual pages say.
#pragma once

namespace coopseg::core {

// kSignal + n: stopped by signal n.
inline constexpr int kDone = 0, kCaseFailed = 1, kUsage = 2, kSignal = 128;

}  // namespace coopseg::core
