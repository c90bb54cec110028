#include "coopseg/core/memory.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "coopseg/core/error.h"

namespace coopseg::core {
namespace {

// A line of /proc/self/status in bytes.
std::uint64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(key + ":", 0) != 0) continue;
    std::istringstream rest(line.substr(key.size() + 1));
    std::uint64_t kib = 0;
    rest >> kib;
    return kib * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t machine_memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) : 0;
}

std::uint64_t resident_bytes() { return status_bytes("VmRSS"); }

std::uint64_t peak_resident_bytes() { return std::max(status_bytes("VmHWM"), resident_bytes()); }

void reset_peak_resident() { std::ofstream("/proc/self/clear_refs") << "5"; }

void require_memory(const std::string& option, const std::string& what, std::uint64_t bytes,
                    const std::string& remedy) {
  const std::uint64_t memory = machine_memory_bytes();
  if (memory == 0 || bytes <= memory) return;
  throw UsageError(option,
                   fmt::format("{} needs more than {}, and this machine has {}", what, gigabytes(bytes),
                               gigabytes(memory)),
                   remedy);
}

std::string gigabytes(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes) / 1e9;
  return fmt::format("{:.{}f} GB", value, value < 0.1 ? 2 : 1);
}

}  // namespace coopseg::core
