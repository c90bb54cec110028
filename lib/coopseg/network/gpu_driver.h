// What only a GPU's driver knows. It is asked through its library, because the headers of a LibTorch without CUDA do
// not know it. Private to this folder.
#pragma once

#include <cstdint>
#include <string>

namespace coopseg::network {

int gpu_index(const std::string& device);  // of "cuda:N"; 0 for "cuda"

int compute_capability(int index);              // the major number; 0 if unknown
std::uint64_t gpu_memory_taken(int index);      // bytes, by all processes; 0 if unknown

}  // namespace coopseg::network
