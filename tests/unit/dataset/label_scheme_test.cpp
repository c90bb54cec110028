#include "coopseg/dataset/label_scheme.h"

#include <gtest/gtest.h>

#include "coopseg/core/error.h"

namespace coopseg::dataset {
namespace {

using core::LabelNames;
using core::UsageError;

TEST(LabelScheme, IsReadFromTextAndRefusedWhenItMakesNoSense) {
  EXPECT_EQ(parse_label_names("LV:1,MYO:2"), (LabelNames{{"LV", 1}, {"MYO", 2}}));
  EXPECT_EQ(parse_label_names("acdc"), (LabelNames{{"RV", 1}, {"MYO", 2}, {"LV", 3}}));
  for (const char* ours : {"mnms", "coopseg"}) {
    EXPECT_EQ(parse_label_names(ours), (LabelNames{{"LV", 1}, {"MYO", 2}, {"RV", 3}}));
  }
  // As nnU-Net's users write it.
  EXPECT_EQ(parse_label_names("background:0,LV:1,MYO:2"), (LabelNames{{"LV", 1}, {"MYO", 2}}));
  for (const char* bad : {"", "background:0", "LV", "LV:", ":1", "LV:x", "LV:1,MYO:1", "LV:1,LV:2", "LV:0", "LV:1x"}) {
    EXPECT_THROW(parse_label_names(bad), UsageError) << bad;
  }
}

}  // namespace
}  // namespace coopseg::dataset
