#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"
#include "coopseg/artefact/trigonometry.h"
#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"

namespace coopseg::artefact {

namespace {

constexpr double kRadiansPerDegree = 0.017453292519943295;

// One slice of `rows` x `columns`, moved; linearly interpolated, `background` where it comes from outside. As for
// volumes, half a pixel beyond the outermost centres still counts as inside.
struct Slice {
  const float* voxels;
  std::size_t rows, columns;
  std::array<double, 2> spacing_mm;  // of rows, of columns
  float background;
};

float sample(const Slice& slice, double row, double column) {
  const double rows = static_cast<double>(slice.rows), columns = static_cast<double>(slice.columns);
  if (!(row >= -0.5 && row < rows - 0.5 && column >= -0.5 && column < columns - 0.5)) return slice.background;
  row = std::clamp(row, 0.0, rows - 1), column = std::clamp(column, 0.0, columns - 1);
  const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(column);
  const double fr = row - static_cast<double>(r), fc = column - static_cast<double>(c);
  const float* top = slice.voxels + r * slice.columns + c;
  const float* bottom = r + 1 < slice.rows ? top + slice.columns : top;
  const std::size_t right = c + 1 < slice.columns ? 1 : 0;
  const double upper = top[0] + fc * (double{top[right]} - top[0]);
  const double lower = bottom[0] + fc * (double{bottom[right]} - bottom[0]);
  return static_cast<float>(upper + fr * (lower - upper));
}

void move_slice(const Slice& slice, double degrees, const std::array<double, 2>& translation_mm, float* out) {
  double cosine, sine;
  cosine_and_sine(degrees * kRadiansPerDegree, cosine, sine);
  const double middle_row = static_cast<double>(slice.rows - 1) / 2;
  const double middle_column = static_cast<double>(slice.columns - 1) / 2;
  // Of an output pixel, in mm from the middle: back along the shift, then back around the middle.
  const double aspect = slice.spacing_mm[1] / slice.spacing_mm[0];
  const double row_step = -sine * aspect, column_step = cosine;
  for (std::size_t h = 0; h < slice.rows; ++h) {
    const double down = (static_cast<double>(h) - middle_row) * slice.spacing_mm[0] - translation_mm[0];
    const double right = -middle_column * slice.spacing_mm[1] - translation_mm[1];
    const double row = (cosine * down - sine * right) / slice.spacing_mm[0] + middle_row;
    const double column = (sine * down + cosine * right) / slice.spacing_mm[1] + middle_column;
    for (std::size_t w = 0; w < slice.columns; ++w) {
      const double along = static_cast<double>(w);
      out[h * slice.columns + w] = sample(slice, row + along * row_step, column + along * column_step);
    }
  }
}

// For each part of k-space the columns [begin, end) that it takes, and the movement that it sees; -1 for the part with
// the zero frequency, during which the patient lies still.
struct Stretch {
  std::size_t begin, end;
  std::ptrdiff_t movement;
};

std::vector<Stretch> stretches(const SliceMotion& p, std::size_t columns) {
  std::vector<Stretch> out;
  std::size_t begin = 0;
  std::ptrdiff_t movement = 0;
  for (std::size_t i = 0; i <= p.times.size(); ++i) {
    const auto end = i == p.times.size()
                         ? columns
                         : static_cast<std::size_t>(p.times[i] * static_cast<double>(columns));
    const bool central = begin <= columns / 2 && columns / 2 < end;
    out.push_back({begin, end, central ? -1 : movement++});
    begin = end;
  }
  return out;
}

void corrupt_slice(const Slice& slice, const SliceMotion& p, float* out) {
  const std::size_t size = slice.rows * slice.columns;
  std::vector<std::vector<float>> moved;
  std::vector<Band> bands;
  for (const Stretch& part : stretches(p, slice.columns)) {
    if (part.begin == part.end) continue;
    Band band{slice.voxels, std::vector<double>(slice.columns)};
    std::fill(band.mask.begin() + static_cast<std::ptrdiff_t>(part.begin),
              band.mask.begin() + static_cast<std::ptrdiff_t>(part.end), 1.0);
    if (part.movement >= 0) {
      const auto m = static_cast<std::size_t>(part.movement);
      move_slice(slice, p.degrees[m], p.translation_mm[m], moved.emplace_back(size).data());
      band.voxels = moved.back().data();
    }
    bands.push_back(std::move(band));
  }
  filter({1, slice.rows, slice.columns}, 2, bands, Part::real, out);
}

}  // namespace

image::Image apply_slice_motion(const image::Image& image, const Motion& parameters) {
  check_artefact({parameters, Dialect::physical}, "motion");
  image::Image out(image.grid);
  if (image.voxels.empty()) return out;
  const Shape n = shape_of(image);
  if (parameters.slices.size() != 1 && parameters.slices.size() != n[0])
    throw core::DataError("motion",
                          "\"slices\" holds " + std::to_string(parameters.slices.size()) + " entries, the image has " +
                              std::to_string(n[0]) + " slices",
                          "give one entry for all slices, or one for each");
  const std::size_t size = n[1] * n[2];
  core::for_each_index(n[0], [&](std::size_t s) {
    const float* voxels = image.voxels.data() + s * size;
    const Slice slice{voxels, n[1], n[2], {image.grid.spacing_mm[1], image.grid.spacing_mm[0]},
                      *std::min_element(voxels, voxels + size)};
    corrupt_slice(slice, parameters.slices[parameters.slices.size() == 1 ? 0 : s], out.voxels.data() + s * size);
  });
  return out;
}

}  // namespace coopseg::artefact
