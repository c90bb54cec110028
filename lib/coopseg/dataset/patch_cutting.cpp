#include "coopseg/dataset/patch_cutting.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace coopseg::dataset {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

// A volume seen after its quarter turns and flips: voxel p of the view, along its axis a, is voxel
// offset[a] + sign[a] * p[a] of the volume along its axis axis[a].
struct View {
  std::array<std::size_t, 3> size{}, axis{0, 1, 2};
  std::array<std::ptrdiff_t, 3> sign{1, 1, 1}, offset{};
};

void mirror(View& view, std::size_t a) {
  view.offset[a] += view.sign[a] * (static_cast<std::ptrdiff_t>(view.size[a]) - 1);
  view.sign[a] = -view.sign[a];
}

View view_of(const image::Grid& grid, const PatchDraw& draw) {
  View view;
  view.size = grid.size;
  for (unsigned turn = 0; turn < draw.quarter_turns; ++turn) {
    // Column i of the turned view is the row of the one before that is i-th from behind, and its row j the column j.
    std::swap(view.size[0], view.size[1]);
    std::swap(view.axis[0], view.axis[1]);
    std::swap(view.sign[0], view.sign[1]);
    std::swap(view.offset[0], view.offset[1]);
    mirror(view, 0);
  }
  for (std::size_t a = 0; a < 3; ++a)
    if (draw.flip[a]) mirror(view, a);
  return view;
}

// What voxels outside of the volume are.
struct Outside {
  float image = 0;
  std::int64_t label = 0;
  float probability(std::size_t c) const { return c == 0 ? 1 : 0; }
};

// The patch whose first voxel is voxel `first` of the view, voxel by voxel.
template <class From, class To>
void copy_patch(const From* voxels, const image::Grid& grid, const View& view,
                const std::array<std::ptrdiff_t, 3>& first, const PatchSize& size, To outside, To* out) {
  const std::array<std::ptrdiff_t, 3> strides{1, static_cast<std::ptrdiff_t>(grid.size[0]),
                                              static_cast<std::ptrdiff_t>(grid.size[0] * grid.size[1])};
  std::array<std::ptrdiff_t, 3> step{};
  std::array<std::size_t, 3> begin{}, end{};  // of the patch's voxels that lie in the volume
  std::ptrdiff_t origin = 0;                  // of the patch's first voxel
  for (std::size_t a = 0; a < 3; ++a) {
    step[a] = view.sign[a] * strides[view.axis[a]];
    origin += view.offset[a] * strides[view.axis[a]] + step[a] * first[a];
    const auto clamped = [&](std::ptrdiff_t at) {
      return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, static_cast<std::ptrdiff_t>(size[a])));
    };
    begin[a] = clamped(-first[a]);
    end[a] = std::max(begin[a], clamped(static_cast<std::ptrdiff_t>(view.size[a]) - first[a]));
  }
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j, out += size[0]) {
      if (k < begin[2] || k >= end[2] || j < begin[1] || j >= end[1]) {
        std::fill_n(out, size[0], outside);
        continue;
      }
      std::fill_n(out, begin[0], outside);
      std::fill(out + end[0], out + size[0], outside);
      const std::ptrdiff_t row =
          origin + step[2] * static_cast<std::ptrdiff_t>(k) + step[1] * static_cast<std::ptrdiff_t>(j);
      if (step[0] == 1) {
        const From* const from = voxels + row;
        std::copy(from + static_cast<std::ptrdiff_t>(begin[0]), from + static_cast<std::ptrdiff_t>(end[0]),
                  out + begin[0]);
      } else {
        for (std::size_t i = begin[0]; i < end[0]; ++i)
          out[i] = static_cast<To>(voxels[row + step[0] * static_cast<std::ptrdiff_t>(i)]);
      }
    }
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) out[i][j] += a[i][k] * b[k][j];
  return out;
}

// Turns the other two axes of a right-handed frame, the first towards the second.
Matrix rotation_about(std::size_t axis, double degrees) {
  constexpr double kRadians = 3.14159265358979323846 / 180;
  const double c = std::cos(degrees * kRadians), s = std::sin(degrees * kRadians);
  const std::size_t a = (axis + 1) % 3, b = (axis + 2) % 3;
  Matrix out{};
  out[axis][axis] = 1;
  out[a][a] = out[b][b] = c;
  out[a][b] = -s;
  out[b][a] = s;
  return out;
}

// Where voxel p of the patch comes from: voxel matrix p + offset of the volume, which need not be whole.
struct Origin {
  Matrix matrix{};
  std::array<double, 3> offset{};
};

Origin origin_of(const image::Grid& grid, const View& view, const std::array<std::ptrdiff_t, 3>& first,
                 const PatchSize& size, const PatchDraw& draw) {
  // The inverse of what the content does: the transposed turns in reverse order, and a division.
  Matrix back = rotation_about(0, 0);
  if (draw.rotation)
    for (std::size_t a = 0; a < 3; ++a) back = product(back, rotation_about(a, -draw.rotation_degrees[a]));
  const double scale = draw.scaling ? draw.scale : 1;
  Origin out;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t to = view.axis[a];
    const auto sign = static_cast<double>(view.sign[a]);
    const double middle = static_cast<double>(size[a] - 1) / 2;
    out.offset[to] = static_cast<double>(view.offset[a]) + sign * (middle + static_cast<double>(first[a]));
    for (std::size_t b = 0; b < 3; ++b) {
      const double voxels_per_voxel = grid.spacing_mm[view.axis[b]] / grid.spacing_mm[to];
      out.matrix[to][b] = sign * back[a][b] * voxels_per_voxel / scale;
      out.offset[to] -= out.matrix[to][b] * static_cast<double>(size[b] - 1) / 2;
    }
  }
  return out;
}

// Smooth displacements of a patch's voxels, in voxels: uniform cubic B-splines over a grid of control points, which has
// one plane where nothing shall leave the patch's only plane.
class Displacements {
 public:
  Displacements(const PatchSize& size, double amplitude, double spacing, bool in_plane, core::RandomStream& random)
      : axes_(in_plane ? 2 : 3) {
    points_[2] = 1;
    for (std::size_t a = 0; a < axes_; ++a) {
      at_[a].resize(size[a]);
      for (std::size_t p = 0; p < size[a]; ++p) {
        const double u = static_cast<double>(p) / spacing;
        const auto cell = static_cast<std::size_t>(u);
        at_[a][p] = {cell, weights(u - static_cast<double>(cell))};
      }
      points_[a] = at_[a].back().first + 4;
    }
    for (std::size_t c = 0; c < axes_; ++c) {
      controls_[c].resize(points_[0] * points_[1] * points_[2]);
      for (double& v : controls_[c]) v = random.uniform(-amplitude, amplitude);
      plane_[c].resize(points_[0] * points_[1]);
      row_[c].resize(points_[0]);
    }
  }

  // Of plane k, then of row j of it, then of voxel i of that: what is common is summed once.
  void enter_plane(std::size_t k) {
    for (std::size_t c = 0; c < axes_; ++c)
      if (axes_ == 2) plane_[c] = controls_[c];
      else sum(controls_[c], at_[2][k], plane_[c]);
  }
  void enter_row(std::size_t j) {
    for (std::size_t c = 0; c < axes_; ++c) sum(plane_[c], at_[1][j], row_[c]);
  }
  std::array<double, 3> at(std::size_t i) const {
    const auto& [first, w] = at_[0][i];
    std::array<double, 3> out{};
    for (std::size_t c = 0; c < axes_; ++c) {
      const double* v = &row_[c][first];
      out[c] = w[0] * v[0] + w[1] * v[1] + w[2] * v[2] + w[3] * v[3];
    }
    return out;
  }

 private:
  struct Place {
    std::size_t first = 0;  // of the four control points around
    std::array<double, 4> weight{};
  };

  static std::array<double, 4> weights(double t) {
    const double s = 1 - t;
    return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6};
  }

  // The weighted sum of four neighbours along the slowest axis of `from`, which is as many times longer than `to`.
  static void sum(const std::vector<double>& from, const Place& place, std::vector<double>& to) {
    const double* v = &from[place.first * to.size()];
    const std::size_t n = to.size();
    for (std::size_t i = 0; i < n; ++i)
      to[i] = place.weight[0] * v[i] + place.weight[1] * v[n + i] + place.weight[2] * v[2 * n + i] +
              place.weight[3] * v[3 * n + i];
  }

  std::size_t axes_;                      // along which voxels are displaced
  std::array<std::vector<Place>, 3> at_;  // of each voxel along each axis
  std::array<std::size_t, 3> points_{};
  std::array<std::vector<double>, 3> controls_, plane_, row_;  // of the displacements along x, y and z
};

// A place between voxels: those below it, and how far it is beyond them.
struct Between {
  std::array<std::ptrdiff_t, 3> below{};
  std::array<float, 3> beyond{};
  bool inside = true;  // all eight voxels around are
};

class Sampler {
 public:
  Sampler(const TrainingVolume& volume, const Outside& outside) : volume_(volume), outside_(outside) {
    for (std::size_t a = 0; a < 3; ++a) size_[a] = static_cast<std::ptrdiff_t>(volume.grid.size[a]);
  }

  // False where no voxel has a part in the place: also for one that is not finite.
  bool reaches(const std::array<double, 3>& at) const {
    for (std::size_t a = 0; a < 3; ++a)
      if (!(at[a] > -1 && at[a] < static_cast<double>(size_[a]))) return false;
    return true;
  }

  // Of a place that is reached.
  float image(const std::array<double, 3>& at) const {
    return linear(volume_.voxels.data(), outside_.image, between(at));
  }
  // Of `classes` classes, each `stride` numbers behind the one before.
  void probabilities(const std::array<double, 3>& at, std::size_t classes, float* out, std::size_t stride) const {
    const Between p = between(at);
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      out[c * stride] = linear(volume_.probabilities.data() + c * volume_.voxels.size(), outside_.probability(c), p);
      sum += out[c * stride];
    }
    for (std::size_t c = 0; c < classes; ++c) out[c * stride] /= sum;
  }
  std::int64_t label(const std::array<double, 3>& at) const {
    std::array<std::ptrdiff_t, 3> nearest{};
    for (std::size_t a = 0; a < 3; ++a) nearest[a] = static_cast<std::ptrdiff_t>(at[a] + 1.5) - 1;
    if (!holds(nearest[0], nearest[1], nearest[2])) return outside_.label;
    return volume_.labels[index(nearest[0], nearest[1], nearest[2])];
  }

 private:
  Between between(const std::array<double, 3>& at) const {
    Between p;
    for (std::size_t a = 0; a < 3; ++a) {
      p.below[a] = static_cast<std::ptrdiff_t>(at[a] + 1) - 1;
      p.beyond[a] = static_cast<float>(at[a] - static_cast<double>(p.below[a]));
      p.inside = p.inside && p.below[a] >= 0 && p.below[a] + 1 < size_[a];
    }
    return p;
  }
  float linear(const float* voxels, float outside, const Between& p) const {
    return p.inside ? interpolate(p, [&](std::ptrdiff_t i, std::ptrdiff_t j,
                                         std::ptrdiff_t k) { return voxels[index(i, j, k)]; })
                    : interpolate(p, [&](std::ptrdiff_t i, std::ptrdiff_t j, std::ptrdiff_t k) {
                        return holds(i, j, k) ? voxels[index(i, j, k)] : outside;
                      });
  }
  bool holds(std::ptrdiff_t i, std::ptrdiff_t j, std::ptrdiff_t k) const {
    return i >= 0 && j >= 0 && k >= 0 && i < size_[0] && j < size_[1] && k < size_[2];
  }
  std::size_t index(std::ptrdiff_t i, std::ptrdiff_t j, std::ptrdiff_t k) const {
    return static_cast<std::size_t>((k * size_[1] + j) * size_[0] + i);
  }
  template <class Voxel>
  static float interpolate(const Between& p, const Voxel& voxel) {
    const std::ptrdiff_t i = p.below[0], j = p.below[1], k = p.below[2];
    // Not a + f (b - a): a difference of finite numbers may be infinite.
    const auto mix = [](float f, float a, float b) { return (1 - f) * a + f * b; };
    const auto row = [&](std::ptrdiff_t y, std::ptrdiff_t z) {
      return mix(p.beyond[0], voxel(i, y, z), voxel(i + 1, y, z));
    };
    const auto plane = [&](std::ptrdiff_t z) { return mix(p.beyond[1], row(j, z), row(j + 1, z)); };
    return mix(p.beyond[2], plane(k), plane(k + 1));
  }

  const TrainingVolume& volume_;
  const Outside& outside_;
  std::array<std::ptrdiff_t, 3> size_{};
};

void resample_patch(const TrainingVolume& volume, const Origin& origin, Displacements* displacements,
                    const Outside& outside, const PatchSize& size, const PatchTarget& out) {
  const Sampler sampler(volume, outside);
  const std::size_t patch = size[0] * size[1] * size[2], classes = volume.probabilities.size() / volume.voxels.size();
  std::size_t n = 0;
  for (std::size_t k = 0; k < size[2]; ++k) {
    if (displacements) displacements->enter_plane(k);
    for (std::size_t j = 0; j < size[1]; ++j) {
      if (displacements) displacements->enter_row(j);
      for (std::size_t i = 0; i < size[0]; ++i, ++n) {
        std::array<double, 3> p{static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)};
        if (displacements) {
          const std::array<double, 3> shift = displacements->at(i);
          for (std::size_t a = 0; a < 3; ++a) p[a] += shift[a];
        }
        std::array<double, 3> at = origin.offset;
        for (std::size_t a = 0; a < 3; ++a)
          at[a] += origin.matrix[a][0] * p[0] + origin.matrix[a][1] * p[1] + origin.matrix[a][2] * p[2];
        const bool reached = sampler.reaches(at);
        out.image[n] = reached ? sampler.image(at) : outside.image;
        if (out.labels) out.labels[n] = reached ? sampler.label(at) : outside.label;
        if (!out.probabilities) continue;
        if (reached) {
          sampler.probabilities(at, classes, out.probabilities + n, patch);
        } else {
          for (std::size_t c = 0; c < classes; ++c) out.probabilities[c * patch + n] = outside.probability(c);
        }
      }
    }
  }
}

void change_intensity(const VolumeStatistics& statistics, const PatchDraw& draw, std::size_t voxels, float* image) {
  float* const end = image + voxels;
  if (draw.gamma) {
    const auto [least, most] = std::minmax_element(image, end);
    const float low = *least, range = *most - low;
    const auto exponent = static_cast<float>(draw.exponent);
    if (range > 0)
      std::transform(image, end, image,
                     [&](float v) { return low + range * std::pow((v - low) / range, exponent); });
  }
  if (draw.contrast || draw.brightness) {
    const double factor = draw.contrast ? draw.factor : 1;
    const double shift =
        statistics.mean * (1 - factor) + (draw.brightness ? draw.shift * statistics.deviation : 0);
    std::transform(image, end, image,
                   [&](float v) { return static_cast<float>(static_cast<double>(v) * factor + shift); });
  }
}

// Along the first `axes` of the axes; the others have one place.
PatchPlaces places_along(std::size_t axes, const PatchSize& size, const PatchSize& patch, PatchFlip rules) {
  PatchPlaces out;
  out.starts.fill(1);
  if (rules == PatchFlip::uamt) {
    bool small = false;
    for (std::size_t a = 0; a < axes; ++a) small = small || size[a] <= patch[a];
    for (std::size_t a = 0; a < axes; ++a) {
      const auto margin = static_cast<std::ptrdiff_t>(patch[a]) - static_cast<std::ptrdiff_t>(size[a]);
      const std::ptrdiff_t half = margin >= 0 ? margin / 2 : -((1 - margin) / 2);  // floored
      if (small) out.before[a] = static_cast<std::size_t>(std::max<std::ptrdiff_t>(half + 3, 0));
      out.starts[a] = size[a] + 2 * out.before[a] - patch[a];
    }
    return out;
  }
  for (std::size_t a = 0; a < axes; ++a) {
    const std::size_t padded = std::max(size[a], patch[a]);
    out.before[a] = (padded - size[a]) / 2;
    out.starts[a] = padded - patch[a] + 1;
  }
  return out;
}

}  // namespace

VolumeStatistics statistics_of(const TrainingVolume& volume) {
  assert(!volume.voxels.empty());
  VolumeStatistics out;
  const auto n = static_cast<double>(volume.voxels.size());
  out.minimum = volume.voxels.front();
  double sum = 0, squares = 0;
  for (const float v : volume.voxels) {
    out.minimum = std::min(out.minimum, v);
    sum += v;
  }
  out.mean = sum / n;
  for (const float v : volume.voxels) squares += (v - out.mean) * (v - out.mean);
  out.deviation = std::sqrt(squares / n);
  return out;
}

PatchPlaces patch_places(const PatchSize& size, const PatchSize& patch, PatchFlip rules) {
  return places_along(3, size, patch, rules);
}

PatchPlaces patch_places_in_plane(const PatchSize& size, const PatchSize& patch, PatchFlip rules) {
  return places_along(2, size, patch, rules);
}

void cut_patch(const TrainingVolume& volume, const VolumeStatistics& statistics, PatchFlip rules, const PatchDraw& draw,
               core::RandomStream elastic, const PatchSize& size, const PatchTarget& out) {
  assert(!out.labels || volume.labels.size() == volume.voxels.size());
  assert(!out.probabilities || !volume.probabilities.empty());
  const View view = view_of(volume.grid, draw);
  assert(!draw.plane || (size[2] == 1 && *draw.plane < view.size[2]));
  const PatchPlaces places =
      draw.plane ? patch_places_in_plane(view.size, size, rules) : patch_places(view.size, size, rules);
  std::array<std::ptrdiff_t, 3> first{};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto start = static_cast<std::size_t>(draw.place[a] * static_cast<double>(places.starts[a]));
    first[a] = static_cast<std::ptrdiff_t>(std::min(start, places.starts[a] - 1)) -
               static_cast<std::ptrdiff_t>(places.before[a]);
  }
  if (draw.plane) first[2] = static_cast<std::ptrdiff_t>(*draw.plane);
  const Outside outside{rules == PatchFlip::uamt ? 0 : statistics.minimum, 0};
  if (draw.resamples()) {
    std::optional<Displacements> displacements;
    const bool in_plane = draw.plane.has_value();
    if (draw.elastic)
      displacements.emplace(size, draw.elastic_amplitude, draw.elastic_spacing, in_plane, elastic);
    resample_patch(volume, origin_of(volume.grid, view, first, size, draw), displacements ? &*displacements : nullptr,
                   outside, size, out);
  } else {
    const std::size_t voxels = volume.voxels.size(), patch = size[0] * size[1] * size[2];
    copy_patch(volume.voxels.data(), volume.grid, view, first, size, outside.image, out.image);
    if (out.labels) copy_patch(volume.labels.data(), volume.grid, view, first, size, outside.label, out.labels);
    for (std::size_t c = 0; out.probabilities && c < volume.probabilities.size() / voxels; ++c)
      copy_patch(volume.probabilities.data() + c * voxels, volume.grid, view, first, size, outside.probability(c),
                 out.probabilities + c * patch);
  }
  change_intensity(statistics, draw, size[0] * size[1] * size[2], out.image);
}

}  // namespace coopseg::dataset
