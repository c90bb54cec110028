#include "coopseg/network/memory.h"

#include <utility>

#include "coopseg/core/memory.h"
#include "coopseg/network/gpu_driver.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {

MemoryMeter::MemoryMeter(std::string device) : device_(std::move(device)) {
  if (device_ == "cpu") {
    core::reset_peak_resident();
  } else {
    at::empty({1}, at::Device(device_));  // what the driver takes for itself, before anything is measured
    taken_before_ = gpu_memory_taken(gpu_index(device_));
  }
}

std::uint64_t MemoryMeter::now() const {
  if (device_ == "cpu") return core::resident_bytes();
  const std::uint64_t taken = gpu_memory_taken(gpu_index(device_));
  return taken > taken_before_ ? taken - taken_before_ : 0;
}

std::uint64_t MemoryMeter::peak() const { return device_ == "cpu" ? core::peak_resident_bytes() : now(); }

}  // namespace coopseg::network
