// Cubic interpolating splines of planes (Unser, IEEE Signal Processing Magazine 1999).
//
//   CubicSpline spline(values, CubicSpline::Outside::reflect);
//   double v = spline.at(12.3, 4.56);   // row, column; passes through the values at whole numbers
#pragma once

#include "coopseg/dataset/slices.h"

namespace coopseg::dataset {

class CubicSpline {
 public:
  // What the signal is beyond its border.
  enum class Outside {
    reflect,  // half-sample symmetric: c b a | a b c
    repeat,   // the edge goes on: a a a | a b c
  };
  // Of a plane with at least one row and one column.
  CubicSpline(const Plane<double>& values, Outside outside);
  double at(double row, double column) const;

 private:
  // Turns a coordinate into a place on the axis of coefficients.
  double place(double coordinate, std::size_t count) const;
  Outside outside_;
  std::size_t rows_, columns_;       // of the values
  std::size_t border_;               // coefficients before the first value
  Plane<double> coefficients_;
};

}  // namespace coopseg::dataset
