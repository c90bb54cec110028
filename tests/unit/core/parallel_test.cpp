#include "coopseg/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "coopseg/core/threads.h"

using namespace coopseg::core;

// Plain numbers, no atomic ones: in a build with the thread sanitizer, these tests also show that what stands before
// and after a loop is ordered.
TEST(Parallel, EachIndexOnceWhateverTheThreads) {
  for (const int threads : {-1, 0, 1, 2, 7}) {
    for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<std::size_t> numbers(count), squares(count);
      std::iota(numbers.begin(), numbers.end(), std::size_t{1});
      const auto square = [&](std::size_t i) { squares[i] += numbers[i] * numbers[i]; };
      if (threads < 0) {
        for_each_index(count, square);
      } else {
        for_each_index(count, threads, square);
      }
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(squares[i], (i + 1) * (i + 1)) << i;
    }
  }
}

TEST(Parallel, BlocksCoverTheRange) {
  const ThreadLimit limit(4);
  for (const std::size_t grain : {0u, 1u, 16u, 5000u}) {
    std::vector<int> visits(1000);
    for_each_block(visits.size(), grain, [&](std::size_t begin, std::size_t end) {
      ASSERT_LT(begin, end);
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    EXPECT_EQ(visits, std::vector<int>(1000, 1));
  }
  for_each_block(0, 4, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(Parallel, AnExceptionOfAPieceIsTheCallers) {
  std::vector<int> visited(100);
  EXPECT_THROW(for_each_index(visited.size(), 3,
                              [&](std::size_t i) {
                                visited[i] = 1;
                                if (i == 50) throw std::runtime_error("fifty");
                              }),
               std::runtime_error);
  EXPECT_EQ(visited[50], 1);
}

TEST(Parallel, LoopsWithinPieces) {
  std::vector<int> sums(20);
  for_each_index(sums.size(), 3, [&](std::size_t i) {
    std::vector<int> parts(50);
    for_each_block(parts.size(), 4, [&](std::size_t begin, std::size_t end) {
      for (std::size_t k = begin; k < end; ++k) parts[k] = static_cast<int>(i);
    });
    sums[i] = std::accumulate(parts.begin(), parts.end(), 0);
  });
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], 50 * static_cast<int>(i));
}

TEST(Parallel, InOrderAndNeverTooFarAhead) {
  constexpr std::size_t kCount = 300, kAhead = 5;
  std::vector<std::size_t> places(kAhead), seen;
  std::atomic<std::size_t> finished{0};
  for_each_in_order(
      kCount, 3, kAhead, [] { return true; },
      [&](std::size_t i) {
        EXPECT_LE(i, finished + kAhead);
        places[i % kAhead] = i;
      },
      [&](std::size_t i) {
        EXPECT_EQ(places[i % kAhead], i);
        seen.push_back(i);
        ++finished;
      });
  std::vector<std::size_t> all(kCount);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(seen, all);
}

TEST(Parallel, BeginsNothingMoreWhenToldSo) {
  std::size_t done = 0;
  for_each_in_order(
      100, 2, 4, [asked = 0]() mutable { return ++asked <= 10; }, [](std::size_t) {}, [&](std::size_t) { ++done; });
  EXPECT_EQ(done, 10u);
}
