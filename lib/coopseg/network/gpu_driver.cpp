#include "coopseg/network/gpu_driver.h"

#include <dlfcn.h>

namespace coopseg::network {
namespace {

// The driver as long as this lives; `find` gives null for what it does not have.
class Driver {
 public:
  Driver() : library_(::dlopen("libcuda.so.1", RTLD_LAZY)) {}
  ~Driver() {
    if (library_) ::dlclose(library_);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  template <class Function>
  Function* find(const char* name) const {
    return library_ ? reinterpret_cast<Function*>(::dlsym(library_, name)) : nullptr;
  }
  // Whether there is a GPU of this number.
  bool open(int index, int& device) const {
    auto* const init = find<int(unsigned)>("cuInit");
    auto* const get = find<int(int*, int)>("cuDeviceGet");
    return init && get && init(0) == 0 && get(&device, index) == 0;
  }

 private:
  void* library_;
};

}  // namespace

int gpu_index(const std::string& device) {
  const std::size_t colon = device.find(':');
  return colon == std::string::npos ? 0 : std::stoi(device.substr(colon + 1));
}

int compute_capability(int index) {
  constexpr int kMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  const Driver driver;
  auto* const attribute = driver.find<int(int*, int, int)>("cuDeviceGetAttribute");
  int device = 0, major = 0;
  return driver.open(index, device) && attribute && attribute(&major, kMajor, device) == 0 ? major : 0;
}

std::uint64_t gpu_memory_taken(int index) {
  const Driver driver;
  // LibTorch computes in the device's primary context, which need not be the thread's.
  auto* const retain = driver.find<int(void**, int)>("cuDevicePrimaryCtxRetain");
  auto* const release = driver.find<int(int)>("cuDevicePrimaryCtxRelease_v2");
  auto* const push = driver.find<int(void*)>("cuCtxPushCurrent_v2");
  auto* const pop = driver.find<int(void**)>("cuCtxPopCurrent_v2");
  auto* const ask = driver.find<int(std::size_t*, std::size_t*)>("cuMemGetInfo_v2");
  int device = 0;
  void* context = nullptr;
  if (!driver.open(index, device) || !retain || !release || !push || !pop || !ask) return 0;
  if (retain(&context, device) != 0) return 0;
  std::size_t free = 0, total = 0;
  bool known = false;
  if (push(context) == 0) {
    known = ask(&free, &total) == 0;
    pop(&context);
  }
  release(device);
  return known ? total - free : 0;
}

}  // namespace coopseg::network
