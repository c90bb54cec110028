#include "coopseg/dataset/cut_off.h"

#include <gmock/gmock.h>

#include "coopseg/dataset/class_index.h"

namespace coopseg {
namespace {

using dataset::CutOff;
using testing::HasSubstr;

TEST(CutOff, CountsLabelledVoxelsOutsideTheMiddle) {
  dataset::LabelPlane label(5, 4);  // its middle 2 x 2: rows 1 and 2, columns 1 and 2
  label.at(1, 1) = 1;
  label.at(2, 2) = 3;
  label.at(3, 2) = 1;
  label.at(0, 1) = 2;
  label.at(1, 3) = 2;
  label.at(4, 3) = dataset::kIgnoredLabel;
  const CutOff found = dataset::cut_off(label, 2);
  EXPECT_EQ(found.labelled, 5U);
  EXPECT_EQ(found.outside, 3U);
  EXPECT_DOUBLE_EQ(found.share(), 0.6);
}

TEST(CutOff, NothingIsOutsideACropAsLargeAsTheSlice) {
  const dataset::LabelPlane full(5, 4, 1);
  EXPECT_EQ(dataset::cut_off(full, 5).outside, 0U);
  EXPECT_EQ(dataset::cut_off(full, 4).outside, 4U) << "a row";
  EXPECT_EQ(dataset::cut_off(dataset::LabelPlane(5, 4), 1).share(), 0) << "no label, no share";
}

TEST(CutOff, SlicesLieAcrossTheAxisThatIsNamed) {
  image::Grid grid;
  grid.size = {2, 4, 6};
  image::LabelMap labels(grid);
  labels.at(0, 0, 3) = labels.at(1, 2, 2) = 7;
  EXPECT_EQ(dataset::cut_off(labels, 0, 4).outside, 0U) << "rows 0 to 3 and columns 1 to 4";
  EXPECT_EQ(dataset::cut_off(labels, 0, 2).outside, 1U);
  EXPECT_EQ(dataset::cut_off(labels, 0, 2).labelled, 2U);
}

std::string warning_of(const std::vector<std::pair<std::string, CutOff>>& cases) {
  dataset::CutOffs all;
  for (const auto& [name, found] : cases) all.add(name, found);
  testing::internal::CaptureStderr();
  all.warn("the middle", "crop less");
  return testing::internal::GetCapturedStderr();
}

// Of a list of a thousand cases one line tells.
TEST(CutOff, ManyCasesAreToldOfTogether) {
  EXPECT_EQ(warning_of({}), "");
  EXPECT_EQ(warning_of({{"a", {100, 0}}}), "");
  EXPECT_THAT(warning_of({{"a", {8, 1}}}),
              HasSubstr("a: 12.5 % of the labelled voxels lie outside the middle; crop less"));
  EXPECT_THAT(warning_of({{"a", {100, 0}}, {"b", {10, 1}}, {"c", {10, 10}}, {"d", {20, 20}}, {"e", {0, 0}}}),
              HasSubstr("of 3 of 5 cases labelled voxels lie outside the middle (most: 100 % of c); crop less"));
}

}  // namespace
}  // namespace coopseg
