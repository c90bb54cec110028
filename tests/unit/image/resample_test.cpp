#include "coopseg/image/resample.h"

#include <gmock/gmock.h>
#include <itkImage.h>
#include <itkLinearInterpolateImageFunction.h>
#include <itkNearestNeighborInterpolateImageFunction.h>
#include <itkResampleImageFilter.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/threads.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

using ItkImage = itk::Image<float, 3>;

Image filled(const Grid& grid) {
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    image.voxels[v] = static_cast<float>(test::formula_uniform(4, static_cast<std::uint32_t>(v)));
  }
  return image;
}

void take_geometry(const Grid& grid, ItkImage::SizeType& size, ItkImage::DirectionType& direction) {
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = grid.size[a];
    for (unsigned b = 0; b < 3; ++b) direction(a, b) = grid.direction[a * 3 + b];
  }
}

std::vector<float> by_itk(const Image& image, const Grid& target, bool linear) {
  ItkImage::SizeType size;
  ItkImage::DirectionType direction;
  take_geometry(image.grid, size, direction);
  auto input = ItkImage::New();
  input->SetRegions(ItkImage::RegionType(size));
  input->SetSpacing(image.grid.spacing_mm.data());
  input->SetOrigin(image.grid.origin_mm.data());
  input->SetDirection(direction);
  input->Allocate();
  std::copy(image.voxels.begin(), image.voxels.end(), input->GetBufferPointer());
  take_geometry(target, size, direction);
  auto filter = itk::ResampleImageFilter<ItkImage, ItkImage>::New();
  filter->SetInput(input);
  filter->SetSize(size);
  filter->SetOutputSpacing(target.spacing_mm.data());
  filter->SetOutputOrigin(target.origin_mm.data());
  filter->SetOutputDirection(direction);
  filter->SetDefaultPixelValue(0);
  if (linear) {
    filter->SetInterpolator(itk::LinearInterpolateImageFunction<ItkImage, double>::New());
  } else {
    filter->SetInterpolator(itk::NearestNeighborInterpolateImageFunction<ItkImage, double>::New());
  }
  filter->Update();
  const float* voxels = filter->GetOutput()->GetBufferPointer();
  return {voxels, voxels + target.voxels()};
}

Grid stack() {
  Grid grid;
  grid.size = {31, 24, 5};
  grid.spacing_mm = {1.82, 1.79, 9.3};
  grid.origin_mm = {-31.7, 12.3, 5};
  grid.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1};
  return grid;
}

TEST(WithInplaneSpacing, RoundsTheSizeHalfToEven) {
  Grid grid;
  grid.size = {10, 9, 7};
  grid.spacing_mm = {1.25, 1.5, 10};
  grid.origin_mm = {1, 2, 3};
  const Grid result = with_inplane_spacing(grid, {1, 1});
  EXPECT_EQ(result.size, (std::array<std::size_t, 3>{12, 14, 7}));  // 12.5 and 13.5
  EXPECT_THAT(result.spacing_mm, testing::ElementsAre(1, 1, 10));
  EXPECT_EQ(result.origin_mm, grid.origin_mm);
  EXPECT_EQ(with_inplane_spacing(grid, {0, -1}).size, grid.size);
  EXPECT_EQ(with_inplane_spacing(grid, {1000, 1}).size[0], 1u);
  EXPECT_THROW(with_inplane_spacing(grid, {1e-6, 1}), core::DataError);
}

TEST(WithInplaneSpacing, KeepsASpacingThatCameThroughAFile) {
  Grid grid;
  grid.size = {100, 100, 3};
  grid.spacing_mm = {static_cast<double>(1.36719f), static_cast<double>(1.36719f), 10};
  const Grid result = with_inplane_spacing(grid, {1.36719, 1.36719});
  EXPECT_EQ(result.spacing_mm, grid.spacing_mm);
  EXPECT_EQ(result.size, grid.size);
}

TEST(Resample, AgreesWithItkInThePlane) {
  const Image image = filled(stack());
  for (const double spacing : {1.36719, 2.9, 0.7}) {
    const Grid target = with_inplane_spacing(image.grid, {spacing, spacing});
    const auto expected = by_itk(image, target, true);
    const Image found = resample(image, target, Interpolation::linear);
    std::size_t outside = 0;
    for (std::size_t v = 0; v < expected.size(); ++v) {
      ASSERT_NEAR(found.voxels[v], expected[v], 1e-6) << "spacing " << spacing << ", voxel " << v;
      outside += expected[v] == 0;
    }
    EXPECT_LT(outside, expected.size() / 10);
    EXPECT_EQ(resample(image, target, Interpolation::nearest).voxels, by_itk(image, target, false));
  }
}

TEST(Resample, AgreesWithItkBeyondTheBorderAndAcrossDirections) {
  const Image image = filled(stack());
  Grid target = stack();
  target.size = {40, 37, 9};
  target.spacing_mm = {1.61, 1.33, 5.17};
  target.origin_mm = {-35.123, 5.456, 1.789};
  target.direction = {0.96, -0.28, 0, 0.28, 0.96, 0, 0, 0, 1};
  const auto linear = by_itk(image, target, true);
  const auto nearest = by_itk(image, target, false);
  const Image found = resample(image, target, Interpolation::linear);
  for (std::size_t v = 0; v < linear.size(); ++v) ASSERT_NEAR(found.voxels[v], linear[v], 2e-6) << "voxel " << v;
  EXPECT_EQ(resample(image, target, Interpolation::nearest).voxels, nearest);
  EXPECT_GT(std::count(linear.begin(), linear.end(), 0.0f), 100);
  EXPECT_LT(std::count(linear.begin(), linear.end(), 0.0f), static_cast<long>(linear.size()) / 2);
}

// By hand: a ramp of 0 to 3, sampled at thirds; the buffer ends half a voxel beyond its last centre.
TEST(Resample, RampByHand) {
  Grid grid;
  grid.size = {4, 1, 1};
  Image ramp(grid);
  ramp.voxels = {0, 1, 2, 3};
  Grid target = grid;
  target.size = {7, 1, 1};
  target.spacing_mm[0] = 0.6;
  const Image found = resample(ramp, target, Interpolation::linear);
  EXPECT_THAT(found.voxels, testing::Pointwise(testing::FloatNear(1e-6f), {0.f, 0.6f, 1.2f, 1.8f, 2.4f, 3.f, 0.f}));
  target.spacing_mm[0] = 0.55;
  EXPECT_FLOAT_EQ(resample(ramp, target, Interpolation::linear).voxels[6], 3.0f);  // 3.3: the border's value
  target.size[0] = 8;
  target.spacing_mm[0] = 0.5;
  EXPECT_EQ(resample(ramp, target, Interpolation::linear).voxels[7], 3);  // 3.5: on the border
  target.origin_mm[0] = -0.5;
  EXPECT_EQ(resample(ramp, target, Interpolation::nearest).voxels[0], 0);
  target.origin_mm[0] = -0.5 - 1e-5;  // as 32-bit numbers have it
  LabelMap labels(grid, 4);
  EXPECT_EQ(resample(labels, target).voxels[0], 4);
  target.origin_mm[0] = -0.51;
  EXPECT_EQ(resample(labels, target).voxels[0], 0);
}

TEST(Resample, TheSameGridChangesNothing) {
  const Image image = filled(stack());
  EXPECT_EQ(resample(image, image.grid, Interpolation::linear).voxels, image.voxels);
  EXPECT_EQ(resample(image, image.grid, Interpolation::nearest).voxels, image.voxels);
  LabelMap labels(stack());
  for (std::size_t v = 0; v < labels.voxels.size(); ++v) labels.voxels[v] = static_cast<std::int32_t>(v % 5);
  EXPECT_EQ(resample(labels, labels.grid).voxels, labels.voxels);
}

TEST(Resample, ThreadsDoNotChangeTheResult) {
  const Image image = filled(stack());
  const Grid target = with_inplane_spacing(image.grid, {1.1, 1.2});
  std::vector<float> one, four;
  {
    core::ThreadLimit limit(1);
    one = resample(image, target, Interpolation::linear).voxels;
  }
  {
    core::ThreadLimit limit(4);
    four = resample(image, target, Interpolation::linear).voxels;
  }
  EXPECT_EQ(one, four);
}

}  // namespace
}  // namespace coopseg::image
