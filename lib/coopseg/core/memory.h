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

// Throws UsageError naming `option` where `what`, "of 64 x 64 x 64 voxels", needs more `bytes` than this machine has.
void require_memory(const std::string& option, const std::string& what, std::uint64_t bytes, const std::string& remedy);

std::string gigabytes(std::uint64_t bytes);  // "1.6 GB", "0.05 GB"

}  // namespace coopseg::core
