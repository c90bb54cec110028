#include "coopseg/dataset/elastic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coopseg/dataset/spline.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

Field formula_field(std::size_t rows, std::size_t columns, std::uint32_t stream) {
  Field f(rows, columns);
  for (std::size_t i = 0; i < f.values.size(); ++i)
    f.values[i] = 2 * test::formula_uniform(stream, static_cast<std::uint32_t>(i)) - 1;
  return f;
}

// The definition, word for word.
double brute_force_smooth(const Field& f, double sigma, int row, int column) {
  const int radius = static_cast<int>(4 * sigma + 0.5);
  double total = 0, sum = 0;
  for (int i = -radius; i <= radius; ++i) total += std::exp(-0.5 * i * i / (sigma * sigma));
  for (int i = -radius; i <= radius; ++i)
    for (int j = -radius; j <= radius; ++j) {
      const int r = row + i, c = column + j;
      if (r < 0 || c < 0 || r >= static_cast<int>(f.rows) || c >= static_cast<int>(f.columns)) continue;
      sum += std::exp(-0.5 * (i * i + j * j) / (sigma * sigma)) *
             f.at(static_cast<std::size_t>(r), static_cast<std::size_t>(c));
    }
  return sum / (total * total);
}

TEST(SmoothGaussian, AgreesWithTheDefinitionInEveryWindow) {
  const Field noise = formula_field(29, 34, 700);
  for (const double sigma : {0.1, 0.9, 3.3, 12.0})
    for (const Rectangle window :
         {Rectangle{0, 0, 29, 34}, Rectangle{3, 5, 20, 21}, Rectangle{28, 33, 1, 1}, Rectangle{1, 0, 9, 1}}) {
      const Field smooth = smooth_gaussian(noise, sigma, window);
      ASSERT_EQ(smooth.rows, window.rows);
      ASSERT_EQ(smooth.columns, window.columns);
      for (std::size_t r = 0; r < window.rows; ++r)
        for (std::size_t c = 0; c < window.columns; ++c)
          ASSERT_NEAR(smooth.at(r, c),
                      brute_force_smooth(noise, sigma, static_cast<int>(window.row + r),
                                         static_cast<int>(window.column + c)),
                      1e-12)
              << sigma << " at " << r << ", " << c;
    }
}

TEST(CubicSpline, PassesThroughItsValues) {
  for (const auto outside : {CubicSpline::Outside::reflect, CubicSpline::Outside::repeat})
    for (const std::size_t rows : {1u, 2u, 3u, 90u}) {
      const Field f = formula_field(rows, 17, 701);
      const CubicSpline spline(f, outside);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < 17; ++c)
          ASSERT_NEAR(spline.at(static_cast<double>(r), static_cast<double>(c)), f.at(r, c), 1e-12);
    }
}

// Far from the border a cubic spline is exact for cubic polynomials.
TEST(CubicSpline, ReproducesACubic) {
  const auto cubic = [](double r, double c) {
    return 1 + r * 0.3 - r * r * 0.02 + r * r * r * 1e-3 + c * c * c * 2e-4;
  };
  Field f(60, 60);
  for (std::size_t r = 0; r < 60; ++r)
    for (std::size_t c = 0; c < 60; ++c) f.at(r, c) = cubic(static_cast<double>(r), static_cast<double>(c));
  const CubicSpline spline(f, CubicSpline::Outside::reflect);
  for (const double r : {29.1, 30.5, 31.99})
    for (const double c : {28.7, 30.0, 30.25}) EXPECT_NEAR(spline.at(r, c), cubic(r, c), 1e-10);
}

TEST(CubicSpline, ReflectsAboutHalfASampleBeyondTheEdge) {
  const CubicSpline spline(formula_field(9, 8, 702), CubicSpline::Outside::reflect);
  for (const double t : {0.2, 1.7, 8.4, 40.3}) {
    EXPECT_NEAR(spline.at(-0.5 - t, 3.3), spline.at(-0.5 + t, 3.3), 1e-12);
    EXPECT_NEAR(spline.at(2.2, 7.5 + t), spline.at(2.2, 7.5 - t), 1e-12);
  }
}

TEST(CubicSpline, RepeatsTheEdge) {
  const Field f = formula_field(9, 8, 703);
  const CubicSpline spline(f, CubicSpline::Outside::repeat);
  EXPECT_NEAR(spline.at(-8, 3), f.at(0, 3), 1e-6);
  EXPECT_NEAR(spline.at(1000, 3), f.at(8, 3), 1e-6);
  EXPECT_NEAR(spline.at(-30, -30), f.at(0, 0), 1e-6);
}

// Reading only the neighbourhood of a class must not change what the whole indicator's spline says.
TEST(Deform, GivesTheClassesThatTheWholeIndicatorsGive) {
  constexpr std::size_t kRows = 70, kColumns = 61;
  Slice slice{ImagePlane(kRows, kColumns), LabelPlane(kRows, kColumns)};
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t c = 0; c < kColumns; ++c) {
      const std::size_t i = r * kColumns + c;
      slice.image.at(r, c) = static_cast<float>(test::formula_uniform(704, static_cast<std::uint32_t>(i)));
      const double d = std::hypot(static_cast<double>(r) - 33, static_cast<double>(c) - 30);
      slice.label.at(r, c) = d < 8 ? 1 : d < 12 ? 2 : c < 3 ? 7 : r > 66 ? 5 : 0;
    }
  const Rectangle window{4, 3, 60, 55}, whole{0, 0, kRows, kColumns};
  for (const double alpha : {0.0, 300.0, 2000.0}) {
    const Displacement full = elastic_displacement(formula_field(kRows, kColumns, 705),
                                                   formula_field(kRows, kColumns, 706), alpha, 9, whole);
    const Displacement part = elastic_displacement(formula_field(kRows, kColumns, 705),
                                                   formula_field(kRows, kColumns, 706), alpha, 9, window);
    const Slice bent = deform(slice, full, whole), bent_part = deform(slice, part, window);
    LabelPlane expected(kRows, kColumns);
    for (const std::uint8_t index : {1, 2, 5, 7}) {
      Field indicator(kRows, kColumns);
      for (std::size_t i = 0; i < indicator.values.size(); ++i) indicator.values[i] = slice.label.values[i] == index;
      const CubicSpline spline(indicator, CubicSpline::Outside::repeat);
      for (std::size_t r = 0; r < kRows; ++r)
        for (std::size_t c = 0; c < kColumns; ++c)
          if (spline.at(static_cast<double>(r) + full.rows.at(r, c),
                        static_cast<double>(c) + full.columns.at(r, c)) >= 0.5)
            expected.at(r, c) = index;
    }
    EXPECT_EQ(bent.label.values, expected.values) << "alpha " << alpha;
    for (std::size_t r = 0; r < window.rows; ++r)
      for (std::size_t c = 0; c < window.columns; ++c) {
        ASSERT_EQ(bent_part.label.at(r, c), bent.label.at(window.row + r, window.column + c));
        ASSERT_NEAR(bent_part.image.at(r, c), bent.image.at(window.row + r, window.column + c), 1e-6);
      }
    if (alpha == 0) {
      EXPECT_EQ(bent.label.values, slice.label.values);
    }
  }
}

}  // namespace
}  // namespace coopseg::dataset
