// ITK's own filters: what they give, and that --as itk gives the same.
#include <gtest/gtest.h>
#include <itkHausdorffDistanceImageFilter.h>
#include <itkImage.h>
#include <itkLabelOverlapMeasuresImageFilter.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "shapes.h"

namespace coopseg::metric {
namespace {

using test::Pair;
using test::shape;
using test::value;

using ItkMask = itk::Image<unsigned char, 3>;

ItkMask::Pointer to_itk(const Mask& mask) {
  auto image = ItkMask::New();
  ItkMask::SizeType size;
  ItkMask::SpacingType spacing;
  for (unsigned a = 0; a < 3; ++a) size[a] = mask.grid.size[a], spacing[a] = mask.grid.spacing_mm[a];
  image->SetRegions(size);
  image->SetSpacing(spacing);
  image->Allocate();
  std::copy(mask.voxels.begin(), mask.voxels.end(), image->GetBufferPointer());
  return image;
}

struct Hausdorff {
  double distance, average;
};

Hausdorff hausdorff_by_itk(const Pair& p) {
  auto filter = itk::HausdorffDistanceImageFilter<ItkMask, ItkMask>::New();
  filter->SetInput1(to_itk(p.reference));
  filter->SetInput2(to_itk(p.prediction));
  filter->SetUseImageSpacing(true);
  filter->Update();
  return {filter->GetHausdorffDistance(), filter->GetAverageHausdorffDistance()};
}

double dice_by_itk(const Pair& p) {
  auto filter = itk::LabelOverlapMeasuresImageFilter<ItkMask>::New();
  filter->SetSourceImage(to_itk(p.prediction));
  filter->SetTargetImage(to_itk(p.reference));
  filter->Update();
  return filter->GetDiceCoefficient();
}

TEST(Itk, AveragesOverWholeObjectsToThePublishedNumbers) {
  const std::pair<char, double> published[] = {{'A', 2},      {'B', 0.4268}, {'D', 0.5657}, {'E', 0.1818},
                                               {'F', 0.8333}, {'G', 0.0443}, {'H', 0.4}};
  for (const auto& [letter, average] : published) {
    const Pair p = shape(letter);
    EXPECT_NEAR(hausdorff_by_itk(p).average, average, 0.5001e-4) << letter;
    EXPECT_NEAR(value(score(p.reference, p.prediction, Definition::of(Tool::itk)), Metric::masd), average, 0.5001e-4)
        << letter;
  }
}

TEST(Itk, FiltersGiveWhatAsItkGives) {
  for (char letter = 'A'; letter <= 'H'; ++letter) {
    const Pair p = shape(letter);
    const Score s = score(p.reference, p.prediction, Definition::of(Tool::itk));
    const Hausdorff itk = hausdorff_by_itk(p);
    EXPECT_NEAR(value(s, Metric::hd), itk.distance, 1e-9) << letter;
    EXPECT_NEAR(value(s, Metric::masd), itk.average, 1e-9) << letter;
    EXPECT_NEAR(value(s, Metric::dice), dice_by_itk(p), 1e-12) << letter;
  }
}

// A disc inside a ring: the middle of the disc is farther from the ring than any point of its edge.
TEST(Itk, HausdorffDistanceIsThatOfWholeObjectsToo) {
  Pair p{test::empty_mask({41, 41}), test::empty_mask({41, 41})};
  for (std::size_t j = 0; j < 41; ++j)
    for (std::size_t i = 0; i < 41; ++i) {
      const double r = std::hypot(double(i) - 20, double(j) - 20);
      p.reference.at(i, j, 0) = r <= 8;
      p.prediction.at(i, j, 0) = r > 10 && r <= 12;
    }
  const double itk = hausdorff_by_itk(p).distance;
  EXPECT_GT(itk, value(score(p.reference, p.prediction, Definition{}), Metric::hd) + 2);
  EXPECT_NEAR(value(score(p.reference, p.prediction, Definition::of(Tool::itk)), Metric::hd), itk, 1e-9);
}

TEST(Itk, ThrowsOnAnEmptyMaskAndGivesAnInfiniteDiceForTwo) {
  const Definition as_itk = Definition::of(Tool::itk);
  Pair p = shape('B');
  const Mask nothing = test::empty_mask({14, 14});
  for (const Pair& empty : {Pair{nothing, p.prediction}, Pair{p.reference, nothing}, Pair{nothing, nothing}}) {
    EXPECT_THROW(hausdorff_by_itk(empty), itk::ExceptionObject);
    const Score s = score(empty.reference, empty.prediction, as_itk);
    for (Metric m : {Metric::hd, Metric::masd}) {
      EXPECT_FALSE(s[m].number);
      EXPECT_EQ(s[m].reason, "itk-raises");
    }
    EXPECT_EQ(value(s, Metric::dice), dice_by_itk(empty));
  }
  EXPECT_TRUE(std::isinf(dice_by_itk({nothing, nothing})));
}

}  // namespace
}  // namespace coopseg::metric
