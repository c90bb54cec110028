#include "coopseg/phantom/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

#include "coopseg/core/random.h"
#include "coopseg/phantom/body.h"
#include "coopseg/phantom/signal.h"
#include "coopseg/phantom/texture.h"
#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {
namespace {

using Complex = std::complex<float>;

constexpr double kSliceMargin = 0.6;  // of the slice spacing, below the apex
constexpr std::size_t kFewestSlices = 6, kMostSlices = 18;

// Signals of all tissues over off-resonance, so that a voxel costs two look-ups per tissue in it.
class SignalTable {
 public:
  explicit SignalTable(const Sequence& sequence) {
    for (std::size_t t = 0; t < kTissues; ++t) {
      const Relaxation tissue = relaxation(static_cast<Tissue>(t), sequence.field_t);
      for (std::size_t n = 0; n < kSteps; ++n) {
        values_[t][n] = Complex(bssfp_signal(tissue, sequence, (static_cast<double>(n) - kMiddle) * kStepHz));
      }
    }
    blood_ = std::abs(values_[static_cast<std::size_t>(Tissue::blood)][kMiddle]);
  }
  Complex at(Tissue tissue, double hz) const {
    const double place = std::clamp(hz / kStepHz + kMiddle, 0.0, kSteps - 1.001);
    const auto n = static_cast<std::size_t>(place);
    const auto w = static_cast<float>(place - static_cast<double>(n));
    const auto& row = values_[static_cast<std::size_t>(tissue)];
    return (1 - w) * row[n] + w * row[n + 1];
  }
  float blood() const { return blood_; }

 private:
  static constexpr std::size_t kSteps = 401, kMiddle = 200;
  static constexpr double kStepHz = 2;
  std::array<std::array<Complex, kSteps>, kTissues> values_;
  float blood_ = 1;
};

// Main field that shimming has left: flat at the heart, bent further out, disturbed where the lung touches the heart.
double off_resonance_hz(const Vector3& p, double shim_hz, std::uint32_t salt) {
  const Vector3 q = 0.01 * p;
  const double bent = 0.5 * (q.x * q.x - q.y * q.y) + 0.45 * q.z * q.z - 0.4 * q.x * q.y;
  return shim_hz * (bent + 0.5 * value_noise({p.x / 75, p.y / 75, p.z / 75}, salt + 40));
}

// The grain of a tissue at a point: a factor on its signal, and how much of it is blood in vessels.
struct Grain {
  float factor = 1, vessels = 0;
};
Grain grain(Tissue tissue, const Vector3& p, std::uint32_t salt) {
  Grain g;
  switch (tissue) {
    case Tissue::lung: {
      // Vessels thin out away from the hila.
      const double away = (square(p.x + 20) + square(p.y - 38) + square(p.z - 35)) / square(105);
      const double there = vessel_fraction({p.x / 21, p.y / 21, p.z / 27}, 0.19, salt + 20);
      g.vessels = static_cast<float>(0.6 * std::exp(-away) * there);
      g.factor = static_cast<float>(1 + 0.25 * value_noise({p.x / 30, p.y / 30, p.z / 30}, salt + 21));
      break;
    }
    case Tissue::liver: {
      g.vessels = static_cast<float>(0.7 * vessel_fraction({p.x / 27, p.y / 27, p.z / 27}, 0.16, salt + 22));
      g.factor = static_cast<float>(1 + 0.05 * value_noise({p.x / 7, p.y / 7, p.z / 7}, salt + 23));
      break;
    }
    case Tissue::blood:
      g.factor = static_cast<float>(1 + 0.07 * value_noise({p.x / 16, p.y / 16, p.z / 16}, salt + 24));
      break;
    case Tissue::myocardium:
      g.factor = static_cast<float>(1 + 0.08 * value_noise({p.x / 9, p.y / 9, p.z / 9}, salt + 25));
      break;
    case Tissue::muscle:
      g.factor = static_cast<float>(1 + 0.16 * value_noise({p.x / 5, p.y / 5, p.z / 18}, salt + 26));
      break;
    case Tissue::fat:
      g.factor = static_cast<float>(1 + 0.10 * value_noise({p.x / 11, p.y / 11, p.z / 11}, salt + 27));
      break;
    case Tissue::stomach:
      g.factor = static_cast<float>(1 + 0.45 * value_noise({p.x / 10, p.y / 10, p.z / 10}, salt + 28));
      break;
    default:
      break;
  }
  return g;
}

// Three-point kernel (w, 1 - 2 w, w) along rows and columns, closed at the rim as a sampled Fourier transform is: so
// noise is as strong there as elsewhere.
template <class T>
void smooth_plane(std::vector<T>& plane, std::size_t columns, std::size_t rows, float w) {
  if (w <= 0) return;
  std::vector<T> line(std::max(columns, rows));
  const auto pass = [&](std::size_t start, std::size_t step, std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) line[n] = plane[start + n * step];
    for (std::size_t n = 0; n < count; ++n) {
      plane[start + n * step] =
          (1 - 2 * w) * line[n] + w * (line[n ? n - 1 : count - 1] + line[n + 1 < count ? n + 1 : 0]);
    }
  };
  for (std::size_t j = 0; j < rows; ++j) pass(j * columns, 1, columns);
  for (std::size_t i = 0; i < columns; ++i) pass(i, columns, rows);
}

// One slice at a time: what the renderer knows for all of them.
class SliceRenderer {
 public:
  SliceRenderer(const Anatomy& anatomy, const Body& body, const Scanner& scanner, const Stack& stack)
      : body_(body),
        scanner_(scanner),
        stack_(stack),
        table_(scanner.sequence),
        coils_(scanner, anatomy.body_centre, anatomy.half_width_mm, anatomy.half_depth_mm),
        salt_(anatomy.salt),
        columns_(stack.grid.size[0]),
        rows_(stack.grid.size[1]) {
    const auto& d = stack.grid.direction;
    across_ = stack.grid.spacing_mm[0] * Vector3{d[0], d[3], d[6]};
    down_ = stack.grid.spacing_mm[1] * Vector3{d[1], d[4], d[7]};
    through_ = stack.slice_thickness_mm * Vector3{d[2], d[5], d[8]};
  }

  // Signal relative to blood's at the heart, and labels, of slice k.
  void draw(std::size_t k, std::vector<Complex>& signal, std::int32_t* labels) {
    const auto first = stack_.grid.position_mm(0, 0, static_cast<double>(k));
    corner_ = Vector3{first[0], first[1], first[2]} - stack_.isocentre_mm - stack_.shift_mm[k];
    tissues_.resize(columns_ * rows_);
    for (std::size_t j = 0; j < rows_; ++j) {
      for (std::size_t i = 0; i < columns_; ++i) {
        const Vector3 p = centre(i, j);
        std::uint32_t found = 0;
        for (std::size_t l = 0; l < kLayers; ++l) {
          const double depth = (static_cast<double>(l) + 0.5) / kLayers - 0.5;
          const Sample s = body_.at(p + depth * through_);
          found |= 1u << static_cast<unsigned>(s.tissue);
          if (l == kLayers / 2) labels[j * columns_ + i] = s.label;
        }
        tissues_[j * columns_ + i] = found;
      }
    }
    for (std::size_t j = 0; j < rows_; ++j) {
      for (std::size_t i = 0; i < columns_; ++i) signal[j * columns_ + i] = voxel(i, j);
    }
  }

 private:
  static constexpr std::size_t kLayers = 3;          // through the slice, everywhere
  static constexpr int kFineAcross = 3, kFineThrough = 4;  // where tissues meet

  Vector3 centre(std::size_t i, std::size_t j) const {
    return corner_ + static_cast<double>(i) * across_ + static_cast<double>(j) * down_;
  }

  // All tissues in a voxel and its four neighbours, one bit each.
  std::uint32_t around(std::size_t i, std::size_t j) const {
    const std::size_t n = j * columns_ + i;
    return tissues_[n] | tissues_[i ? n - 1 : n] | tissues_[i + 1 < columns_ ? n + 1 : n] |
           tissues_[j ? n - columns_ : n] | tissues_[j + 1 < rows_ ? n + columns_ : n];
  }

  Complex voxel(std::size_t i, std::size_t j) const {
    const Vector3 p = centre(i, j);
    std::array<std::uint16_t, kTissues> count{};
    float total = 1;
    const std::uint32_t here = around(i, j);
    if (here == 1u << static_cast<unsigned>(Tissue::air)) return 0;
    if ((here & (here - 1)) == 0) {
      for (std::size_t t = 0; t < kTissues; ++t) count[t] = here >> t & 1u;
    } else {
      total = kFineAcross * kFineAcross * kFineThrough;
      for (int c = 0; c < kFineThrough; ++c) {
        const Vector3 at_depth = p + ((c + 0.5) / kFineThrough - 0.5) * through_;
        for (int b = 0; b < kFineAcross; ++b) {
          for (int a = 0; a < kFineAcross; ++a) {
            const Sample s = body_.at(at_depth + ((a + 0.5) / kFineAcross - 0.5) * across_ +
                                      ((b + 0.5) / kFineAcross - 0.5) * down_);
            ++count[static_cast<std::size_t>(s.tissue)];
          }
        }
      }
    }
    const double hz = off_resonance_hz(p, scanner_.shim_hz, salt_);
    Complex sum = 0;
    for (std::size_t t = 0; t < kTissues; ++t) {
      if (!count[t]) continue;
      const auto tissue = static_cast<Tissue>(t);
      const Grain g = grain(tissue, p, salt_);
      Complex value = g.factor * table_.at(tissue, hz);
      if (g.vessels > 0) value += g.vessels * (table_.at(Tissue::blood, hz) - value);
      sum += static_cast<float>(count[t]) * value;
    }
    return static_cast<float>(coils_.sensitivity(p)) / (total * table_.blood()) * sum;
  }

  const Body& body_;
  const Scanner& scanner_;
  const Stack& stack_;
  SignalTable table_;
  CoilArray coils_;
  std::uint32_t salt_;
  std::size_t columns_, rows_;
  Vector3 across_, down_, through_, corner_;
  std::vector<std::uint32_t> tissues_;  // of each voxel, one bit each
};

void set_direction(image::Grid& grid, const Vector3& x, const Vector3& y, const Vector3& z) {
  grid.direction = {x.x, y.x, z.x, x.y, y.y, z.y, x.z, y.z, z.z};
}

// Number and distance of the slices for a heart of `extent_mm`.
void plan_slices(const StackOptions& options, const Scanner& scanner, double extent_mm, image::Grid& grid) {
  double spacing = options.slice_spacing_mm.value_or(scanner.slice_spacing_mm);
  std::size_t slices = options.slices.value_or(0);
  if (!slices) {
    slices = static_cast<std::size_t>(std::ceil(extent_mm / spacing + kSliceMargin)) + 1;
    slices = std::clamp(slices, kFewestSlices, kMostSlices);
  } else if (!options.slice_spacing_mm) {
    spacing = extent_mm / static_cast<double>(slices);
  }
  grid.size[2] = slices;
  grid.spacing_mm[2] = spacing;
}

}  // namespace

Stack plan_stack(const Anatomy& anatomy, const Scanner& scanner, const StackOptions& options, std::uint64_t seed) {
  core::RandomStream draw(seed, {"phantom", "stack", anatomy.id, scanner.site});
  Stack stack;
  image::Grid& grid = stack.grid;
  const double spacing = options.spacing_mm.value_or(scanner.spacing_mm);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    grid.spacing_mm[axis] = spacing;
    const double field_of_view = static_cast<double>(scanner.matrix[axis]) * scanner.spacing_mm;
    const auto covering = static_cast<std::size_t>(std::lround(field_of_view / spacing));
    grid.size[axis] = options.size ? (*options.size)[axis] : std::max<std::size_t>(16, covering);
  }

  // Sites turn their images, subjects a little more; planners miss the axis and the centre by a little.
  const double angle = (scanner.rotation_degrees + draw.uniform(-10, 10)) * kPi / 180;
  const Frame& heart = anatomy.heart_axes;
  const double miss_x = draw.uniform(-0.07, 0.07), miss_y = draw.uniform(-0.07, 0.07);
  const Vector3 through = unit(miss_x * heart.x + miss_y * heart.y - heart.z);
  const Vector3 upright = unit(heart.x - dot(heart.x, through) * through);
  const Vector3 sideways = cross(through, upright);
  const Vector3 x = std::cos(angle) * upright + std::sin(angle) * sideways;
  const Vector3 y = cross(through, x);
  set_direction(grid, x, y, through);

  const double outer_apex = anatomy.diastole.length_mm + anatomy.diastole.apex_wall_mm;
  plan_slices(options, scanner, outer_apex, grid);
  const double overlap = scanner.slice_thickness_mm / scanner.slice_spacing_mm;
  stack.slice_thickness_mm = grid.spacing_mm[2] * std::min(1.0, overlap);

  // The stack is centred on the ventricle's length, the image on the ventricles with a planner's aim; a small image is
  // aimed more carefully, or the heart would leave it.
  const double width = static_cast<double>(std::min(grid.size[0], grid.size[1])) * spacing;
  const double aim = std::clamp((width - 170) / 150, 0.1, 1.0);
  const double off_x = draw.uniform(-22, 22) * aim - 12, off_y = draw.uniform(-22, 22) * aim;
  const double middle =
      outer_apex / 2 - anatomy.diastole.length_mm / 2 + draw.uniform(-0.25, 0.25) * grid.spacing_mm[2];
  const Vector3 centre = middle * heart.z + off_x * heart.x + off_y * heart.y;
  stack.isocentre_mm = {draw.uniform(-25, 40), draw.uniform(-45, 5), draw.uniform(-60, 60)};
  const auto half = [&](std::size_t axis) {
    return 0.5 * static_cast<double>(grid.size[axis] - 1) * grid.spacing_mm[axis];
  };
  const Vector3 origin = stack.isocentre_mm + centre - half(0) * x - half(1) * y - half(2) * through;
  grid.origin_mm = {origin.x, origin.y, origin.z};

  // Breath-holds move the heart along the body and a third as much forwards.
  for (std::size_t k = 0; k < grid.size[2]; ++k) {
    const double shift = scanner.breathing_mm * std::clamp(draw.normal(), -2.5, 2.5);
    stack.shift_mm.push_back({0, shift / 3, -shift});
  }
  return stack;
}

Rendering render(const Anatomy& anatomy, Phase phase, const Scanner& scanner, const Stack& stack,
                 std::uint64_t seed) {
  const Body body(anatomy, phase);
  SliceRenderer slices(anatomy, body, scanner, stack);
  Rendering result{image::Image(stack.grid), image::LabelMap(stack.grid)};
  const std::size_t columns = stack.grid.size[0], rows = stack.grid.size[1], plane = columns * rows;
  const auto blur = static_cast<float>(scanner.blur), correlation = static_cast<float>(scanner.noise_correlation);
  // The kernel lessens the noise's variance along each axis by the sum of its squared weights; undone here.
  const double kept = std::pow(1 - 2 * scanner.noise_correlation, 2) + 2 * std::pow(scanner.noise_correlation, 2);
  const double sigma = scanner.noise / kept;
  const char* frame = phase == Phase::end_diastole ? "ED" : "ES";
  std::vector<Complex> signal(plane), noise(plane);
  for (std::size_t k = 0; k < stack.grid.size[2]; ++k) {
    slices.draw(k, signal, result.labels.voxels.data() + k * plane);
    smooth_plane(signal, columns, rows, blur);
    core::RandomStream draw(seed, {"phantom", "noise", anatomy.id, scanner.site, frame}, {k});
    for (Complex& n : noise) {
      const double real = draw.normal();
      n = Complex(static_cast<float>(sigma * real), static_cast<float>(sigma * draw.normal()));
    }
    smooth_plane(noise, columns, rows, correlation);
    for (std::size_t n = 0; n < plane; ++n) {
      const double magnitude = rician(signal[n], noise[n].real(), noise[n].imag());
      result.image.voxels[k * plane + n] = static_cast<float>(std::round(scanner.gain * magnitude));
    }
  }
  return result;
}

}  // namespace coopseg::phantom
