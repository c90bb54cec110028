#include "coopseg/core/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <thread>

using namespace coopseg::core;

// In a process of its own (as death tests are): what has been received stays.
TEST(Interrupt, ThreadsSeeASignalThatAnotherThreadGot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto waits_for_a_signal = [] {
    catch_stop_signals(false);
    std::thread waiting([] {
      while (stop_signal() == 0) std::this_thread::yield();
    });
    std::raise(SIGTERM);
    waiting.join();
    try {
      throw_if_stopped();
    } catch (const Interrupted& interrupted) {
      std::_Exit(interrupted.signal);
    }
    std::_Exit(1);
  };
  EXPECT_EXIT(waits_for_a_signal(), testing::ExitedWithCode(SIGTERM), "");
}
