// How many bytes of tensors were alive at once on the processor.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace coopseg::test {

namespace details {

// LibTorch 2 has made the totals, which nobody needs here, unsigned.
template <class Function>
struct TotalOf;
template <class Reporter, class Total>
struct TotalOf<void (Reporter::*)(void*, std::int64_t, Total, Total, c10::Device)> {
  using type = Total;
};
using Total = TotalOf<decltype(&c10::MemoryReportingInfoBase::reportMemoryUsage)>::type;

class Counter : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t bytes, Total, Total, c10::Device device) override {
    if (!device.is_cpu()) return;
    now_ += bytes;
    peak_ = std::max(peak_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::int64_t peak() const { return peak_; }

 private:
  std::int64_t now_ = 0, peak_ = 0;
};

}  // namespace details

// Counts what this thread takes, beginning with 0, for as long as it lives.
class TensorMemory {
 public:
  TensorMemory()
      : counter_(std::make_shared<details::Counter>()), scope_(c10::DebugInfoKind::PROFILER_STATE, counter_) {}
  std::int64_t peak() const { return counter_->peak(); }

 private:
  std::shared_ptr<details::Counter> counter_;
  c10::DebugInfoGuard scope_;
};

}  // namespace coopseg::test
