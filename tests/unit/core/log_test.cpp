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
