#include "coopseg/image/labels.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"

namespace coopseg::image {
namespace {

using testing::ElementsAre;

LabelMap map_of(std::vector<std::int32_t> values) {
  Grid grid;
  grid.size = {values.size(), 1, 1};
  LabelMap labels(grid);
  labels.voxels = std::move(values);
  return labels;
}

TEST(Remap, IsParsed) {
  EXPECT_EQ(parse_remap("3:1,2:2,1:3"), (Remap{{3, 1}, {2, 2}, {1, 3}}));
  EXPECT_EQ(parse_remap("-1:0"), (Remap{{-1, 0}}));
  for (const char* wrong :
       {"", "3", "3:", ":1", "3:1,", "3:1,3:2", "a:1", "3:1.5", "3:1 ,2:2", "99999999999:1", "1:2:3"}) {
    EXPECT_THROW(parse_remap(wrong), core::UsageError) << wrong;
  }
}

TEST(Remap, IsAppliedAtOnceAndKeepsOthers) {
  LabelMap labels = map_of({0, 1, 1, 2, 3, 7, 1, 0});
  apply({{3, 1}, {1, 3}}, labels);
  EXPECT_THAT(labels.voxels, ElementsAre(0, 3, 3, 2, 1, 7, 3, 0));
  apply({{0, 9}}, labels);
  EXPECT_THAT(labels.voxels, ElementsAre(9, 3, 3, 2, 1, 7, 3, 9));
}

TEST(Remap, ByName) {
  const core::LabelNames acdc{{"RV", 1}, {"MYO", 2}, {"LV", 3}}, ours{{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  EXPECT_EQ(remap_by_name(acdc, ours, "x"), (Remap{{1, 3}, {2, 2}, {3, 1}}));
  EXPECT_THAT(
      [&] {
        remap_by_name({{"scar", 4}}, ours, "case 7");
      },
      testing::ThrowsMessage<core::DataError>(testing::HasSubstr("label scar (4)")));
}

TEST(Labels, ValuesPresent) {
  EXPECT_THAT(values_of(map_of({0, 0, 3, 3, 0, -2})), ElementsAre(-2, 0, 3));
  EXPECT_THAT(values_of(map_of({5})), ElementsAre(5));
}

}  // namespace
}  // namespace coopseg::image
