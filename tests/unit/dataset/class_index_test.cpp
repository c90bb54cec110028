#include "coopseg/dataset/class_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"

namespace coopseg::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const core::LabelNames kAcdc{{"RV", 1}, {"MYO", 2}, {"LV", 3}};
const core::LabelNames kClasses{{"LV", 10}, {"MYO", 20}};

image::LabelMap row(const std::vector<std::int32_t>& values) {
  image::Grid grid;
  grid.size = {values.size(), 1, 1};
  image::LabelMap map(grid);
  map.voxels = values;
  return map;
}

TEST(ClassIndex, GoesByNameWhereNamesAreKnown) {
  image::LabelMap map = row({0, 3, 3, 2, 0});
  to_class_indices(kAcdc, kClasses, map, "seg.nii");
  EXPECT_THAT(map.voxels, ElementsAre(0, 1, 1, 2, 0));
}

TEST(ClassIndex, GoesByTheValuesOfTheClassesWithoutNames) {
  image::LabelMap map = row({20, 0, 10});
  to_class_indices({}, kClasses, map, "seg.nii");
  EXPECT_THAT(map.voxels, ElementsAre(2, 0, 1));
}

TEST(ClassIndex, RefusesAValueThatIsNoneOfTheClassesByItsName) {
  image::LabelMap map = row({0, 1});
  try {
    to_class_indices(kAcdc, kClasses, map, "seg.nii");
    FAIL();
  } catch (const core::DataError& e) {
    EXPECT_THAT(e.what(), HasSubstr("seg.nii: holds label 1 (RV), which is none of the classes LV, MYO"));
  }
}

TEST(ClassIndex, GoesBackToTheValuesOfTheClasses) {
  image::LabelMap map = row({0, 1, 2, 2});
  to_label_values(kClasses, map);
  EXPECT_THAT(map.voxels, ElementsAre(0, 10, 20, 20));
}

TEST(ClassIndex, KnowsTheValueOfAName) {
  EXPECT_EQ(value_of(kAcdc, "LV"), 3);
  EXPECT_FALSE(value_of(kAcdc, "LA"));
  EXPECT_THAT(names_of(kAcdc), ElementsAre("RV", "MYO", "LV"));
}

}  // namespace
}  // namespace coopseg::dataset
