#include "coopseg/dataset/spline.h"

#include <algorithm>
#include <cmath>

namespace coopseg::dataset {
namespace {

const double kPole = std::sqrt(3.0) - 2.0;
constexpr double kGain = 6.0;
constexpr std::size_t kHorizon = 60;  // |pole|^60 is below the last bit of a double
constexpr std::size_t kTaps = 2;      // coefficients that are needed beyond the last place
constexpr std::size_t kRepeat = 12;   // |pole|^12 is 1e-7: further out, the repeated edge is flat

// Where index i of a half-sample symmetric line of n lies within the line.
std::size_t reflected(std::ptrdiff_t i, std::size_t n) {
  const auto period = static_cast<std::ptrdiff_t>(2 * n);
  i = ((i % period) + period) % period;
  return static_cast<std::size_t>(i < static_cast<std::ptrdiff_t>(n) ? i : period - 1 - i);
}

// Turns `count` lines of n values into spline coefficients, in place. Value i of line l lies at
// data[i * step + l * line_step]; lines that lie side by side (line_step 1) are worked on together.
void to_coefficients(double* data, std::size_t n, std::size_t step, std::size_t count, std::size_t line_step) {
  if (n < 2) return;
  const std::size_t horizon = std::min(n, kHorizon);
  const auto row = [&](std::size_t i) { return data + i * step; };
  std::vector<double> start(count, 0.0);
  double power = kPole;
  const double closing = std::pow(kPole, static_cast<double>(n));
  for (std::size_t i = 0; i < horizon; ++i, power *= kPole) {
    const double* near = row(i);
    const double* far = row(n - 1 - i);
    for (std::size_t l = 0; l < count; ++l) start[l] += power * (near[l * line_step] + closing * far[l * line_step]);
  }
  const double scale = 1.0 / (1.0 - closing * closing);
  for (std::size_t l = 0; l < count; ++l) {
    double& first = data[l * line_step];
    first = kGain * (first + scale * start[l]);
  }
  for (std::size_t i = 1; i < n; ++i) {
    double* now = row(i);
    const double* before = row(i - 1);
    for (std::size_t l = 0; l < count; ++l)
      now[l * line_step] = kGain * now[l * line_step] + kPole * before[l * line_step];
  }
  double* last = row(n - 1);
  for (std::size_t l = 0; l < count; ++l) last[l * line_step] *= kPole / (kPole - 1.0);
  for (std::size_t i = n - 1; i-- > 0;) {
    double* now = row(i);
    const double* behind = row(i + 1);
    for (std::size_t l = 0; l < count; ++l)
      now[l * line_step] = kPole * (behind[l * line_step] - now[l * line_step]);
  }
}

void weights(double f, double w[4]) {
  const double g = 1.0 - f;
  w[0] = g * g * g / 6.0;
  w[1] = (3.0 * f * f * f - 6.0 * f * f + 4.0) / 6.0;
  w[2] = (3.0 * g * g * g - 6.0 * g * g + 4.0) / 6.0;
  w[3] = f * f * f / 6.0;
}

}  // namespace

CubicSpline::CubicSpline(const Plane<double>& values, Outside outside)
    : outside_(outside), rows_(values.rows), columns_(values.columns),
      border_(kTaps + (outside == Outside::repeat ? kRepeat : 0)) {
  const std::size_t edge = border_ - kTaps;
  const std::size_t rows = rows_ + 2 * edge, columns = columns_ + 2 * edge;
  Plane<double> signal(rows, columns);
  const auto held = [edge](std::size_t i, std::size_t n) { return i < edge ? 0 : std::min(i - edge, n - 1); };
  for (std::size_t r = 0; r < rows; ++r) {
    const double* from = &values.values[held(r, rows_) * columns_];
    double* to = &signal.values[r * columns];
    for (std::size_t c = 0; c < edge; ++c) to[c] = from[0], to[edge + columns_ + c] = from[columns_ - 1];
    std::copy_n(from, columns_, to + edge);
  }
  to_coefficients(signal.values.data(), rows, columns, columns, 1);
  constexpr std::size_t kTogether = 8;  // the recursion along a row waits for itself: several rows fill the gaps
  for (std::size_t r = 0; r < rows; r += kTogether)
    to_coefficients(&signal.values[r * columns], columns, 1, std::min(kTogether, rows - r), columns);

  coefficients_ = Plane<double>(rows + 2 * kTaps, columns + 2 * kTaps);
  for (std::size_t r = 0; r < coefficients_.rows; ++r) {
    const std::size_t from = reflected(static_cast<std::ptrdiff_t>(r) - static_cast<std::ptrdiff_t>(kTaps), rows);
    double* to = &coefficients_.values[r * coefficients_.columns];
    std::copy_n(&signal.values[from * columns], columns, to + kTaps);
    for (std::size_t c = 0; c < kTaps; ++c) {
      to[c] = signal.at(from, reflected(static_cast<std::ptrdiff_t>(c) - static_cast<std::ptrdiff_t>(kTaps), columns));
      to[kTaps + columns + c] = signal.at(from, reflected(static_cast<std::ptrdiff_t>(columns + c), columns));
    }
  }
}

double CubicSpline::place(double x, std::size_t count) const {
  const double n = static_cast<double>(count), border = static_cast<double>(border_);
  if (outside_ == Outside::repeat) {
    const double reach = static_cast<double>(kRepeat);
    return std::clamp(x, -reach, n - 1.0 + reach) + border;
  }
  if (x < -0.5 || x > n - 0.5) {
    double t = std::fmod(x + 0.5, 2.0 * n);
    if (t < 0) t += 2.0 * n;
    x = (t > n ? 2.0 * n - t : t) - 0.5;
  }
  return x + border;
}

double CubicSpline::at(double row, double column) const {
  const double y = place(row, rows_), x = place(column, columns_);
  const auto i = static_cast<std::size_t>(y), j = static_cast<std::size_t>(x);  // never negative: the border is there
  double wy[4], wx[4];
  weights(y - static_cast<double>(i), wy);
  weights(x - static_cast<double>(j), wx);
  double sum = 0;
  const double* line = &coefficients_.values[(i - 1) * coefficients_.columns + (j - 1)];
  for (int a = 0; a < 4; ++a, line += coefficients_.columns)
    sum += wy[a] * (wx[0] * line[0] + wx[1] * line[1] + wx[2] * line[2] + wx[3] * line[3]);
  return sum;
}

}  // namespace coopseg::dataset
