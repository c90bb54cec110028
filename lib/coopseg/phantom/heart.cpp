#include "coopseg/phantom/heart.h"

#include <algorithm>
#include <cmath>

#include "coopseg/phantom/texture.h"
#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {
namespace {

// The left cavity is an ellipsoid of revolution cut a quarter of its length below its widest place, so that it narrows
// a little towards the base.
constexpr double kEquator = 0.25;
constexpr double kPericardium = 1.6;
constexpr double kLargest = 1e9;

// Smooth minimum: fills the groove where two surfaces meet.
double smooth_minimum(double a, double b, double width) {
  const double h = std::max(width - std::abs(a - b), 0.0) / width;
  return std::min(a, b) - 0.25 * h * h * width;
}

// Signed distance to an ellipsoid's surface, to first order exact at the surface.
double ellipsoid_distance(const Vector3& d, double a, double b, double c) {
  const double q = std::sqrt(square(d.x / a) + square(d.y / b) + square(d.z / c));
  const double g = std::sqrt(square(d.x / (a * a)) + square(d.y / (b * b)) + square(d.z / (c * c)));
  return g < 1e-12 ? -std::min({a, b, c}) : q * (q - 1) / g;
}

double segment_distance(const Vector3& p, const Vector3& from, const Vector3& to) {
  const Vector3 along = to - from, d = p - from;
  const double t = std::clamp(dot(d, along) / dot(along, along), 0.0, 1.0);
  return length(d - t * along);
}

}  // namespace

double cavity_volume_ml(double length_mm, double radius_mm, double mean_square) {
  return outer_volume_ml(length_mm, 0, radius_mm, mean_square);
}

double outer_volume_ml(double length_mm, double apex_wall_mm, double outer_radius_mm, double mean_square) {
  const double up = kEquator * length_mm, down = (1 - kEquator) * length_mm + apex_wall_mm;
  // The ellipsoid's half axis above the equator is the same as below it; `up` is where it is cut.
  const double integral = up + down - (up * up * up + down * down * down) / (3 * down * down);
  return kPi * square(outer_radius_mm) * mean_square * integral / 1000;
}

Heart::Heart(const Anatomy& a, Phase phase)
    : v_(a.ventricles(phase)),
      papillary_(a.papillary),
      axes_(a.heart_axes),
      origin_z_(a.diastole.length_mm / 2),
      bend_(a.bend_mm),
      tilt_(a.base_tilt),
      fat_mm_(a.epicardial_fat_mm),
      trabeculae_(a.trabeculae),
      salt_(a.salt) {
  double widest = 0;
  for (std::size_t n = 0; n < kAngles; ++n) {
    const double angle = 2 * kPi * static_cast<double>(n) / kAngles;
    const double shape =
        1 + a.oval * std::cos(2 * (angle - a.oval_angle)) + a.triangle * std::cos(3 * (angle - a.triangle_angle));
    const double thickness = v_.wall_mm * (1 + a.wall_variation * std::cos(angle - a.wall_angle));
    walls_[n] = {v_.radius_mm * shape, v_.radius_mm * shape + thickness};
    widest = std::max(widest, walls_[n].outside);
  }
  // The right ventricle is an ellipsoid that reaches a little behind the septum's surface, less the left ventricle.
  const double outer = v_.radius_mm + v_.wall_mm, behind = 0.12 * outer;
  rv_half_width_ = (outer + v_.rv_reach_mm + behind) / 2;
  rv_x_ = -(outer + v_.rv_reach_mm - behind) / 2;
  rv_y_ = a.rv_down_mm;
  rv_cos_ = std::cos(a.rv_angle);
  rv_sin_ = std::sin(a.rv_angle);
  const bool systole = phase == Phase::end_systole;
  papillary_scale_ = systole ? 1.1 : 1;
  papillary_place_ = systole ? 0.55 : 0.6;
  atria_ = systole ? 1.1 : 1;
  // Generous bounds of everything that at_local() can find; most points of a trunk lie beyond them.
  const double sides = 22 + 2 * fat_mm_;
  lowest_ = {-std::max(outer + 1.25 * v_.rv_reach_mm, 74.0) - sides,
             -std::max(widest, v_.rv_half_height_mm) - 8 - sides, v_.base_mm - 85};
  highest_ = {std::max(widest, 40.0) + sides, std::max({widest, v_.rv_half_height_mm, 52.0}) + sides, apex_mm() + 15};
}

Vector3 Heart::to_local(const Vector3& p) const {
  const Vector3 h = axes_.to_local(p);
  return {h.x, h.y, h.z + origin_z_};
}

Vector3 Heart::to_patient(const Vector3& h) const { return axes_.to_patient({h.x, h.y, h.z - origin_z_}); }

Sample Heart::at(const Vector3& p) const { return at_local(to_local(p)); }

const Heart::Wall& Heart::wall(double x, double y) const {
  const double turns = std::atan2(y, x) / (2 * kPi) + 1;
  return walls_[static_cast<std::size_t>(turns * kAngles + 0.5) % kAngles];
}

bool Heart::in_papillary(double x, double y, double along, double cavity_mm) const {
  for (const Papillary& muscle : papillary_) {
    if (along < muscle.from || along > muscle.to) continue;
    // Free at its tip, towards the wall at its foot.
    const double s = (along - muscle.from) / (muscle.to - muscle.from);
    const double place = cavity_mm * (papillary_place_ + 0.32 * s * s);
    const double thickest = std::min(muscle.radius_mm * papillary_scale_, 0.27 * cavity_mm);
    const double thick = thickest * std::sqrt(std::min(1.0, 0.15 + 2.5 * s));
    const double dx = x - place * std::cos(muscle.angle), dy = y - place * std::sin(muscle.angle);
    if (dx * dx + dy * dy < thick * thick) return true;
  }
  return false;
}

Sample Heart::above_base(const Vector3& h, double below_base, double q_cavity, double q_outside) const {
  const double wall_mm = 1.4;
  const auto chamber = [&](double distance) -> Sample {
    return {distance < -wall_mm ? Tissue::blood : Tissue::myocardium, kBackground, true};
  };
  // Outflow tract and aortic root, towards the septum and upwards; pulmonary trunk in front of it.
  const double aorta = segment_distance(h, {-10, -8, v_.base_mm + 6}, {-26, -26, v_.base_mm - 80}) - 14.5;
  const double trunk = segment_distance(h, {-28, -34, v_.base_mm - 2}, {4, -44, v_.base_mm - 62}) - 13.5;
  const double left_atrium = ellipsoid_distance({h.x - 9, h.y - 8, h.z - v_.base_mm + 24 * atria_}, 27 * atria_,
                                                28 * atria_, 28 * atria_);
  const double right_atrium = ellipsoid_distance({h.x + 44, h.y - 20, h.z - v_.rv_base_mm + 20 * atria_}, 26 * atria_,
                                                 31 * atria_, 26 * atria_);
  if (aorta < 0) return chamber(aorta);
  if (left_atrium < 0) return chamber(left_atrium);
  if (right_atrium < 0) return chamber(right_atrium);
  if (trunk < 0) return chamber(trunk);
  if (q_cavity < 0.97 && below_base > -10) return {Tissue::blood, kBackground, true};
  if (q_outside < 1 && below_base > -4) return {Tissue::myocardium, kBackground, true};
  // The atrioventricular groove is full of fat.
  const double atria = smooth_minimum(left_atrium, right_atrium, 14), vessels = smooth_minimum(aorta, trunk, 14);
  const double nearest = smooth_minimum(atria, vessels, 14);
  if (nearest < fat_mm_ + 2) return {Tissue::fat, kBackground, true};
  if (nearest < fat_mm_ + 3.5) return {Tissue::pericardium, kBackground, true};
  return {};
}

Sample Heart::at_local(const Vector3& h) const {
  const double apex = apex_mm();
  if (h.x < lowest_.x || h.x > highest_.x || h.y < lowest_.y || h.y > highest_.y || h.z < lowest_.z ||
      h.z > highest_.z) {
    return {};
  }
  const double t = h.z - v_.base_mm;
  const double along = std::clamp(t / v_.length_mm, 0.0, 1.0);
  const double x = h.x - bend_[0] * along * along, y = h.y - bend_[1] * along * along;
  const double below_base = t + tilt_[0] * x + tilt_[1] * y;

  const Wall& w = wall(x, y);
  const double from_axis = std::sqrt(x * x + y * y);
  const double half_length = (1 - kEquator) * v_.length_mm;
  const double from_equator = t - kEquator * v_.length_mm;
  const double height = square(from_equator / half_length);
  const double outer_height = square(from_equator / (half_length + v_.apex_wall_mm));
  const double q_cavity = std::sqrt(square(from_axis / w.cavity) + height);
  const double q_outside = std::sqrt(square(from_axis / w.outside) + outer_height);

  if (below_base >= 0) {
    if (q_cavity < 1) {
      const double cavity_mm = w.cavity * std::sqrt(std::max(0.0, 1 - height));
      if (in_papillary(x, y, along, cavity_mm)) return {Tissue::myocardium, kLv, true};
      if (trabeculae_ > 0 && q_cavity > 0.8 && along > 0.35) {
        const double n = value_noise({h.x / 4.5, h.y / 4.5, h.z / 14}, salt_ + 1);
        if (n * trabeculae_ > 0.12 + (1 - q_cavity) * 3.2) return {Tissue::myocardium, kLv, true};
      }
      return {Tissue::blood, kLv, true};
    }
    if (q_outside < 1) return {Tissue::myocardium, kMyo, true};
  }

  const double dx = h.x - rv_x_, dy = h.y - rv_y_;
  const double rv_middle = v_.rv_base_mm + 0.22 * v_.rv_length_mm;
  // The body of the right ventricle, and the infundibulum that leads forwards and up to the pulmonary trunk.
  // Its free wall is flatter in front and bulges below, and its section shifts to the septum towards the apex.
  Vector3 in_rv{rv_cos_ * dx + rv_sin_ * dy, -rv_sin_ * dx + rv_cos_ * dy, h.z - rv_middle};
  in_rv.x -= 0.10 * in_rv.y + 0.16 * std::max(0.0, in_rv.z);
  in_rv.x *= 1 - 0.22 * std::clamp(in_rv.y / v_.rv_half_height_mm, -1.0, 1.0);
  const double body = ellipsoid_distance(in_rv, rv_half_width_, v_.rv_half_height_mm, 0.78 * v_.rv_length_mm);
  const Vector3 in_outflow{h.x + 0.85 * v_.radius_mm + 8, h.y + v_.radius_mm + v_.wall_mm - 2,
                           h.z - v_.rv_base_mm - 2};
  const double outflow =
      ellipsoid_distance(in_outflow, 0.5 * v_.rv_reach_mm + 5, 0.42 * v_.rv_reach_mm + 5, 26);
  const double rv = smooth_minimum(body, outflow, 12);
  const double below_rv_base = h.z - v_.rv_base_mm + tilt_[0] * x + tilt_[1] * y;
  if (below_rv_base >= 0 && q_outside >= 1) {
    if (rv < 0) {
      const double n = value_noise({h.x / 5.5, h.y / 5.5, h.z / 16}, salt_ + 2);
      const double apical = std::clamp(1 - (apex - h.z) / (1.1 * v_.rv_length_mm), 0.0, 1.0);
      if (rv > -7 && n * trabeculae_ > 0.30 - 0.25 * apical - rv * 0.09) return {Tissue::myocardium, kRv, true};
      return {Tissue::blood, kRv, true};
    }
    if (rv < v_.rv_wall_mm) return {Tissue::myocardium, kBackground, true};
  }

  if (below_base < 0 || below_rv_base < 0) {
    const Sample s = above_base(h, below_base, q_cavity, q_outside);
    if (s.found) return s;
  }

  // Fat under the pericardium, thickest in the grooves between the ventricles and towards the base.
  const double q_length = std::sqrt(from_axis * from_axis + from_equator * from_equator);
  const double left = below_base >= -2 ? (1 - 1 / q_outside) * q_length : kLargest;
  const double right = below_rv_base >= -2 ? rv - v_.rv_wall_mm : kLargest;
  const double outside = left < kLargest && right < kLargest ? smooth_minimum(left, right, 22) : std::min(left, right);
  const double groove = std::max(0.0, std::min(left, right) - outside);
  if (outside > 2.5 * fat_mm_ + groove + kPericardium) return {};
  const double lumpy = 1 + 0.9 * value_noise({h.x / 22, h.y / 22, h.z / 30}, salt_ + 3);
  const double over_right = right < left ? 0.5 * fat_mm_ : 0;
  const double fat = fat_mm_ * (lumpy - 0.75) * (0.7 + 0.8 * square(1 - along)) + over_right + groove;
  if (outside < fat) return {Tissue::fat, kBackground, true};
  if (outside < fat + kPericardium) return {Tissue::pericardium, kBackground, true};
  return {};
}

}  // namespace coopseg::phantom
