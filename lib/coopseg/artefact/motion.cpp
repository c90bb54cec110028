#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"
#include "coopseg/artefact/trigonometry.h"
#include "coopseg/core/parallel.h"

namespace coopseg::artefact {

namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;  // rows

Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

Vector operator*(const Matrix& a, const Vector& v) {
  Vector c{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k) c[i] += a[i][k] * v[k];
  return c;
}

Matrix inverse(const Matrix& m) {
  Matrix out;
  const auto minor = [&](std::size_t r, std::size_t c) {
    const std::size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  const double determinant = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) out[i][j] = minor(j, i) / determinant;
  return out;
}

// ITK's Euler order: about z, of about x, of about y. TorchIO turns degrees into radians in float32.
Matrix rotation(const Vector& degrees) {
  Vector c, s;
  for (std::size_t a = 0; a < 3; ++a) {
    const double radians = static_cast<float>(degrees[a]) * static_cast<float>(0.017453292519943295);
    cosine_and_sine(radians, c[a], s[a]);
  }
  const Matrix x{{{1, 0, 0}, {0, c[0], -s[0]}, {0, s[0], c[0]}}};
  const Matrix y{{{c[1], 0, s[1]}, {0, 1, 0}, {-s[1], 0, c[1]}}};
  const Matrix z{{{c[2], -s[2], 0}, {s[2], c[2], 0}, {0, 0, 1}}};
  return z * x * y;
}

// Source of voxel (s, h, w): matrix * (s, h, w) + shift.
struct Source {
  Matrix matrix;
  Vector shift;
};

Source source(const image::Grid& grid, const Vector& degrees, const Vector& translation, MotionGeometry geometry) {
  const Matrix turn = rotation(degrees);
  if (geometry == MotionGeometry::voxels) {
    // An identity affine in NIfTI's RAS is diag(-1, -1, 1) in ITK's LPS; axes 0, 1, 2 are ITK's x, y, z.
    const Vector sign{-1, -1, 1};
    Source out;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) out.matrix[i][j] = sign[i] * turn[i][j] * sign[j];
      out.shift[i] = sign[i] * translation[i];
    }
    return out;
  }
  Matrix axes;  // of the file, i, j, k
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t a = 0; a < 3; ++a) axes[r][a] = grid.direction[3 * r + a] * grid.spacing_mm[a];
  const Matrix back = inverse(axes);
  const Matrix index = back * turn * axes;
  Vector origin = turn * grid.origin_mm;
  for (std::size_t r = 0; r < 3; ++r) origin[r] += translation[r] - grid.origin_mm[r];
  const Vector shift = back * origin;
  Source out;  // from (i, j, k) to the order of memory
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) out.matrix[2 - i][2 - j] = index[i][j];
    out.shift[2 - i] = shift[i];
  }
  return out;
}

// Narrows [low, high) to the w for which least <= base + slope * w < most, `slack` w too many on either side.
void narrow(double base, double slope, double least, double most, double slack, double& low, double& high) {
  if (std::abs(slope) < 1e-12) {
    if (base < least - 0.25 * slack || base > most + 0.25 * slack) high = low;
    return;
  }
  const double a = (least - base) / slope, b = (most - base) / slope;
  low = std::max(low, std::floor(std::min(a, b)) - slack);
  high = std::min(high, std::ceil(std::max(a, b)) + slack + 1);
}

// One row of a moved volume: the source of its voxel w is base + step * w.
struct Row {
  const float* volume;
  const Shape& n;
  std::array<std::size_t, 3> stride;
  Vector base, step;

  // Trilinear between the eight voxels from `v` on, `next` being the way to the neighbour along each axis.
  static float interpolate(const float* v, const std::array<std::size_t, 3>& next, const Vector& f) {
    const auto along_w = [&](std::size_t at) { return v[at] + f[2] * (double{v[at + next[2]]} - v[at]); };
    const double v00 = along_w(0), v01 = along_w(next[1]), v10 = along_w(next[0]), v11 = along_w(next[0] + next[1]);
    const double v0 = v00 + f[1] * (v01 - v00), v1 = v10 + f[1] * (v11 - v10);
    return static_cast<float>(v0 + f[0] * (v1 - v0));
  }

  // Anywhere, after ITK: half a voxel beyond the outermost centres still counts as inside and takes their value.
  void sample(std::size_t w, float* to) const {
    std::size_t corner = 0;
    std::array<std::size_t, 3> next;
    Vector f;
    for (std::size_t a = 0; a < 3; ++a) {
      const double size = static_cast<double>(n[a]);
      double u = base[a] + step[a] * static_cast<double>(w);
      if (!(u >= -0.5 && u < size - 0.5)) return;
      u = std::min(std::max(u, 0.0), size - 1);
      const auto whole = static_cast<std::size_t>(u);
      f[a] = u - static_cast<double>(whole);
      corner += whole * stride[a];
      next[a] = whole + 1 < n[a] ? stride[a] : 0;
    }
    to[w] = interpolate(volume + corner, next, f);
  }

  // The same where all eight voxels are known to be there.
  void sample_within(std::size_t first, std::size_t last, float* to) const {
    for (std::size_t w = first; w < last; ++w) {
      std::size_t corner = 0;
      Vector f;
      for (std::size_t a = 0; a < 3; ++a) {
        const double u = base[a] + step[a] * static_cast<double>(w);
        const auto whole = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(u));
        f[a] = u - static_cast<double>(whole);
        corner += whole * stride[a];
      }
      to[w] = interpolate(volume + corner, stride, f);
    }
  }
};

void sample_row(const float* volume, const Shape& n, const Source& from, std::size_t s, std::size_t h, float* to) {
  Row row{volume, n, {n[1] * n[2], n[2], 1}, {}, {}};
  const double columns = static_cast<double>(n[2]);
  double low = 0, high = columns, low_within = 0, high_within = columns;
  for (std::size_t a = 0; a < 3; ++a) {
    const double size = static_cast<double>(n[a]);
    row.base[a] =
        from.matrix[a][0] * static_cast<double>(s) + from.matrix[a][1] * static_cast<double>(h) + from.shift[a];
    row.step[a] = from.matrix[a][2];
    narrow(row.base[a], row.step[a], -0.5, size - 0.5, 1, low, high);
    // Away from the border by more than rounding: here no voxel is judged again.
    narrow(row.base[a], row.step[a], 1e-6, size - 1 - 1e-6, -2, low_within, high_within);
  }
  if (!(low < high)) return;
  const auto first = static_cast<std::size_t>(low), last = static_cast<std::size_t>(high);
  std::size_t first_within = last, last_within = last;
  if (low_within < high_within) {
    first_within = std::clamp(static_cast<std::size_t>(low_within), first, last);
    last_within = std::clamp(static_cast<std::size_t>(high_within), first_within, last);
  }
  for (std::size_t w = first; w < first_within; ++w) row.sample(w, to);
  row.sample_within(first_within, last_within, to);
  for (std::size_t w = last_within; w < last; ++w) row.sample(w, to);
}

// Which volume (0: as it was, i: after movement i) gives which part of k-space. The unmoved one takes the part that
// holds the zero frequency: it changes places with the first movement after half time.
std::vector<std::size_t> owners(const Motion& p, std::size_t n) {
  const std::size_t movements = p.times.size();
  std::vector<std::size_t> order(movements + 1);
  for (std::size_t i = 0; i <= movements; ++i) order[i] = i;
  std::size_t first = 0;
  while (first < movements && !(static_cast<float>(p.times[first]) > 0.5F)) ++first;
  std::swap(order[0], order[first]);
  std::vector<std::size_t> owner(n, order[movements]);
  const auto column = [n](double time) {
    return std::min(n, static_cast<std::size_t>(static_cast<float>(n) * static_cast<float>(time)));
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= movements; ++i) {
    const std::size_t end = i == movements ? n : column(p.times[i]);
    for (std::size_t j = begin; j < end; ++j) owner[j] = order[i];
    begin = end;
  }
  return owner;
}

}  // namespace

image::Image move(const image::Image& image, const Vector& degrees, const Vector& translation,
                  MotionGeometry geometry) {
  const Shape n = shape_of(image);
  if (image.voxels.empty()) return image::Image(image.grid);
  image::Image out(image.grid, *std::min_element(image.voxels.begin(), image.voxels.end()));
  const Source from = source(image.grid, degrees, translation, geometry);
  core::for_each_block(n[0] * n[1], 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row != end; ++row)
      sample_row(image.voxels.data(), n, from, row / n[1], row % n[1], out.voxels.data() + row * n[2]);
  });
  return out;
}

image::Image apply_motion(const image::Image& image, const Motion& parameters, Dialect dialect,
                          MotionGeometry geometry) {
  check_artefact({parameters, dialect}, "motion");
  if (image.voxels.empty()) return image::Image(image.grid);
  const Shape shape = shape_of(image);
  const std::size_t axis = geometry == MotionGeometry::voxels ? 2 : 0;
  const auto owner = owners(parameters, shape[axis]);
  std::vector<image::Image> moved;
  std::vector<Band> bands;
  moved.reserve(parameters.times.size());
  for (std::size_t v = 0; v <= parameters.times.size(); ++v) {
    Band band{image.voxels.data(), std::vector<double>(shape[axis])};
    for (std::size_t j = 0; j < owner.size(); ++j) band.mask[j] = owner[j] == v ? 1 : 0;
    if (v > 0 && std::find(owner.begin(), owner.end(), v) != owner.end()) {
      moved.push_back(move(image, parameters.degrees[v - 1], parameters.translation[v - 1], geometry));
      band.voxels = moved.back().voxels.data();
    }
    bands.push_back(std::move(band));
  }
  image::Image out(image.grid);
  filter(shape, axis, bands, dialect == Dialect::paper ? Part::real : Part::magnitude, out.voxels.data());
  return out;
}

}  // namespace coopseg::artefact
