// The heart of one subject at one phase as a function of position.
#pragma once

#include <array>
#include <cstdint>

#include "coopseg/phantom/anatomy.h"
#include "coopseg/phantom/signal.h"

namespace coopseg::phantom {

// Labels as everywhere in the toolkit.
constexpr int kBackground = 0, kLv = 1, kMyo = 2, kRv = 3;

struct Sample {
  Tissue tissue = Tissue::air;
  std::uint8_t label = 0;
  bool found = false;  // false: the point lies outside the heart and its fat
};

// Built once, then read by any number of threads. Keeps no reference to the anatomy.
class Heart {
 public:
  Heart(const Anatomy& anatomy, Phase phase);

  // At `p` in patient coordinates (mm). Papillary muscles and trabeculae are muscle in `tissue` and count as cavity in
  // `label`, as readers draw them (and as ACDC's are drawn).
  Sample at(const Vector3& p) const;

  // The same in the heart's own coordinates.
  Sample at_local(const Vector3& h) const;
  Vector3 to_local(const Vector3& p) const;
  Vector3 to_patient(const Vector3& h) const;

  // Where the left ventricle's muscle ends: z of the outer apex, in heart coordinates.
  double apex_mm() const { return v_.base_mm + v_.length_mm + v_.apex_wall_mm; }
  double base_mm() const { return v_.base_mm; }

 private:
  static constexpr std::size_t kAngles = 1024;
  struct Wall {
    double cavity, outside;  // radii at the equator, mm
  };
  const Wall& wall(double x, double y) const;
  bool in_papillary(double x, double y, double along, double cavity_mm) const;
  Sample above_base(const Vector3& h, double below_base, double q_cavity, double q_outside) const;

  Ventricles v_;
  std::array<Wall, kAngles> walls_;
  std::array<Papillary, 2> papillary_;
  Frame axes_;
  double origin_z_ = 0;
  std::array<double, 2> bend_, tilt_;
  double rv_x_ = 0, rv_y_ = 0, rv_half_width_ = 0, rv_cos_ = 1, rv_sin_ = 0;
  double fat_mm_ = 0, trabeculae_ = 0, papillary_scale_ = 1, papillary_place_ = 0;
  Vector3 lowest_, highest_;  // no heart tissue lies outside this box
  double atria_ = 1;     // size of the atria relative to end-diastole
  std::uint32_t salt_ = 0;
};

// Volume of the left cavity and of the muscle around it, mL, from the closed form of the shape; `mean_square` is the
// angular mean of the squared radius relative to radius_mm.
double cavity_volume_ml(double length_mm, double radius_mm, double mean_square);
double outer_volume_ml(double length_mm, double apex_wall_mm, double outer_radius_mm, double mean_square);

}  // namespace coopseg::phantom
