// One synthetic subject: the numbers that make its heart and body, drawn from the seed and the subject's name alone.
//
//   Anatomy a = Anatomy::draw(0, "phantom007");
//   a.edv_ml, a.ejection_fraction;    // what a perfect segmentation would measure
//
// The heart's own axes: z along the left ventricle from base (0 at end-diastole) to apex, x away from the right
// ventricle, y downwards (inferior); the origin of patient coordinates (LPS, mm) is the middle of the long axis at
// end-diastole.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {

enum class Phase { end_diastole, end_systole };

// Left and right ventricle at one phase. Lengths in mm.
struct Ventricles {
  double base_mm = 0;         // z of the mitral plane
  double length_mm = 0;       // of the left cavity, base to apex
  double radius_mm = 0;       // of the left cavity at its widest
  double wall_mm = 0;         // mean thickness of the left wall
  double apex_wall_mm = 0;
  double rv_reach_mm = 0;     // widest distance from the septum to the right free wall
  double rv_half_height_mm = 0;
  double rv_length_mm = 0;
  double rv_base_mm = 0;      // z of the tricuspid plane
  double rv_wall_mm = 3;
};

struct Papillary {
  double angle = 0;           // radians from +x towards +y
  double radius_mm = 0;       // at end-diastole
  double from = 0, to = 0;    // along the long axis, in fractions of the cavity's length
};

struct Anatomy {
  std::string id;
  std::uint32_t salt = 0;     // of the textures

  double edv_ml = 0, ejection_fraction = 0;  // of the left cavity, papillary muscles included
  Ventricles diastole, systole;
  double oval = 0, oval_angle = 0;           // relative amplitude of the left ventricle's second and
  double triangle = 0, triangle_angle = 0;   // third angular harmonic
  double wall_variation = 0, wall_angle = 0; // the wall is thickest towards wall_angle
  std::array<double, 2> bend_mm{};           // of the long axis, at the apex
  std::array<double, 2> base_tilt{};         // slope of the basal planes along x and y
  double rv_down_mm = 0, rv_angle = 0;       // where the right ventricle is attached
  double epicardial_fat_mm = 0;
  std::array<Papillary, 2> papillary{};
  double trabeculae = 0;                     // 0 ... 1
  Frame heart_axes;                          // in patient coordinates

  // The trunk. Half widths to the skin; `body_centre` relative to the heart.
  Vector3 body_centre;
  double half_width_mm = 0, half_depth_mm = 0, squareness = 0;
  double fat_mm = 0, muscle_mm = 0;
  double right_dome_mm = 0, left_dome_mm = 0;  // z of the diaphragm's domes
  double liver_edge_mm = 0;                    // how far the liver reaches to the left
  bool stomach_gas = false;

  const Ventricles& ventricles(Phase phase) const { return phase == Phase::end_diastole ? diastole : systole; }

  // Reproducible: the same seed and id give the same subject, whatever else is drawn. Ranges: end-diastolic volume
  // 90 ... 215 mL, ejection fraction 0.41 ... 0.69, mean end-diastolic wall 7 ... 10 mm; the systolic wall follows from
  // the conservation of the muscle's volume. The trunk is made large enough to hold the heart.
  static Anatomy draw(std::uint64_t seed, const std::string& id);
};

}  // namespace coopseg::phantom
