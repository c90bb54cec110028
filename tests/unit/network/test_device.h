// Where tests of golden numbers compute: on the processor, or on the device that COOPSEG_TEST_DEVICE names ("cuda").
// Their tolerances are the same there in double precision; in single precision they are ten times as wide, because a
// GPU adds in another order and cuDNN has algorithms of its own.
#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::test {

// Each test that asks is marked in the report of --gtest_output.
inline const std::string& device() {
  static const std::string chosen = [] {
    const char* const wish = std::getenv("COOPSEG_TEST_DEVICE");
    const std::string found = network::choose_device(wish && *wish ? wish : "cpu");
    if (found != "cpu") network::configure_threads(at::get_num_threads());  // full float32, as programs have it
    return found;
  }();
  ::testing::Test::RecordProperty("device", chosen);
  return chosen;
}

inline at::Tensor on_device(const at::Tensor& tensor) { return tensor.to(at::Device(device())); }
inline at::Tensor on_host(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU); }

// What a tolerance of single precision is multiplied by.
inline double device_allowance() { return device() == "cpu" ? 1 : 10; }

}  // namespace coopseg::test
