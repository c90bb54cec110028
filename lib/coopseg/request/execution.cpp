#include "coopseg/request/execution.h"

#include <fmt/core.h>

#include <regex>

#include "coopseg/core/error.h"

namespace coopseg::request {

const core::Words<Precision> kPrecisions{
    {"fp32", Precision::fp32}, {"bf16", Precision::bf16}, {"auto", Precision::automatic}};

void check_device(const std::string& device) {
  static const std::regex kDevices("auto|cpu|cuda(:[0-9]{1,3})?");
  if (!std::regex_match(device, kDevices))
    throw core::UsageError("--device", "\"" + device + "\" is none of auto, cpu, cuda, cuda:N");
}

void check_ranks(const core::Ranks& ranks, std::size_t items, const std::string& what) {
  if (ranks.count <= items) return;
  throw core::UsageError("--ranks", fmt::format("has {} processes share {} {} of a batch", ranks.count, items, what),
                         "take fewer, or more in a batch (--batch-size)");
}

}  // namespace coopseg::request
