#include "coopseg/core/log.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <thread>

using namespace coopseg::core;

TEST(Log, MessagesOfThreadsKeepTheWordForTheirOwnLevel) {
  constexpr int kMessages = 3000;
  start_log("program", LogLevel::info);
  testing::internal::CaptureStderr();
  std::thread warnings([] {
    for (int i = 0; i < kMessages; ++i) warning("odd {}", i);
  });
  for (int i = 0; i < kMessages; ++i) info("plain {}", i);
  warnings.join();
  std::istringstream lines(testing::internal::GetCapturedStderr());
  int plain = 0, odd = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line == "program: plain " + std::to_string(plain)) {
      ++plain;
    } else {
      ASSERT_EQ(line, "program: warning: odd " + std::to_string(odd));
      ++odd;
    }
  }
  EXPECT_EQ(plain, kMessages);
  EXPECT_EQ(odd, kMessages);
}

TEST(Log, OfSeveralProcessesTheFirstSpeaksForAll) {
  start_log("program", LogLevel::debug);
  testing::internal::CaptureStderr();
  log_as_rank(0);
  info("from the first");
  log_as_rank(2);
  info("unheard");
  warning("unheard");
  error("from the third");
  EXPECT_EQ(log_level(), LogLevel::error);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "program: from the first\nprogram: error: rank 2: from the third\n");
  start_log("program", LogLevel::info);
}
