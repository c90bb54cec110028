#include <itkBSplineControlPointImageFilter.h>
#include <itkImage.h>
#include <itkMultiThreaderBase.h>
#include <itkN4BiasFieldCorrectionImageFilter.h>
#include <itkOtsuThresholdImageFilter.h>
#include <itkShrinkImageFilter.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "coopseg/core/error.h"
#include "coopseg/image/intensity.h"

namespace coopseg::image {
namespace {

// ITK sums the spline's contributions per work unit: only one work unit gives the same bits everywhere.
void hold_itk_to_one_thread() {
  static std::once_flag done;
  std::call_once(done, [] {
    itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(1);
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(1);
  });
}

// The index space with the spacing is enough: N4 does not look at position or orientation.
template <unsigned Dimension>
typename itk::Image<float, Dimension>::Pointer to_itk(const Image& image) {
  using ItkImage = itk::Image<float, Dimension>;
  auto result = ItkImage::New();
  typename ItkImage::SizeType size;
  typename ItkImage::SpacingType spacing;
  for (unsigned a = 0; a < Dimension; ++a) {
    size[a] = image.grid.size[a];
    spacing[a] = image.grid.spacing_mm[a];
  }
  result->SetRegions(typename ItkImage::RegionType(size));
  result->SetSpacing(spacing);
  result->Allocate();
  std::copy(image.voxels.begin(), image.voxels.end(), result->GetBufferPointer());
  return result;
}

template <unsigned Dimension>
Image correct(const Image& image, unsigned shrink, unsigned levels, unsigned iterations) {
  using ItkImage = itk::Image<float, Dimension>;
  using Mask = itk::Image<unsigned char, Dimension>;
  using N4 = itk::N4BiasFieldCorrectionImageFilter<ItkImage, Mask, ItkImage>;
  const auto full = to_itk<Dimension>(image);

  auto shrinker = itk::ShrinkImageFilter<ItkImage, ItkImage>::New();
  shrinker->SetInput(full);
  for (unsigned a = 0; a < Dimension; ++a) {
    // A short-axis stack has about ten slices, which carry the field along that axis: an axis keeps its voxels where
    // shrinking would leave fewer than eight.
    shrinker->SetShrinkFactor(a, image.grid.size[a] / shrink >= 8 ? shrink : 1);
  }
  shrinker->Update();
  const typename ItkImage::Pointer small = shrinker->GetOutput();

  auto otsu = itk::OtsuThresholdImageFilter<ItkImage, Mask>::New();
  otsu->SetInput(small);
  otsu->SetNumberOfHistogramBins(200);
  otsu->SetInsideValue(0);
  otsu->SetOutsideValue(1);

  auto n4 = N4::New();
  n4->SetInput(small);
  n4->SetMaskImage(otsu->GetOutput());
  n4->SetNumberOfFittingLevels(levels);
  typename N4::VariableSizeArrayType maxima(levels);
  maxima.Fill(iterations);
  n4->SetMaximumNumberOfIterations(maxima);
  n4->SetConvergenceThreshold(0.001);
  n4->Update();

  using Lattice = typename N4::BiasFieldControlPointLatticeType;
  auto spline = itk::BSplineControlPointImageFilter<Lattice, typename N4::ScalarImageType>::New();
  spline->SetInput(n4->GetLogBiasFieldControlPointLattice());
  spline->SetSplineOrder(n4->GetSplineOrder());
  spline->SetSize(full->GetLargestPossibleRegion().GetSize());
  spline->SetOrigin(full->GetOrigin());
  spline->SetDirection(full->GetDirection());
  spline->SetSpacing(full->GetSpacing());
  spline->Update();

  Image result = image;
  const auto* field = spline->GetOutput()->GetBufferPointer();
  for (std::size_t v = 0; v < result.voxels.size(); ++v) {
    result.voxels[v] = static_cast<float>(result.voxels[v] / std::exp(static_cast<double>(field[v][0])));
  }
  return result;
}

}  // namespace

Image correct_bias_n4(const Image& image, unsigned shrink, unsigned levels, unsigned iterations) {
  hold_itk_to_one_thread();
  const auto [low, high] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  if (low == image.voxels.end() || !(*high > 0) || *low == *high) {
    throw core::DataError("", "bias correction needs an image of more than one value, some of them above 0",
                          "leave bias correction out");
  }
  try {
    return image.grid.size[2] > 1 ? correct<3>(image, shrink, levels, iterations)
                                  : correct<2>(image, shrink, levels, iterations);
  } catch (const itk::ExceptionObject& problem) {
    throw core::DataError("", std::string("bias correction (ITK): ") + problem.GetDescription());
  }
}

}  // namespace coopseg::image
