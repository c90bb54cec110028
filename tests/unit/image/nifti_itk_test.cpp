// The same files through ITK: what we write ITK reads alike, and the other way round.
#include <gmock/gmock.h>
#include <itkImage.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>
#include <itkNiftiImageIO.h>

#include <cmath>

#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

using ItkImage = itk::Image<float, 3>;

// A direction with no special angle; `mirror` turns its third axis round.
std::array<double, 9> turned(double a, double b, double c, bool mirror) {
  const double ca = std::cos(a), sa = std::sin(a), cb = std::cos(b), sb = std::sin(b), cc = std::cos(c),
               sc = std::sin(c);
  std::array<double, 9> m{ca * cb,
                          ca * sb * sc - sa * cc,
                          ca * sb * cc + sa * sc,
                          sa * cb,
                          sa * sb * sc + ca * cc,
                          sa * sb * cc - ca * sc,
                          -sb,
                          cb * sc,
                          cb * cc};
  if (mirror) {
    for (const std::size_t e : {2, 5, 8}) m[e] = -m[e];
  }
  return m;
}

std::vector<Grid> grids() {
  std::vector<Grid> all(1);
  for (int n = 0; n < 6; ++n) {
    Grid grid;
    grid.direction = turned(0.3 + n, -0.7 + 0.4 * n, 1.1 * n, n % 2 == 1);
    grid.spacing_mm = {1.3671875, 1.40625 + n, 9.5};
    grid.origin_mm = {-120.5, 33.25 * n, 7};
    all.push_back(grid);
  }
  for (Grid& grid : all) grid.size = {6, 5, 4};
  return all;
}

Image filled(const Grid& grid) {
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    image.voxels[v] = static_cast<float>(test::formula_uniform(3, static_cast<std::uint32_t>(v)));
  }
  return image;
}

void expect_same_geometry(const ItkImage* itk_image, const Grid& grid) {
  for (unsigned a = 0; a < 3; ++a) {
    EXPECT_EQ(itk_image->GetLargestPossibleRegion().GetSize()[a], grid.size[a]);
    EXPECT_NEAR(itk_image->GetSpacing()[a], grid.spacing_mm[a], 1e-5);
    EXPECT_NEAR(itk_image->GetOrigin()[a], grid.origin_mm[a], 1e-4);
    for (unsigned b = 0; b < 3; ++b) EXPECT_NEAR(itk_image->GetDirection()(a, b), grid.direction[a * 3 + b], 1e-5);
  }
}

TEST(NiftiAndItk, ItkReadsWhatWeWrite) {
  test::ScratchFolder folder;
  for (const Grid& grid : grids()) {
    const Image image = filled(grid);
    for (const char* name : {"a.nii", "b.nii.gz"}) {
      write_image(folder / name, image, {core::Overwrite::yes});
      auto reader = itk::ImageFileReader<ItkImage>::New();
      reader->SetImageIO(itk::NiftiImageIO::New());
      reader->SetFileName((folder / name).string());
      reader->Update();
      expect_same_geometry(reader->GetOutput(), grid);
      const float* voxels = reader->GetOutput()->GetBufferPointer();
      EXPECT_EQ(std::vector<float>(voxels, voxels + image.voxels.size()), image.voxels);
    }
  }
}

TEST(NiftiAndItk, WeReadWhatItkWrites) {
  test::ScratchFolder folder;
  for (const Grid& grid : grids()) {
    const Image image = filled(grid);
    auto itk_image = ItkImage::New();
    ItkImage::SizeType size;
    ItkImage::DirectionType direction;
    for (unsigned a = 0; a < 3; ++a) {
      size[a] = grid.size[a];
      for (unsigned b = 0; b < 3; ++b) direction(a, b) = grid.direction[a * 3 + b];
    }
    itk_image->SetRegions(ItkImage::RegionType(size));
    itk_image->SetSpacing(grid.spacing_mm.data());
    itk_image->SetOrigin(grid.origin_mm.data());
    itk_image->SetDirection(direction);
    itk_image->Allocate();
    std::copy(image.voxels.begin(), image.voxels.end(), itk_image->GetBufferPointer());
    for (const char* name : {"a.nii", "b.nii.gz"}) {
      auto writer = itk::ImageFileWriter<ItkImage>::New();
      writer->SetImageIO(itk::NiftiImageIO::New());
      writer->SetFileName((folder / name).string());
      writer->SetInput(itk_image);
      writer->Update();
      const Image back = read_image(folder / name);
      EXPECT_EQ(back.voxels, image.voxels);
      EXPECT_EQ(grid_difference(back.grid, grid, 1e-5), "");
      EXPECT_TRUE(inspect_nifti(folder / name).warnings.empty());
    }
  }
}

}  // namespace
}  // namespace coopseg::image
