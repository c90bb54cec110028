#include "coopseg/image/image_name.h"

#include <gtest/gtest.h>

namespace coopseg::image {
namespace {

TEST(ImageName, OfEveryFormat) {
  for (const char* name : {"a.nii.gz", "a.nii", "p1/a.b.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.hdr", "a.hdr.gz"})
    EXPECT_TRUE(is_image_name(name)) << name;
  for (const char* name : {"a.raw", "a.img", "a.json", "a.gz", ".nii", "p1/.nii.gz", "nii", "a.nii.gz.part", ""})
    EXPECT_FALSE(is_image_name(name)) << name;
}

TEST(ImageName, WithoutItsEnding) {
  EXPECT_EQ(without_image_suffix("p1/ED_img.nii.gz"), "p1/ED_img");
  EXPECT_EQ(without_image_suffix("a.b.mhd"), "a.b");
  EXPECT_EQ(without_image_suffix("a.img.gz"), "a");
  EXPECT_EQ(without_image_suffix("a.hdr"), "a");
  EXPECT_EQ(without_image_suffix("a.png"), "a.png");
  EXPECT_EQ(without_image_suffix("p1/.nii"), "p1/.nii");
}

TEST(ImageName, EndsBehindSomething) {
  EXPECT_TRUE(has_ending("p1/a.nii.gz", ".gz"));
  EXPECT_FALSE(has_ending("p1/a.nii.gz", ".nii"));
  for (const char* name : {".gz", "p1/.gz", "gz", ""}) EXPECT_FALSE(has_ending(name, ".gz")) << name;
}

}  // namespace
}  // namespace coopseg::image
