// Files damaged at random: each is refused with an error of ours, or read as a volume that is whole.
#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/random.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

std::string damaged(core::RandomStream& draw, bool packed) {
  test::NiftiMaker maker;
  maker.swapped = draw.chance(0.25);
  if (maker.swapped) maker.set(std::vector<float>(24, 2), 16);
  if (draw.chance(0.5)) {
    maker.qform_code = static_cast<std::int16_t>(draw.below(2));
    maker.sform_code = static_cast<std::int16_t>(draw.below(2));
  }
  std::string bytes = maker.bytes();
  for (std::uint64_t hits = draw.below(5); hits > 0; --hits) {
    // Mostly where sizes, types and geometry stand.
    const std::size_t place = draw.chance(0.3)   ? draw.below(bytes.size())
                              : draw.chance(0.5) ? 40 + draw.below(84)
                                                 : 252 + draw.below(96);
    bytes[place] = static_cast<char>(draw.below(256));
  }
  if (draw.chance(0.2)) bytes.resize(draw.below(bytes.size()));
  if (!packed) return bytes;
  bytes = test::gzip(bytes);
  if (draw.chance(0.3)) bytes[draw.below(bytes.size())] = static_cast<char>(draw.below(256));
  if (draw.chance(0.2)) bytes.resize(draw.below(bytes.size()));
  if (draw.chance(0.1)) bytes += test::gzip("more");
  return bytes;
}

void expect_whole(const Image& image) {
  ASSERT_EQ(image.voxels.size(), image.grid.voxels());
  for (const float value : image.voxels) ASSERT_TRUE(std::isfinite(value));
  for (const double spacing : image.grid.spacing_mm) ASSERT_GT(spacing, 0);
  for (const double value : image.grid.direction) ASSERT_TRUE(std::isfinite(value));
  for (const double value : image.grid.origin_mm) ASSERT_TRUE(std::isfinite(value));
}

TEST(DamagedNifti, IsRefusedOrWhole) {
  test::ScratchFolder folder;
  core::RandomStream draw(0, {"damaged NIfTI"});
  std::size_t read = 0, refused = 0;
  for (int n = 0; n < 800; ++n) {
    const bool packed = draw.chance(0.5);
    const auto file = folder / (packed ? "a.nii.gz" : "a.nii");
    test::save(file, damaged(draw, packed));
    ReadOptions options;
    options.quiet = true;
    options.geometry = static_cast<GeometryRule>(draw.below(4));
    try {
      const Image image = read_image(file, options);
      expect_whole(image);
      EXPECT_EQ(inspect_nifti(file, options.geometry).non_finite, 0u);
      EXPECT_EQ(grid_difference(read_nifti_header(file, options.geometry).grid, image.grid, 0), "");
      // What was read can be written, and is the same again.
      write_image(folder / "b.nii", image, {core::Overwrite::yes});
      const Image again = read_image(folder / "b.nii");
      EXPECT_EQ(again.voxels, image.voxels);
      EXPECT_EQ(grid_difference(again.grid, image.grid), "");
      ++read;
    } catch (const core::DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 100u);
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace coopseg::image
