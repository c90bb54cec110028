#include "coopseg/core/batch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "coopseg/core/error.h"

using namespace coopseg::core;

namespace {
std::vector<Case> some_cases(int count) {
  std::vector<Case> cases;
  cases.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) cases.emplace_back("case" + std::to_string(i), "x.nii");
  return cases;
}
}  // namespace

TEST(Batch, ResultsComeInTheListsOrderAndAFailureStopsNothing) {
  const auto cases = some_cases(40);
  std::vector<std::size_t> seen;
  const bool well = for_each_case(
      "testing", cases, 4,
      [](const Case& c) {
        const int number = std::stoi(c.id().substr(4));
        std::this_thread::sleep_for(std::chrono::milliseconds((number * 7) % 5));
        if (number % 10 == 3) throw DataError("x.nii", "is bad");
        return number;
      },
      [&](std::size_t index, int number) {
        EXPECT_EQ(static_cast<int>(index), number);
        seen.push_back(index);
      });
  EXPECT_FALSE(well);
  EXPECT_EQ(seen.size(), 36u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Batch, AFailureOfTheReceiverEndsTheRun) {
  const auto cases = some_cases(40);
  EXPECT_THROW(for_each_case("testing", cases, 2, [](const Case&) { return 1; },
                             [](std::size_t, int) { throw IoError("list", "disk full"); }),
               IoError);
}

TEST(Batch, HasNoMoreCasesAtWorkThanThreads) {
  for (const int threads : {1, 2}) {
    std::atomic<int> at_work{0}, most{0};
    for_each_case(
        "testing", some_cases(40), threads,
        [&](const Case&) {
          const int now = ++at_work;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
          --at_work;
          return 0;
        },
        [](std::size_t, int) {});
    EXPECT_LE(most, threads);
    EXPECT_GE(most, 1);
  }
}
