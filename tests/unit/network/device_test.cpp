#include "coopseg/network/device.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <torch/cuda.h>

#include <atomic>
#include <limits>

#include "coopseg/core/error.h"

namespace coopseg::network {
namespace {

TEST(Device, ProcessorIsAlwaysThere) { EXPECT_EQ(choose_device("cpu"), "cpu"); }

TEST(Device, AutoTakesAGpuIfThereIsOne) {
  EXPECT_EQ(choose_device("auto"), torch::cuda::device_count() > 0 ? "cuda:0" : "cpu");
}

TEST(Device, RefusesOtherWords) {
  for (const char* wish : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999999999999"}) {
    try {
      choose_device(wish);
      ADD_FAILURE() << "'" << wish << "' was accepted";
    } catch (const core::UsageError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("--device"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr("cuda:N"));
    }
  }
}

TEST(Device, RefusesAGpuThatIsNotThere) {
  const std::string beyond = "cuda:" + std::to_string(torch::cuda::device_count());
  EXPECT_THROW(choose_device(beyond), core::UsageError);
}

TEST(Device, ThreadsAreThoseAskedFor) {
  configure_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  configure_threads(2);
  EXPECT_EQ(at::get_num_threads(), 2);
}

TEST(Device, DenormalsAreFlushedByAllThreads) {
  configure_threads(2);
  std::atomic<int> kept{0};
  at::parallel_for(0, 2, 1, [&](std::int64_t, std::int64_t) {
    volatile float smallest = std::numeric_limits<float>::min();
    smallest = smallest / 2;
    if (smallest != 0) ++kept;
  });
  EXPECT_EQ(kept, 0);
}

TEST(Device, BlasIsNotTheReference) { EXPECT_EQ(blas_warning(), ""); }

TEST(Device, NamesItsLibrary) { EXPECT_THAT(torch_version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+.*")); }

}  // namespace
}  // namespace coopseg::network
