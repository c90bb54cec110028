#include "coopseg/network/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/core.h>
#include <link.h>
#include <malloc.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <climits>
#include <cstdlib>
#include <vector>

#include "coopseg/core/error.h"

namespace coopseg::network {
namespace {

constexpr const char* kOption = "--device";
constexpr int kKeepBlocksUpTo = 1 << 30;  // bytes

// Where BLAS comes from is a matter of what is loaded now, not of what was there at build time: Debian's alternatives
// swap it. Names first, then symbols of libraries with neutral names such as libblas.so.3.
bool is_fast_blas(const std::string& library) {
  const std::size_t slash = library.rfind('/');
  const std::string name = library.substr(slash == std::string::npos ? 0 : slash + 1);
  if (name.find("openblas") != std::string::npos || name.find("libmkl") == 0 || name.find("libblis") == 0) return true;
  if (name.find("blas") == std::string::npos) return false;
  void* const handle = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (!handle) return false;
  bool fast = false;
  for (const char* symbol : {"openblas_get_config", "MKL_Get_Version", "bli_info_get_version_str"}) {
    fast = fast || ::dlsym(handle, symbol) != nullptr;
  }
  ::dlclose(handle);
  return fast;
}

}  // namespace

std::string choose_device(const std::string& wish, std::size_t process, std::size_t processes, Gpus seen) {
  if (wish == "cpu") return "cpu";
  const std::size_t count = torch::cuda::device_count();
  if (wish == "auto" && count == 0) return "cpu";
  std::size_t index = count == 1 && seen == Gpus::of_all_or_own ? 0 : process;
  if (wish != "cuda" && wish != "auto") {
    if (processes > 1)
      throw core::UsageError(kOption, fmt::format("names one GPU for {} processes", processes), "choose cuda or auto");
    const std::string number = wish.rfind("cuda:", 0) == 0 ? wish.substr(5) : "";
    if (number.empty() || number.size() > 4 || number.find_first_not_of("0123456789") != std::string::npos) {
      throw core::UsageError(kOption, "is '" + wish + "'", "choose auto, cpu, cuda or cuda:N (N from 0)");
    }
    index = std::stoul(number);
  }
  if (!at::globalContext().hasCUDA() && count == 0) {
    throw core::UsageError(kOption, "asks for " + wish + ", but this LibTorch cannot use a GPU or finds none",
                           "choose cpu, or build with a CUDA LibTorch through -DTorch_DIR= and check the driver");
  }
  if (processes > 1 && index >= count)
    throw core::UsageError(kOption,
                           fmt::format("asks for a GPU for each of {} processes, and there are {}", processes, count),
                           "start as many processes as there are GPUs, or choose cpu");
  if (index >= count) {
    throw core::UsageError(kOption, "asks for " + wish + ", but there are " + std::to_string(count) + " GPUs",
                           "choose cpu or a number below " + std::to_string(count));
  }
  return "cuda:" + std::to_string(index);
}

void configure_threads(int threads) {
  ::mallopt(M_MMAP_THRESHOLD, kKeepBlocksUpTo);
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
  at::set_num_threads(threads);
  at::Context& context = at::globalContext();
  // Not setDeterministicAlgorithms(): it changes no operator of these networks, and warns at each step on a GPU of
  // those that have no other form (the value of the cross entropy, the backward pass of bilinear upsampling).
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setFlushDenormal(true);  // of this thread and of those that it starts
  // And of those that were there before.
  at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) { context.setFlushDenormal(true); });
}

void wait_for_device(const std::string& device) {
  if (device != "cpu") torch::cuda::synchronize(at::Device(device).index());
}

std::string blas_warning() {
  if (at::globalContext().hasMKL()) return "";
  bool fast = false;
  std::vector<std::string> libraries;
  // Names are gathered first: dlopen within the iteration would wait for the lock that it holds.
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        const char* const name = info->dlpi_name;
        if (name && *name) static_cast<std::vector<std::string>*>(found)->push_back(name);
        return 0;
      },
      &libraries);
  for (const std::string& library : libraries) fast = fast || is_fast_blas(library);
  if (fast) return "";
  return "LibTorch runs on the reference BLAS, more than ten times slower than need be; "
         "install libopenblas0-openmp (Debian)";
}

std::string torch_version() { return TORCH_VERSION; }

}  // namespace coopseg::network
