#include "coopseg/core/late_library.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"

namespace coopseg::core {

namespace {

bool late_library_is_open = false;

// The folder of the library that this function is in: the other libraries stand beside it.
std::filesystem::path library_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&prepare_numerical_environment), &info) == 0 || !info.dli_fname) return {};
  std::error_code failed;
  const auto file = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? std::filesystem::path() : file.parent_path();
}

void set_default(const char* variable, const char* value) {
  if (std::getenv(variable)) {
    debug("{}={} (from the environment)", variable, std::getenv(variable));
    return;
  }
  setenv(variable, value, 0);
  debug("{}={}", variable, value);
}

}  // namespace

void prepare_numerical_environment(int threads) {
  // ENVVAR OMP_WAIT_POLICY, OMP_NUM_THREADS, OPENBLAS_CORETYPE: as OpenMP and OpenBLAS define them; set where unset.
  // ENVVAR CUBLAS_WORKSPACE_CONFIG: as cuBLAS defines it; without it, sums on a GPU differ from run to run.
  set_default("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
  set_default("OMP_WAIT_POLICY", "passive");
  set_default("OMP_NUM_THREADS", std::to_string(threads).c_str());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    set_default("OPENBLAS_CORETYPE", "SkylakeX");
  } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    set_default("OPENBLAS_CORETYPE", "Haswell");
  }
}

void leave(int status) {
#ifndef COOPSEG_SANITIZED
  std::fflush(nullptr);
  if (late_library_is_open) std::_Exit(status);
#endif
  static_cast<void>(status);
}

void* late_symbol(const std::string& library, const char* symbol) {
  const auto file = library_folder() / ("lib" + library + ".so");
  // Lazily: half of LibTorch's functions are looked up for nothing, which takes longer than to read a model. Our own
  // libraries are linked such that they look theirs up now (-z now), so that one which does not fit is found here.
  void* handle = dlopen(file.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (!handle) throw IoError(file.string(), std::string("cannot be loaded: ") + dlerror());
  late_library_is_open = true;
  void* address = dlsym(handle, symbol);
  if (!address) throw IoError(file.string(), std::string("has no ") + symbol, "reinstall CoopSeg");
  return address;
}

}  // namespace coopseg::core
