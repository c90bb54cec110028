#include "coopseg/phantom/scanner.h"

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/random.h"

namespace coopseg::phantom {
namespace {

Scanner make(const char* site, Sequence sequence, std::array<std::size_t, 2> matrix, double spacing_mm,
             double slice_spacing_mm, double thickness_mm, double rotation_degrees) {
  Scanner s;
  s.site = site;
  s.sequence = sequence;
  s.matrix = matrix;
  s.spacing_mm = spacing_mm;
  s.slice_spacing_mm = slice_spacing_mm;
  s.slice_thickness_mm = thickness_mm;
  s.rotation_degrees = rotation_degrees;
  return s;
}

void set_receiver(Scanner& s, double noise, double correlation, double blur, double gain) {
  s.noise = noise;
  s.noise_correlation = correlation;
  s.blur = blur;
  s.gain = gain;
}

void set_coils(Scanner& s, double range_mm, double shading, std::array<double, 2> offset_mm, double shim_hz) {
  s.coil_range_mm = range_mm;
  s.coil_shading = shading;
  s.coil_offset_mm = offset_mm;
  s.shim_hz = shim_hz;
}

Scanner drawn_site(const std::string& name) {
  core::RandomStream draw(0, {"phantom", "scanner", name});
  Sequence q;
  q.field_t = draw.chance(0.4) ? 3.0 : 1.5;
  q.tr_ms = draw.uniform(2.7, q.field_t > 2 ? 3.3 : 3.9);
  q.te_ms = q.tr_ms / 2 * draw.uniform(0.9, 1.05);
  q.flip_degrees = q.field_t > 2 ? draw.uniform(35, 50) : draw.uniform(45, 75);
  const double spacing = draw.uniform(1.34, 1.7), slices = draw.uniform(8, 10);
  const auto columns = static_cast<std::size_t>(8 * draw.below(6) + 208);
  const double thickness = slices * draw.uniform(0.7, 1);
  Scanner s = make(name.c_str(), q, {columns, 256}, spacing, slices, thickness, draw.uniform(-30, 30));
  s.breathing_mm = draw.uniform(0.3, 1.4);
  set_receiver(s, draw.uniform(0.015, 0.06), draw.uniform(0, 0.2), draw.uniform(0.02, 0.18), draw.uniform(150, 900));
  set_coils(s, draw.uniform(95, 180), draw.uniform(0.25, 1), {draw.uniform(-40, 40), draw.uniform(-30, 30)},
            q.field_t > 2 ? draw.uniform(25, 50) : draw.uniform(8, 20));
  return s;
}

}  // namespace

std::vector<std::string> Scanner::all_sites() {
  std::vector<std::string> names;
  for (char c = 'A'; c <= 'Z'; ++c) names.emplace_back(1, c);
  return names;
}

Scanner Scanner::of_site(const std::string& name) {
  if (name.size() != 1 || name[0] < 'A' || name[0] > 'Z') {
    throw core::UsageError("--site", "'" + name + "' is not a site, which are A ... Z", "give one capital letter");
  }
  Scanner s;
  switch (name[0]) {
    case 'A':  // 1.5 T, well tuned
      s = make("A", {3.0, 1.5, 65, 1.5}, {216, 256}, 1.5625, 10, 8, 0);
      set_receiver(s, 0.022, 0.10, 0.10, 420);
      set_coils(s, 150, 0.55, {0, 0}, 10);
      s.breathing_mm = 0.6;
      break;
    case 'B':  // 3 T: less flip for the sake of heating, fine voxels, strong shading, dark bands at the rim
      s = make("B", {2.9, 1.4, 38, 3.0}, {256, 256}, 1.3672, 8, 8, -22);
      set_receiver(s, 0.04, 0.03, 0.04, 900);
      set_coils(s, 100, 1.0, {30, 20}, 42);
      s.breathing_mm = 0.9;
      break;
    case 'C':  // 1.5 T, older: noisy, interpolated, thick slices
      s = make("C", {3.9, 1.95, 50, 1.5}, {208, 256}, 1.68, 10, 10, 18);
      set_receiver(s, 0.075, 0.19, 0.2, 160);
      set_coils(s, 125, 0.9, {-25, 0}, 16);
      s.breathing_mm = 1.3;
      break;
    case 'D':  // 1.5 T, images normalised by the scanner, large flip angle
      s = make("D", {3.4, 1.7, 78, 1.5}, {232, 256}, 1.45, 7, 7, 8);
      set_receiver(s, 0.03, 0.06, 0.07, 620);
      set_coils(s, 160, 0.15, {0, 0}, 8);
      s.breathing_mm = 0.5;
      break;
    case 'E':  // 3 T, normalised, low resolution for a short breath-hold
      s = make("E", {3.1, 1.5, 45, 3.0}, {192, 224}, 1.66, 10, 8, 35);
      set_receiver(s, 0.028, 0.16, 0.15, 300);
      set_coils(s, 130, 0.4, {20, -20}, 30);
      s.breathing_mm = 1.0;
      break;
    case 'F':  // 1.5 T, spine coil only: bright behind, dim in front
      s = make("F", {3.2, 1.6, 55, 1.5}, {240, 240}, 1.5, 9, 7, -12);
      set_receiver(s, 0.055, 0.08, 0.1, 230);
      set_coils(s, 90, 0.8, {-60, 10}, 12);
      s.breathing_mm = 0.8;
      break;
    default:
      s = drawn_site(name);
  }
  return s;
}

CoilArray::CoilArray(const Scanner& scanner, const Vector3& body_centre, double half_width_mm, double half_depth_mm)
    : range_mm_(scanner.coil_range_mm), exponent_(scanner.coil_shading) {
  std::size_t n = 0;
  for (const double side : {-0.45, 0.45}) {
    for (const double level : {-70.0, 70.0}) {
      for (const double face : {-1.0, 1.0}) {
        elements_[n++] = body_centre + Vector3{side * half_width_mm + scanner.coil_offset_mm[0],
                                               face * (half_depth_mm + 15), level + scanner.coil_offset_mm[1]};
      }
    }
  }
  at_heart_ = raw({0, 0, 0});
}

double CoilArray::raw(const Vector3& p) const {
  double sum = 0;
  for (const Vector3& element : elements_) {
    // On the axis of a loop the field falls with (1 + distance^2 / radius^2)^(-3/2); squared here.
    const Vector3 d = p - element;
    const double q = 1 + dot(d, d) / (range_mm_ * range_mm_);
    sum += 1 / (q * q * q);
  }
  return std::sqrt(sum);
}

double CoilArray::sensitivity(const Vector3& p) const { return std::pow(raw(p) / at_heart_, exponent_); }

}  // namespace coopseg::phantom
