#include "coopseg/core/numbers.h"

#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "coopseg/core/memory.h"
#include "coopseg/core/text.h"

namespace coopseg::core {
namespace {

// Of an image that is mostly background a message once named sixty slices one by one.
TEST(Ranges, AreThreeNumbersAndMoreThatFollowEachOther) {
  EXPECT_EQ(ranges({}), "");
  EXPECT_EQ(ranges({4}), "4");
  EXPECT_EQ(ranges({3, 4, 6}), "3, 4, 6");
  EXPECT_EQ(ranges({0, 3, 4, 5, 7, 9, 10, 11, 12}), "0, 3-5, 7, 9-12");
}

using Sides = std::array<std::size_t, 3>;

TEST(Numbers, SidesAreThreeOrOneForAll) {
  EXPECT_EQ(parse_sides("112,96,80", "--patch"), (Sides{112, 96, 80}));
  EXPECT_EQ(parse_sides("64", "--patch"), (Sides{64, 64, 64}));
  for (const char* text : {"", "64,", "64,64", "1,2,3,4", "0,1,1", "-1", "4097", "1.5", "a", "1,,1"})
    EXPECT_THROW(parse_sides(text, "--patch"), UsageError) << text;
}

TEST(Numbers, CountsHaveLimits) {
  EXPECT_EQ(parse_count("4", "--n", 1, 4), 4u);
  EXPECT_THROW(parse_count("5", "--n", 1, 4), UsageError);
  EXPECT_THROW(parse_count("0", "--n", 1, 4), UsageError);
}

TEST(Memory, IsThatOfThisProcessAndMachine) {
  EXPECT_GT(resident_bytes(), 0u);
  EXPECT_GE(peak_resident_bytes(), resident_bytes() / 2);
  EXPECT_GT(machine_memory_bytes(), resident_bytes());
  EXPECT_EQ(gigabytes(1'600'000'000), "1.6 GB");
  EXPECT_EQ(gigabytes(50'000'000), "0.05 GB");
}

}  // namespace
}  // namespace coopseg::core
