// The memory of this machine.
#pragma once

#include <cstdint>
#include <string>

namespace coopseg::core {

std::uint64_t machine_memory_bytes();  // of all processes together; 0 where the system does not say

// Of this process, resident: now, and the most so far; 0 where the system does not say.
std::uint64_t resident_bytes();
std::uint64_t peak_resident_bytes();
// Lets the peak begin anew, where the system allows it.
void reset_peak_resident();

std::string gigabytes(std::uint64_t bytes);  // "1.6 GB", "0.05 GB"

}  // namespace coopseg::core
