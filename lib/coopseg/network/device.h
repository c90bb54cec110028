// What LibTorch computes on, and how.
#pragma once

#include <cstddef>
#include <string>

namespace coopseg::network {

// "auto", "cpu", "cuda" or "cuda:N" to a device that is there, "cpu" or "cuda:N"; auto takes the first GPU, else the
// processor. Of `processes` that train together on this machine each takes the GPU of its own number; where each may be
// shown its own alone, it takes that. Throws core::UsageError for another word, or for a GPU that is not there or not
// in this LibTorch.
enum class Gpus { of_all, of_all_or_own };
std::string choose_device(const std::string& wish, std::size_t process = 0, std::size_t processes = 1,
                          Gpus seen = Gpus::of_all);

// To be called once, before the first tensor is made.
// - `threads` for LibTorch, which would take 1 on machines whose processors it miscounts;
// - large blocks stay with the process: returning 30 MB tensors to the system and taking them back costs 20 % of a
//   training step;
// - numbers too small for their type's usual form become 0: processors take a hundred times longer for them;
// - as near as a GPU comes to the same numbers in every run: cuDNN's deterministic algorithms, full float32.
void configure_threads(int threads);

// Until the device has done all that it was told; a processor has at once.
void wait_for_device(const std::string& device);

// One line if LibTorch's linear algebra comes from a slow reference BLAS, else empty.
std::string blas_warning();

// "1.13.1": the LibTorch that this was built with, for provenance and logs.
std::string torch_version();

}  // namespace coopseg::network
