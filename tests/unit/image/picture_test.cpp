#include "coopseg/image/picture.h"

#include <gmock/gmock.h>
#include <png.h>

#include "coopseg/core/error.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

using testing::ElementsAre;

Image two_by_two() {
  Grid grid;
  grid.size = {2, 2, 1};
  Image image(grid);
  image.voxels = {0, 50, 100, 400};
  return image;
}

TEST(SlicePicture, GreyBetweenLowAndHigh) {
  const Picture picture = slice_picture(two_by_two(), 0, 0, 100);
  EXPECT_EQ(picture.width, 2u);
  EXPECT_THAT(picture.rgb, ElementsAre(0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255));
  EXPECT_THROW(slice_picture(two_by_two(), 1, 0, 1), core::UsageError);
}

TEST(SlicePicture, EnlargesAndBlendsLabels) {
  LabelMap labels(two_by_two().grid);
  labels.voxels = {1, 0, 0, 0};
  const Picture picture = slice_picture(two_by_two(), 0, 0, 100, 3, &labels, 0.5);
  EXPECT_EQ(picture.width, 6u);
  EXPECT_EQ(picture.height, 6u);
  const auto pixel = [&](std::size_t x, std::size_t y) {
    const auto* p = &picture.rgb[(y * 6 + x) * 3];
    return std::array<int, 3>{p[0], p[1], p[2]};
  };
  EXPECT_EQ(pixel(2, 2), (std::array<int, 3>{107, 47, 0}));  // half of 213, 94, 0
  EXPECT_EQ(pixel(3, 0), (std::array<int, 3>{128, 128, 128}));
}

TEST(GridOf, PlacesPicturesAndCaptions) {
  Picture white(20, 10);
  std::fill(white.rgb.begin(), white.rgb.end(), 255);
  const Picture sheet = grid_of({white, white, white}, {"ab", "cd", "ef"}, 2);
  EXPECT_EQ(sheet.width, 4 + 2 * 24u);
  EXPECT_EQ(sheet.height, 4 + 2 * (10 + 10 + 4u));
  const auto red = [&](std::size_t x, std::size_t y) { return sheet.rgb[(y * sheet.width + x) * 3]; };
  EXPECT_EQ(red(4, 14), 255);
  EXPECT_EQ(red(23, 23), 255);
  EXPECT_EQ(red(3, 14), 0);
  EXPECT_EQ(red(28, 14), 255);
  EXPECT_EQ(red(28, 38), 0);  // no fourth picture
  // "b" begins with an upright stroke over its full height.
  for (std::size_t y = 5; y < 12; ++y) EXPECT_EQ(red(10, y), 230);
}

TEST(GridOf, GivesCaptionsRoom) {
  const std::string name = "a method's name";
  const Picture cut = grid_of({Picture(20, 10)}, {name}, 1),
                sheet = grid_of({Picture(20, 10)}, {name}, 1, text_width(15));
  EXPECT_EQ(cut.width, 4 + 24u);
  EXPECT_EQ(sheet.width, 4 + 15 * 6 + 4u);
  EXPECT_NE(std::count(sheet.rgb.begin(), sheet.rgb.end(), 230), std::count(cut.rgb.begin(), cut.rgb.end(), 230));
}

TEST(WritePng, ComesBackThroughLibpng) {
  test::ScratchFolder folder;
  Picture picture(3, 2);
  for (std::size_t b = 0; b < picture.rgb.size(); ++b) picture.rgb[b] = static_cast<std::uint8_t>(b * 11);
  write_png(folder / "a.png", picture, core::Overwrite::no);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&header, (folder / "a.png").c_str()), 0);
  header.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> back(PNG_IMAGE_SIZE(header));
  ASSERT_NE(png_image_finish_read(&header, nullptr, back.data(), 0, nullptr), 0);
  EXPECT_EQ(header.width, 3u);
  EXPECT_EQ(back, picture.rgb);
  write_png(folder / "b.png", picture, core::Overwrite::no);
  EXPECT_EQ(test::slurp(folder / "a.png"), test::slurp(folder / "b.png"));
  EXPECT_ANY_THROW(write_png(folder / "a.png", picture, core::Overwrite::no));
}

}  // namespace
}  // namespace coopseg::image
