// How much memory a computation takes on its device.
#pragma once

#include <cstdint>
#include <string>

namespace coopseg::network {

// Bytes of this process on a processor; on a GPU those taken since the meter was made, by whomever: LibTorch keeps what
// it has taken, so that the most is what is taken at the end. 0 where the system does not say.
class MemoryMeter {
 public:
  explicit MemoryMeter(std::string device);  // of choose_device(); lets the peak begin anew, where the system allows it
  std::uint64_t now() const;
  std::uint64_t peak() const;

 private:
  std::string device_;
  std::uint64_t taken_before_ = 0;
};

}  // namespace coopseg::network
