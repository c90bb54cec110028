#include "coopseg/core/terminal.h"

#include <gtest/gtest.h>

namespace coopseg {
namespace {

TEST(Terminal, TextIsCutBetweenCharacters) {
  EXPECT_EQ(core::cut_to_columns("abc", 3), "abc");
  EXPECT_EQ(core::cut_to_columns("abcd", 3), "abc");
  EXPECT_EQ(core::cut_to_columns("\u00e4\u00f6\u00fc\u00df", 3), "\u00e4\u00f6\u00fc");
  EXPECT_EQ(core::cut_to_columns("", 0), "");
  EXPECT_EQ(core::cut_to_columns("a", 0), "");
}

TEST(Terminal, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(core::cut_to_columns("\u5de6\u5fc3\u5ba4 0.8", 5), "\u5de6\u5fc3") << "a half has no room in the fifth";
  EXPECT_EQ(core::cut_to_columns("\u5de6\u5fc3\u5ba4 0.8", 6), "\u5de6\u5fc3\u5ba4");
  EXPECT_EQ(core::cut_to_columns("\U0001FAC0!", 2), "\U0001FAC0");
}

// A case's id is any text: what is not UTF-8 is no reason to stop.
TEST(Terminal, CutsWhatIsNotUtf8) {
  EXPECT_EQ(core::cut_to_columns("\xC3", 1), "\xC3");
  EXPECT_EQ(core::cut_to_columns("\x80\x80\xFF\xFE", 9), "\x80\x80\xFF\xFE");
}

TEST(Terminal, TextIsFoldedBehindCommas) {
  EXPECT_EQ(core::fold_to_columns("loss 0.5, Dice 0.75", 20), "loss 0.5, Dice 0.75");
  EXPECT_EQ(core::fold_to_columns("loss 0.5, Dice 0.75, the end", 20), "loss 0.5,\n  Dice 0.75, the end");
  EXPECT_EQ(core::fold_to_columns("0123456789, 0123456789", 8), "01234567\n  89,\n  012345\n  6789");
  EXPECT_EQ(core::fold_to_columns(", , , , , , , , ", 1), ", , , ,\n  , , ,\n  , ") << "ends, as narrow as it is";
}

}  // namespace
}  // namespace coopseg
