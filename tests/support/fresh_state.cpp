// Linked into tests of LibTorch: each test begins with the same state of the process, whatever ran before it. Tests use
// one thread, or as many as COOPSEG_TEST_THREADS says.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

class FreshState : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override {
    const char* const wish = std::getenv("COOPSEG_TEST_THREADS");
    at::set_num_threads(wish ? std::atoi(wish) : 1);
    at::globalContext().setFlushDenormal(false);
    at::manual_seed(0);
  }
};

// Before main(), which is GoogleTest's.
[[maybe_unused]] const bool kListens = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new FreshState);
  return true;
}();

}  // namespace
