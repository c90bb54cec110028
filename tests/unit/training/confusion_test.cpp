#include "coopseg/training/confusion.h"

#include <gtest/gtest.h>

namespace coopseg::training {
namespace {

// Rows are the reference: class 0 has 6 pixels, class 1 has 4, class 2 none.
Confusion example() {
  Confusion confusion(3);
  confusion.add({5, 1, 0,  //
                 1, 3, 0,  //
                 0, 0, 0});
  return confusion;
}

TEST(Confusion, GivesIouDiceAndRecallOfAClass) {
  const Confusion confusion = example();
  EXPECT_DOUBLE_EQ(*confusion.iou(0), 5.0 / 7);
  EXPECT_DOUBLE_EQ(*confusion.iou(1), 3.0 / 5);
  EXPECT_DOUBLE_EQ(*confusion.dice(1), 6.0 / 8);
  EXPECT_DOUBLE_EQ(*confusion.recall(1), 3.0 / 4);
  EXPECT_DOUBLE_EQ(*confusion.accuracy(), 8.0 / 10);
}

TEST(Confusion, LeavesClassesOfNeitherSideOutOfTheMean) {
  const Confusion confusion = example();
  EXPECT_FALSE(confusion.iou(2).has_value());
  EXPECT_DOUBLE_EQ(*confusion.mean_iou(), (5.0 / 7 + 3.0 / 5) / 2);
  EXPECT_DOUBLE_EQ(*confusion.mean_recall(), (5.0 / 6 + 3.0 / 4) / 2);
}

TEST(Confusion, CountsAClassThatIsOnlyPredicted) {
  Confusion confusion(2);
  confusion.add({3, 1, 0, 0});
  EXPECT_DOUBLE_EQ(*confusion.iou(1), 0);
  EXPECT_DOUBLE_EQ(*confusion.mean_iou(), 3.0 / 8);
}

TEST(Confusion, IsUndefinedWithoutPixels) {
  const Confusion confusion(4);
  EXPECT_FALSE(confusion.mean_iou().has_value());
  EXPECT_FALSE(confusion.accuracy().has_value());
}

TEST(Confusion, AddsBatches) {
  Confusion twice = example();
  twice.add(example().counts());
  EXPECT_EQ(twice.pixels(), 20);
  EXPECT_EQ(twice.mean_iou(), example().mean_iou());
  twice.clear();
  EXPECT_EQ(twice.pixels(), 0);
}

TEST(PerClass, NamesClassesAndShowsTheUndefinedAsNull) {
  const core::Json json = per_class(example(), {{"LV", 1}, {"RV", 3}}, true, &Confusion::iou);
  EXPECT_EQ(core::to_line(json), R"({"background":0.7142857142857143,"LV":0.6,"RV":null})");
}

}  // namespace
}  // namespace coopseg::training
