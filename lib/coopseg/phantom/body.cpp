#include "coopseg/phantom/body.h"

#include <algorithm>
#include <cmath>

#include "coopseg/phantom/texture.h"
#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {
namespace {

double in_ellipse(double dx, double dy, double a, double b) { return square(dx / a) + square(dy / b); }

double fraction(double v) { return v - std::floor(v); }

}  // namespace

Trunk::Trunk(const Anatomy& a)
    : centre_(a.body_centre),
      half_width_(a.half_width_mm),
      half_depth_(a.half_depth_mm),
      squareness_(a.squareness),
      fat_(a.fat_mm),
      muscle_(a.muscle_mm),
      right_dome_(a.right_dome_mm),
      left_dome_(a.left_dome_mm),
      liver_edge_(a.liver_edge_mm),
      gas_(a.stomach_gas),
      salt_(a.salt + 100) {}

Trunk::Depth Trunk::depth(const Vector3& p) const {
  // A "squircle" (Fernandez-Guasti): between an ellipse and its rectangle.
  const double dx = p.x - centre_.x, dy = p.y - centre_.y;
  const double u = square(dx / half_width_), v = square(dy / half_depth_);
  const double sum = u + v;
  const double q = std::sqrt((sum + std::sqrt(std::max(0.0, sum * sum - 4 * square(squareness_) * u * v))) / 2);
  const double radius = std::sqrt(dx * dx + dy * dy);
  const double skin = q < 1e-9 ? half_depth_ : radius * (1 / q - 1);
  const double back = radius > 0 ? dy / radius : 0, side = radius > 0 ? dx / radius : 0;
  const double fat = fat_ * (1 + 0.25 * back + 0.3 * side * back);
  const double muscle = muscle_ * (1 + 0.5 * std::max(0.0, back) + 0.25 * side * side);
  return {skin, skin - 2 - fat - muscle};
}

double Trunk::diaphragm(const Vector3& d) const {
  const double right = right_dome_ - 0.0042 * (square(d.x + 72) + 0.8 * square(d.y - 8));
  const double left = left_dome_ - 0.0045 * (square(d.x - 78) + 0.8 * square(d.y - 12));
  const double tendon = std::min(right_dome_, left_dome_) - 14 - 0.006 * (square(d.x) * 0.2 + square(d.y));
  return std::max({right, left, tendon});
}

Tissue Trunk::chest_wall(const Vector3& d, double inner_mm, double thickness_mm) const {
  // Sternum in front, ribs that slope down to the front elsewhere, muscles between them and outside.
  if (d.y < 0 && std::abs(d.x) < 19 && inner_mm < 12) {
    return std::abs(d.x) < 16 && inner_mm > 2 && inner_mm < 10 ? Tissue::marrow : Tissue::bone;
  }
  if (inner_mm < std::min(10.0, 0.75 * thickness_mm) && inner_mm > 1) {
    const double along = fraction((d.z + 0.45 * d.y) / 27.0);
    const double off = std::abs(along - 0.5) * 27, deep = inner_mm - 5.5;
    const double shape = square(off / 6.5) + square(deep / 4.6);
    if (shape < 1) return shape < 0.5 ? Tissue::marrow : Tissue::bone;
  }
  const double streak = value_noise({d.x / 9, d.y / 9, d.z / 26}, salt_ + 1);
  return streak > 0.52 ? Tissue::fat : Tissue::muscle;
}

Tissue Trunk::abdomen(const Vector3& p, const Vector3& d, double below_mm) const {
  if (below_mm < 2.5) return Tissue::muscle;
  // The liver's upper left border slants from the heart's underside towards the right.
  const double lumpy = 7 * value_noise({p.x / 32, p.y / 32, p.z / 32}, salt_ + 2);
  if (d.x < liver_edge_ - 0.35 * (d.y + 20) - 0.2 * below_mm + lumpy && d.y < half_depth_) {
    return below_mm < 4 ? Tissue::fat : Tissue::liver;
  }
  const double stomach = in_ellipse(d.x - 78, d.y + 12, 52, 52) + square((p.z - left_dome_ + 52) / 44);
  if (stomach < 1) {
    if (stomach > 0.84) return Tissue::muscle;
    return gas_ && d.y < -14 ? Tissue::air : Tissue::stomach;
  }
  const double spleen = in_ellipse(d.x - 108, d.y - 42, 32, 46) + square((p.z - left_dome_ + 55) / 45);
  if (spleen < 1) return Tissue::spleen;
  return Tissue::fat;
}

Tissue Trunk::at(const Vector3& p) const {
  const Depth deep = depth(p);
  if (deep.skin_mm < 0) return Tissue::air;
  if (deep.skin_mm < 2) return Tissue::skin;
  const Vector3 d = p - centre_;
  if (deep.cavity_mm < 0) {
    const double back = d.y / std::max(1e-9, std::sqrt(d.x * d.x + d.y * d.y));
    const double side = d.x / std::max(1e-9, std::sqrt(d.x * d.x + d.y * d.y));
    const double muscle = muscle_ * (1 + 0.5 * std::max(0.0, back) + 0.25 * side * side);
    if (-deep.cavity_mm > muscle) return Tissue::fat;
    return chest_wall(d, -deep.cavity_mm, muscle);
  }
  if (deep.cavity_mm < 1.5) return Tissue::fat;

  // Spine, with the muscles along it, and the great vessels before it.
  const double spine_y = half_depth_ - fat_ - 44;
  const double vertebra = in_ellipse(d.x, d.y - spine_y, 20, 17);
  if (vertebra < 1) {
    const double level = fraction(p.z / 30);
    if (level < 0.2) return Tissue::muscle;
    return vertebra < 0.78 && level > 0.26 && level < 0.94 ? Tissue::marrow : Tissue::bone;
  }
  const double canal = in_ellipse(d.x, d.y - spine_y - 25, 11, 9);
  if (canal < 1) return canal < 0.3 ? Tissue::muscle : Tissue::fluid;
  if (d.y > spine_y + 8 && std::abs(d.x) < 48) return std::abs(d.x) < 14 ? Tissue::bone : Tissue::muscle;
  const double aorta = in_ellipse(d.x - 24, d.y - spine_y + 20, 13, 13);
  if (aorta < 1) return aorta < 0.78 ? Tissue::blood : Tissue::muscle;

  const double below = diaphragm(d) - p.z;
  const double cava = in_ellipse(d.x + 24, d.y - spine_y + 42, 13, 11);
  if (cava < 1 && p.z < right_dome_ + 30) return Tissue::blood;
  if (below > 0) return abdomen(p, d, below);

  // The mediastinum: fat around the vessels, between the lungs.
  if (in_ellipse(d.x - 6, d.y - 12, 30, half_depth_ - 62) < 1) return Tissue::fat;
  return Tissue::lung;
}

}  // namespace coopseg::phantom
