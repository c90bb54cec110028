// A slice made from closed formulas, and what each step makes of it, computed in double precision.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "coopseg/dataset/slices.h"
#include "support/support.h"

namespace coopseg::test {

struct Expected {
  std::size_t rows, columns;
  double mean, norm, least, most;
  std::array<std::size_t, 12> index;  // flat, row-major
  std::array<double, 12> values;
  double tolerance;
};
struct ExpectedLabel {
  std::array<std::size_t, 4> histogram;
  std::uint64_t sum_of_index_times_label;
};

const Expected kSlice{43, 37, 0.49792709598, 20.949114257, 0.11385329813, 0.883235991, {977, 714, 451, 188, 1516,
                                  1253, 990, 727, 464, 201, 1529, 1266}, {0.30371558666, 0.59319478273, 0.39540690184,
                                  0.58557081223, 0.78147429228, 0.37363132834, 0.49213737249, 0.39295309782,
                                  0.64803439379, 0.67010164261, 0.16257455945, 0.58147758245}, 2e-06};
const ExpectedLabel kSliceLabel{{965, 149, 376, 101}, 1116694};
const Expected kPad{46, 46, 0.4167688093, 21.326464878, 0.11385329813, 0.883235991, {977, 730, 483, 236, 2105, 1858,
                                  1611, 1364, 1117, 870, 623, 376}, {0.55364155769, 0.34354642034, 0.25886431336,
                                  0.4723649621, 0.17021685839, 0.64659523964, 0.25348818302, 0.695995152,
                                  0.46248143911, 0.170648247, 0.31886982918, 0.58933883905}, 2e-06};
const ExpectedLabel kPadLabel{{1490, 149, 376, 101}, 1501286};
const Expected kAffine{43, 37, 0.50045273918, 20.803190787, 0.13783935964, 0.86254910912, {977, 714, 451, 188, 1516,
                                  1253, 990, 727, 464, 201, 1529, 1266}, {0.44055930493, 0.59071482192, 0.25657537613,
                                  0.63984635028, 0.47776314328, 0.34431035905, 0.52762598558, 0.36444504926,
                                  0.64467676797, 0.27378321482, 0.15288193286, 0.63327985342}, 1e-05};
const ExpectedLabel kAffineLabel{{851, 161, 429, 150}, 1215666};
const Expected kRotate135{43, 37, 0.49574347709, 20.665530043, 0.14516666765, 0.85917618417, {977, 714, 451, 188,
                                  1516, 1253, 990, 727, 464, 201, 1529, 1266}, {0.3247840034, 0.4794841076,
                                  0.63387817928, 0.45869560566, 0.56241017766, 0.62883258196, 0.32402129348,
                                  0.56912209502, 0.25199898594, 0.49675272632, 0.14636101985, 0.40527121545}, 1e-05};
const ExpectedLabel kRotate135Label{{884, 148, 376, 183}, 732581};
const Expected kValidate{41, 41, 0.4592800989, 21.274717421, 0.0, 0.999999987, {977, 354, 1412, 789, 166, 1224, 601,
                                  1659, 1036, 413, 1471, 848}, {0.47847849212, 0.36980506052, 0.75918266688,
                                  0.39799135485, 0.3423576046, 0.081781392455, 0.88661002074, 0.41687201923,
                                  0.96350933326, 0.79936309687, 0.59865175735, 0.39108933197}, 2e-06};
const ExpectedLabel kValidateLabel{{1085, 149, 346, 101}, 1086912};
const Expected kTestCrop{40, 40, 0.46044287899, 20.198982213, 0.0, 0.883235991, {977, 678, 379, 80, 1381, 1082, 783,
                                  484, 185, 1486, 1187, 888}, {0.2252304554, 0.53212285042, 0.49386641383, 0.0,
                                  0.67958533764, 0.5378639698, 0.24117179215, 0.74981379509, 0.31119182706,
                                  0.66013681889, 0.52963149548, 0.55417120457}, 2e-06};
const ExpectedLabel kTestCropLabel{{1034, 149, 316, 101}, 963830};
const Expected kTestNormalised{40, 40, 0.52131353758, 22.869292487, 0.0, 1.0, {977, 678, 379, 80, 1381, 1082, 783,
                                  484, 185, 1486, 1187, 888}, {0.25500597541, 0.60246961836, 0.55915567172, 0.0,
                                  0.76942668161, 0.6089697151, 0.27305476068, 0.84893935792, 0.35233146093,
                                  0.74740706404, 0.5996489057, 0.62743277019}, 2e-06};

inline dataset::Slice formula_slice() {
  constexpr std::size_t kRows = 43, kColumns = 37;
  dataset::Slice slice{dataset::ImagePlane(kRows, kColumns), dataset::LabelPlane(kRows, kColumns)};
  for (int r = 0; r < static_cast<int>(kRows); ++r)
    for (int c = 0; c < static_cast<int>(kColumns); ++c) {
      const auto i = static_cast<std::size_t>(r) * kColumns + static_cast<std::size_t>(c);
      slice.image.values[i] = static_cast<float>(0.1 + 0.5 * ((5 * r + 3 * c) % 80) / 80 +
                                                 0.3 * formula_uniform(531, static_cast<std::uint32_t>(i)));
      const int d = (r - 20) * (r - 20) + (c - 17) * (c - 17), e = (r - 22) * (r - 22) + (c - 5) * (c - 5);
      slice.label.values[i] = r >= 39 && c < 30 ? 2 : d < 50 ? 1 : d < 130 ? 2 : e < 60 ? 3 : 0;
    }
  return slice;
}

inline void expect_image(const dataset::ImagePlane& found, const Expected& expected) {
  ASSERT_EQ(found.rows, expected.rows);
  ASSERT_EQ(found.columns, expected.columns);
  double sum = 0, squares = 0, least = INFINITY, most = -INFINITY;
  for (const double v : found.values) {
    sum += v;
    squares += v * v;
    least = std::min(least, v);
    most = std::max(most, v);
  }
  const auto count = static_cast<double>(found.values.size());
  EXPECT_NEAR(sum / count, expected.mean, expected.tolerance);
  EXPECT_NEAR(std::sqrt(squares), expected.norm, expected.tolerance * std::sqrt(count));
  EXPECT_NEAR(least, expected.least, expected.tolerance);
  EXPECT_NEAR(most, expected.most, expected.tolerance);
  for (std::size_t j = 0; j < expected.index.size(); ++j)
    EXPECT_NEAR(found.values.at(expected.index[j]), expected.values[j], expected.tolerance) << "at " << j;
}

inline void expect_label(const dataset::LabelPlane& found, const ExpectedLabel& expected) {
  std::array<std::size_t, 4> histogram{};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    ASSERT_LT(found.values[i], 4);
    ++histogram[found.values[i]];
    sum += i * found.values[i];
  }
  EXPECT_EQ(histogram, expected.histogram);
  EXPECT_EQ(sum, expected.sum_of_index_times_label);
}

}  // namespace coopseg::test
