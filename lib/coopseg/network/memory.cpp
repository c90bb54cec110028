#include "coopseg/network/memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "coopseg/network/gpu_driver.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

// A line of /proc/self/status in bytes: VmRSS (now) or VmHWM (the most so far).
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

MemoryMeter::MemoryMeter(std::string device) : device_(std::move(device)) {
  if (device_ == "cpu") {
    std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM begins anew
  } else {
    at::empty({1}, at::Device(device_));  // what the driver takes for itself, before anything is measured
    taken_before_ = gpu_memory_taken(gpu_index(device_));
  }
}

std::uint64_t MemoryMeter::now() const {
  if (device_ == "cpu") return status_bytes("VmRSS");
  const std::uint64_t taken = gpu_memory_taken(gpu_index(device_));
  return taken > taken_before_ ? taken - taken_before_ : 0;
}

std::uint64_t MemoryMeter::peak() const { return device_ == "cpu" ? std::max(status_bytes("VmHWM"), now()) : now(); }

}  // namespace coopseg::network
