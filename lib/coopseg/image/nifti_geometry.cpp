#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"
#include "coopseg/image/nearest_rotation.h"
#include "coopseg/image/nifti_fields.h"
#include "coopseg/image/nifti_header.h"

namespace coopseg::image {

using core::DataError;

namespace {

constexpr double kTolerance = 1e-3;

// Why a form of the header cannot be used, and what can be done of which --geometry knows nothing.
struct Unusable {
  std::string problem, hint = {};
};

using Vector = std::array<double, 3>;
using Matrix = std::array<double, 9>;  // row-major

// In the file's own coordinates, RAS.
struct Frame {
  Vector spacing{1, 1, 1};
  Matrix rotation{1, 0, 0, 0, 1, 0, 0, 0, 1};
  Vector origin{0, 0, 0};
};

double dot_columns(const Matrix& m, std::size_t a, std::size_t b) {
  return m[a] * m[b] + m[3 + a] * m[3 + b] + m[6 + a] * m[6 + b];
}

double largest_cosine(const Matrix& unit) {
  return std::max(
      {std::abs(dot_columns(unit, 0, 1)), std::abs(dot_columns(unit, 0, 2)), std::abs(dot_columns(unit, 1, 2))});
}

// How far the voxels of a volume of `size` lie apart by two matrices of axes, in units of `scale`; both have the first
// voxel in one place, so that the farthest are those at the corners.
double largest_displacement(const std::array<std::size_t, 3>& size, const Vector& scale, const Matrix& one,
                            const Matrix& other) {
  double largest = 0;
  for (unsigned corner = 1; corner < 8; ++corner) {
    Vector apart{};
    for (std::size_t a = 0; a < 3; ++a) {
      if ((corner >> a & 1U) == 0) continue;
      const double length = scale[a] * static_cast<double>(size[a] - 1);
      for (std::size_t row = 0; row < 3; ++row) apart[row] += length * (one[row * 3 + a] - other[row * 3 + a]);
    }
    largest = std::max(largest, std::hypot(apart[0], apart[1], apart[2]));
  }
  return largest;
}

double millimetres_per_unit(const NiftiHeader& header) {
  const int unit = header.units & 7;
  return unit == 1 ? 1000 : unit == 3 ? 0.001 : 1;
}

std::string triple(const Vector& v) { return fmt::format("{:.6g} x {:.6g} x {:.6g}", v[0], v[1], v[2]); }

Vector pixdim_spacing(const NiftiHeader& header, bool mend) {
  Vector spacing{1, 1, 1};
  for (std::size_t a = 0; a < 3; ++a) {
    const double value = header.pixdim[a + 1];
    const bool needed = static_cast<int>(a) < header.axes;
    const bool good = std::isfinite(value) && value != 0 && (value > 0 || mend);
    if (needed && !good) {
      throw Unusable{fmt::format("has the spacing {} mm along axis {} (pixdim), expected above 0", value, a + 1)};
    }
    if (good) spacing[a] = std::abs(value);
  }
  return spacing;
}

Frame from_qform(const NiftiHeader& header, const Vector& spacing) {
  Frame frame;
  frame.spacing = spacing;
  double b = header.quaternion[0], c = header.quaternion[1], d = header.quaternion[2];
  const double squares = b * b + c * c + d * d;
  bool finite = std::isfinite(squares) && std::isfinite(header.pixdim[0]);
  for (const float value : header.offset) finite = finite && std::isfinite(value);
  if (!finite || squares > 1 + kTolerance) {
    throw Unusable{fmt::format("has a broken qform: quaternion {} {} {}, offset {} {} {}, qfac {}", b, c, d,
                               header.offset[0], header.offset[1], header.offset[2], header.pixdim[0])};
  }
  double a = 0;
  if (1 - squares < 1e-7) {
    // A half turn, as nifti1_io reads it: the rest is rounding.
    const double length = std::sqrt(squares);
    b /= length, c /= length, d /= length;
  } else {
    a = std::sqrt(1 - squares);
  }
  const double mirror = header.pixdim[0] < 0 ? -1 : 1;
  frame.rotation = {
      a * a + b * b - c * c - d * d, 2 * (b * c - a * d),           2 * (b * d + a * c) * mirror,
      2 * (b * c + a * d),           a * a + c * c - b * b - d * d, 2 * (c * d - a * b) * mirror,
      2 * (b * d - a * c),           2 * (c * d + a * b),           (a * a + d * d - b * b - c * c) * mirror};
  for (std::size_t row = 0; row < 3; ++row) frame.origin[row] = header.offset[row];
  return frame;
}

// The sform's columns as lengths and unit vectors, not yet judged.
struct Affine {
  bool usable = false;  // finite, no column of length zero
  Vector scale{};
  Matrix unit{};
  Vector origin{};
};

Affine sform_of(const NiftiHeader& header) {
  Affine affine;
  affine.usable = true;
  for (const float value : header.sform) affine.usable = affine.usable && std::isfinite(value);
  if (!affine.usable) return affine;
  Matrix m{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t a = 0; a < 3; ++a) m[row * 3 + a] = header.sform[row * 4 + a];
    affine.origin[row] = header.sform[row * 4 + 3];
  }
  for (std::size_t a = 0; a < 3; ++a) affine.scale[a] = std::sqrt(dot_columns(m, a, a));
  if (header.axes < 3 && affine.scale[2] == 0) {
    // A picture of two axes need not say where its third one points.
    m[2] = m[3] * m[7] - m[6] * m[4], m[5] = m[6] * m[1] - m[0] * m[7], m[8] = m[0] * m[4] - m[3] * m[1];
    const double length = std::sqrt(dot_columns(m, 2, 2));
    for (const std::size_t e : {2, 5, 8}) m[e] /= length;
    affine.scale[2] = 1;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    affine.usable = affine.usable && affine.scale[a] > 0 && std::isfinite(affine.scale[a]);
    for (std::size_t row = 0; row < 3; ++row) affine.unit[row * 3 + a] = m[row * 3 + a] / affine.scale[a];
  }
  for (const double value : affine.unit) affine.usable = affine.usable && std::isfinite(value);
  return affine;
}

std::string sform_text(const NiftiHeader& header) {
  const auto& m = header.sform;
  return fmt::format("[{:.6g} {:.6g} {:.6g} {:.6g}; {:.6g} {:.6g} {:.6g} {:.6g}; {:.6g} {:.6g} {:.6g} {:.6g}]", m[0],
                     m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11]);
}

bool same_scale(const Vector& found, const Vector& expected, int axes) {
  for (std::size_t a = 0; a < static_cast<std::size_t>(axes); ++a) {
    if (!(std::abs(found[a] - expected[a]) <= kTolerance * expected[a])) return false;
  }
  return true;
}

Frame from_sform(const NiftiHeader& header, const Vector& spacing, bool as_it_stands,
                 std::vector<std::string>& warnings) {
  const Affine affine = sform_of(header);
  if (!affine.usable) throw Unusable{"has a broken sform: " + sform_text(header)};
  Frame frame;
  frame.origin = affine.origin;
  const double cosine = largest_cosine(affine.unit);
  const bool far_from_square = cosine > 0.5;
  if (!far_from_square) frame.rotation = nearest_rotation(affine.unit);
  const double moved = largest_displacement(header.size, affine.scale, affine.unit, frame.rotation);
  const double least = *std::min_element(affine.scale.begin(), affine.scale.begin() + header.axes);
  const bool too_far = far_from_square || moved > least / 2;
  if (as_it_stands ? too_far : cosine > kTolerance) {
    std::string problem =
        fmt::format("has an sform whose axes are not at right angles (cosine {:.2g}): {}", cosine, sform_text(header));
    if (!far_from_square) {
      problem += fmt::format("; put at right angles, voxels would lie up to {:.3g} mm from where it has them",
                             moved * millimetres_per_unit(header));
    }
    throw Unusable{problem, too_far ? "resample it with a registration tool" : ""};
  }
  if (as_it_stands) {
    if (moved > least / 100) {
      warnings.push_back(
          fmt::format("its sform's axes are not at right angles; put so, voxels lie up to {:.3g} mm from "
                      "where it has them",
                      moved * millimetres_per_unit(header)));
    }
    frame.spacing = affine.scale;
    return frame;
  }
  frame.spacing = spacing;
  if (same_scale(affine.scale, spacing, header.axes)) return frame;
  if (same_scale(affine.scale, {1, 1, 1}, header.axes)) {
    warnings.push_back(fmt::format("its sform carries no spacing; pixdim's {} mm is used", triple(spacing)));
    return frame;
  }
  throw Unusable{
      fmt::format("says two spacings: {} mm (pixdim) and {} mm (sform)", triple(spacing), triple(affine.scale))};
}

// Both coded: says so if they do not mean the same, and gives false.
bool forms_agree(const NiftiHeader& header, const Frame& qform, std::vector<std::string>& warnings) {
  bool same = true;
  const double least = std::min({qform.spacing[0], qform.spacing[1], qform.spacing[2]});
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t a = 0; a < static_cast<std::size_t>(header.axes); ++a) {
      const double expected = qform.rotation[row * 3 + a] * qform.spacing[a];
      same = same && std::abs(header.sform[row * 4 + a] - expected) <= kTolerance * qform.spacing[a];
    }
    same = same && std::abs(header.sform[row * 4 + 3] - qform.origin[row]) <= kTolerance * std::max(1.0, least);
  }
  if (same) return true;
  const auto& r = qform.rotation;
  const auto& s = qform.spacing;
  const auto& o = qform.origin;
  warnings.push_back(fmt::format(
      "its qform and sform differ; the qform is used: qform [{:.6g} {:.6g} {:.6g} {:.6g}; {:.6g} {:.6g} {:.6g} {:.6g}; "
      "{:.6g} {:.6g} {:.6g} {:.6g}], sform {}",
      r[0] * s[0], r[1] * s[1], r[2] * s[2], o[0], r[3] * s[0], r[4] * s[1], r[5] * s[2], o[1], r[6] * s[0],
      r[7] * s[1], r[8] * s[2], o[2], sform_text(header)));
  return false;
}

Grid to_grid(const NiftiHeader& header, const Frame& frame, std::vector<std::string>& warnings) {
  Grid grid;
  grid.size = header.size;
  grid.two_dimensional = header.axes < 3;
  grid.qform_code = std::max(header.qform_code, 0);
  grid.sform_code = std::max(header.sform_code, 0);
  const double to_mm = millimetres_per_unit(header);
  if (to_mm != 1)
    warnings.push_back(fmt::format("its unit is the {}; converted to mm", to_mm > 1 ? "metre" : "micrometre"));
  const auto is_one = [](double spacing) { return spacing == 1; };
  if ((header.units & 7) == 0 && std::all_of(frame.spacing.begin(), frame.spacing.end(), is_one)) {
    warnings.push_back(
        "names no unit of length and a spacing of 1 along every axis, as files do whose spacing was "
        "lost; 1 mm is taken");
  }
  for (std::size_t a = 0; a < 3; ++a) {
    grid.spacing_mm[a] = static_cast<int>(a) < header.axes ? frame.spacing[a] * to_mm : frame.spacing[a];
    grid.origin_mm[a] = between_ras_and_lps(frame.origin[a] * to_mm, a);
  }
  for (std::size_t e = 0; e < 9; ++e) grid.direction[e] = between_ras_and_lps(frame.rotation[e], e / 3);
  return grid;
}

// Grid::sform_of_qform, none for a broken sform: one with a number that is not finite or reaches out of the world.
std::optional<std::array<double, 12>> sform_by_qform(const NiftiHeader& header, const Grid& grid) {
  const double to_mm = millimetres_per_unit(header);
  std::array<double, 12> map{};
  for (std::size_t row = 0; row < 3; ++row) {
    map[row * 4 + 3] = header.sform[row * 4 + 3] * to_mm;
    for (std::size_t column = 0; column < 3; ++column) {
      for (std::size_t a = 0; a < 3; ++a) {
        const double along = between_ras_and_lps(grid.direction[column * 3 + a], column);
        map[row * 4 + column] += header.sform[row * 4 + a] * to_mm / grid.spacing_mm[a] * along;
      }
      map[row * 4 + 3] -= map[row * 4 + column] * between_ras_and_lps(grid.origin_mm[column], column);
    }
  }
  for (const double value : map)
    if (!(std::abs(value) < 1e9)) return std::nullopt;
  return map;
}

// Without a qform or sform the standard ties the axes to nothing; like ITK, identity in LPS.
Frame from_pixdim(const Vector& spacing) {
  Frame frame;
  frame.spacing = spacing;
  frame.rotation[0] = frame.rotation[4] = -1;
  return frame;
}

// No form tells of directions, or one that knows no spacing either, as ACDC's files have it.
bool is_nominal(const NiftiHeader& header, GeometryRule rule, const Grid& grid) {
  if (rule == GeometryRule::pixdim) return true;
  if (rule != GeometryRule::automatic) return false;  // somebody knows better
  if (header.says_nominal || (header.qform_code <= 0 && header.sform_code <= 0)) return true;
  if (header.sform_code <= 0) return false;
  const Affine sform = sform_of(header);
  const Vector pixdim{header.pixdim[1], header.pixdim[2], header.pixdim[3]}, one{1, 1, 1};
  if (!sform.usable || !same_scale(sform.scale, one, header.axes) || same_scale(pixdim, one, header.axes)) return false;
  // A qform that says something else than the sform tells of directions.
  for (std::size_t e = 0; e < 9; ++e)
    if (std::abs(between_ras_and_lps(grid.direction[e], e / 3) - sform.unit[e]) > kTolerance) return false;
  return true;
}

Grid grid_by(const NiftiHeader& header, GeometryRule rule, std::vector<std::string>& warnings) {
  if (rule == GeometryRule::ignored) {
    Grid grid;
    grid.size = header.size;
    grid.two_dimensional = header.axes < 3;
    return grid;
  }
  if (rule == GeometryRule::sform) {
    if (header.sform_code <= 0) throw Unusable{"has no sform (code 0)"};
    return to_grid(header, from_sform(header, {1, 1, 1}, true, warnings), warnings);
  }
  const Vector spacing = pixdim_spacing(header, rule == GeometryRule::pixdim);
  if (rule == GeometryRule::pixdim) return to_grid(header, from_pixdim(spacing), warnings);
  if (header.qform_code > 0) {
    const Frame qform = from_qform(header, spacing);
    const bool both = rule == GeometryRule::automatic && header.sform_code > 0;
    const bool agree = !both || forms_agree(header, qform, warnings);
    Grid grid = to_grid(header, qform, warnings);
    if (!agree) grid.sform_of_qform = sform_by_qform(header, grid);
    return grid;
  }
  if (rule == GeometryRule::qform) throw Unusable{"has no qform (code 0)"};
  if (header.sform_code > 0) return to_grid(header, from_sform(header, spacing, false, warnings), warnings);
  warnings.push_back(
      fmt::format("has neither qform nor sform; spacing {} mm from pixdim, direction identity", triple(spacing)));
  return to_grid(header, from_pixdim(spacing), warnings);
}

// Of the values of --geometry, those after which the file can be read.
std::vector<std::string> forms_that_help(const NiftiHeader& header) {
  std::vector<std::string> forms;
  for (const auto& [name, rule] : {std::pair("qform", GeometryRule::qform), std::pair("sform", GeometryRule::sform),
                                   std::pair("pixdim", GeometryRule::pixdim)}) {
    std::vector<std::string> unsaid;
    try {
      grid_by(header, rule, unsaid);
      forms.emplace_back(name);
    } catch (const Unusable&) {
    }
  }
  return forms;
}

std::string remedy_for(const NiftiHeader& header, GeometryRule rule, const std::string& file) {
  const std::vector<std::string> forms = forms_that_help(header);
  if (forms.empty()) {
    return fmt::format(
        "correct the header, or copy that of an image of the same case: cs-preprocess --header-from "
        "IMAGE {} MENDED.nii.gz",
        core::shell_word(file));
  }
  if (rule != GeometryRule::automatic) return fmt::format("choose --geometry {}", fmt::join(forms, " or "));
  if (forms.size() > 1) {
    return fmt::format("cs-preprocess --geometry {} writes a copy with the one that is right", fmt::join(forms, "|"));
  }
  return fmt::format("if its {0} is right, cs-preprocess --geometry {0} writes a copy that says this alone",
                     forms.front());
}

}  // namespace

Grid geometry_of(const NiftiHeader& header, GeometryRule rule, const std::string& file,
                 std::vector<std::string>& warnings) {
  Grid grid;
  try {
    grid = grid_by(header, rule, warnings);
  } catch (const Unusable& unusable) {
    const std::string remedy = remedy_for(header, rule, file);
    throw DataError(file, unusable.problem, unusable.hint.empty() ? remedy : unusable.hint + "; " + remedy);
  }
  grid.nominal = is_nominal(header, rule, grid);
  return grid;
}

std::array<double, 12> sform_of(const Grid& grid) {
  std::array<double, 12> axes{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t a = 0; a < 3; ++a)
      axes[row * 4 + a] = between_ras_and_lps(grid.direction[row * 3 + a], row) * grid.spacing_mm[a] + 0.0;
    axes[row * 4 + 3] = between_ras_and_lps(grid.origin_mm[row], row);
  }
  if (!grid.sform_of_qform) return axes;
  const auto& map = *grid.sform_of_qform;
  std::array<double, 12> sform{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      double& value = sform[row * 4 + column];
      double largest = 0;
      for (std::size_t e = 0; e < 3; ++e) {
        value += map[row * 4 + e] * axes[e * 4 + column];
        largest = std::max(largest, std::abs(axes[e * 4 + column]));
      }
      if (column == 3) {
        value += map[row * 4 + 3];
        largest = std::max(largest, std::abs(map[row * 4 + 3]));
      }
      // What cancels but for rounding was 0 in the file; all else comes back to its 32 bits.
      if (std::abs(value) < 1e-12 * largest) value = 0;
    }
  }
  return sform;
}

}  // namespace coopseg::image
