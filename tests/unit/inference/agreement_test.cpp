#include "coopseg/inference/agreement.h"

#include <gtest/gtest.h>

namespace coopseg::inference {
namespace {

image::LabelMap row(const std::vector<std::int32_t>& values) {
  image::Grid grid;
  grid.size = {values.size(), 1, 1};
  image::LabelMap labels(grid);
  labels.voxels = values;
  return labels;
}

TEST(Agreement, IsTheDiceOfEachClass) {
  const Agreement found = agreement_of({row({0, 1, 1, 2}), row({0, 1, 2, 2})}, 4);
  ASSERT_EQ(found.dice.size(), 3u);
  EXPECT_DOUBLE_EQ(*found.dice[0], 2.0 / 3);
  EXPECT_DOUBLE_EQ(*found.dice[1], 2.0 / 3);
  EXPECT_FALSE(found.dice[2]);
  EXPECT_DOUBLE_EQ(found.mean(), 4.0 / 9) << "the class that neither found counts 0";
  EXPECT_EQ(core::to_line(to_json(found, {{"LV", 1}, {"MYO", 2}, {"RV", 3}})).substr(0, 7), "{\"LV\":0");
}

// Three maps: two that are empty agree on nothing, and their pair has no say.
TEST(Agreement, OfSeveralIsTheMeanOverThePairsThatFoundSomething) {
  const Agreement found = agreement_of({row({1, 1, 0}), row({0, 0, 0}), row({0, 0, 0})}, 2);
  EXPECT_EQ(found.dice[0], 0.0);
  const Agreement other = agreement_of({row({1, 1, 0}), row({1, 0, 0}), row({1, 1, 0})}, 2);
  EXPECT_DOUBLE_EQ(*other.dice[0], (2.0 / 3 + 1 + 2.0 / 3) / 3);
}

TEST(Agreement, IsLowWhereSomethingWasFoundByNone) {
  const Agreement nothing = agreement_of({row({0, 0}), row({0, 0})}, 3);
  EXPECT_EQ(nothing.mean(), 0);
  EXPECT_TRUE(nothing.below(1e-9));
  const Agreement half = agreement_of({row({1, 0}), row({1, 0})}, 3);
  EXPECT_FALSE(half.below(0.5));
  EXPECT_TRUE(half.below(0.51));
  const Agreement full = agreement_of({row({1, 1}), row({1, 1})}, 2);
  EXPECT_FALSE(full.below(1));
  EXPECT_TRUE(agreement_of({row({1, 1, 1}), row({1, 1, 0})}, 2).below(0.81));
  EXPECT_FALSE(agreement_of({row({1, 1, 1}), row({1, 1, 0})}, 2).below(0.8));
}

TEST(Agreement, ComesBackFromJson) {
  const core::LabelNames classes{{"LV", 1}, {"MYO", 2}};
  const Agreement found = agreement_of({row({1, 1, 0}), row({1, 0, 0})}, 3);
  const auto back = agreement_from_json(core::Json::parse(core::to_line(to_json(found, classes))), classes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->dice, found.dice);
  for (const char* odd : {"null", "[]", "{}", R"({"LV":0.5})", R"({"LV":0.5,"RV":0.5})", R"({"LV":0.5,"MYO":"all"})",
                          R"({"LV":0.5,"MYO":null,"RV":1})", R"({"LV":0.5,"MYO":1.5})", R"({"LV":-1,"MYO":1})"})
    EXPECT_FALSE(agreement_from_json(core::Json::parse(odd), classes)) << odd;
}

}  // namespace
}  // namespace coopseg::inference
