#include "coopseg/phantom/anatomy.h"

#include <algorithm>
#include <cmath>

#include "coopseg/core/random.h"
#include "coopseg/phantom/body.h"
#include "coopseg/phantom/heart.h"

namespace coopseg::phantom {
namespace {


double radians(double degrees) { return degrees * kPi / 180; }

// The wall that gives the left ventricle's muscle its volume, by bisection: the volume grows with the wall.
double wall_for_muscle(double muscle_ml, double cavity_ml, double length_mm, double radius_mm, double mean_square) {
  double low = 1, high = 40;
  for (int step = 0; step < 60; ++step) {
    const double wall = (low + high) / 2;
    const double outer = outer_volume_ml(length_mm, 0.65 * wall, radius_mm + wall, mean_square);
    (outer - cavity_ml < muscle_ml ? low : high) = wall;
  }
  return (low + high) / 2;
}

double angular_mean_square(const Anatomy& a) { return 1 + (a.oval * a.oval + a.triangle * a.triangle) / 2; }

void draw_left_ventricle(core::RandomStream& draw, Anatomy& a) {
  a.edv_ml = draw.uniform(90, 215);
  a.ejection_fraction = draw.uniform(0.41, 0.69);
  a.oval = draw.uniform(0.0, 0.05);
  a.oval_angle = draw.uniform(0, kPi);
  a.triangle = draw.uniform(0.0, 0.02);
  a.triangle_angle = draw.uniform(0, kPi);
  a.wall_variation = draw.uniform(0.03, 0.14);
  a.wall_angle = kPi + draw.uniform(-0.9, 0.9);
  a.bend_mm = {draw.uniform(-4, 4), draw.uniform(-4, 4)};
  a.base_tilt = {draw.uniform(-0.12, 0.12), draw.uniform(-0.1, 0.1)};

  const double mean_square = angular_mean_square(a);
  const double slenderness = draw.uniform(1.5, 1.85);  // length over diameter
  const double wall = draw.uniform(7, 10);
  Ventricles& ed = a.diastole;
  ed.radius_mm = std::cbrt(a.edv_ml / cavity_volume_ml(2 * slenderness, 1, mean_square));
  ed.length_mm = 2 * slenderness * ed.radius_mm;
  ed.wall_mm = wall;
  ed.apex_wall_mm = 0.65 * wall;
  const double muscle_ml =
      outer_volume_ml(ed.length_mm, ed.apex_wall_mm, ed.radius_mm + wall, mean_square) - a.edv_ml;

  // In systole the apex stays and the base comes down to it; the muscle keeps its volume.
  Ventricles& es = a.systole;
  const double esv_ml = a.edv_ml * (1 - a.ejection_fraction);
  es.length_mm = ed.length_mm * (1 - 0.27 * a.ejection_fraction * draw.uniform(0.85, 1.15));
  es.radius_mm = std::sqrt(esv_ml / cavity_volume_ml(es.length_mm, 1, mean_square));
  es.wall_mm = wall_for_muscle(muscle_ml, esv_ml, es.length_mm, es.radius_mm, mean_square);
  es.apex_wall_mm = 0.65 * es.wall_mm;
  es.base_mm = ed.length_mm + ed.apex_wall_mm - es.length_mm - es.apex_wall_mm;
}

void draw_right_ventricle(core::RandomStream& draw, Anatomy& a) {
  Ventricles& ed = a.diastole;
  Ventricles& es = a.systole;
  const double outer = ed.radius_mm + ed.wall_mm;
  ed.rv_reach_mm = outer * draw.uniform(0.74, 1.02);
  ed.rv_half_height_mm = outer * draw.uniform(1.1, 1.28);
  ed.rv_length_mm = ed.length_mm * draw.uniform(0.84, 0.96);
  ed.rv_base_mm = draw.uniform(0, 6);
  ed.rv_wall_mm = draw.uniform(2.4, 3.2);
  es.rv_reach_mm = ed.rv_reach_mm * draw.uniform(0.66, 0.78);
  es.rv_half_height_mm = ed.rv_half_height_mm * draw.uniform(0.84, 0.92);
  es.rv_length_mm = ed.rv_length_mm * draw.uniform(0.84, 0.9);
  es.rv_base_mm = ed.rv_base_mm + (ed.rv_length_mm - es.rv_length_mm) * 1.15;
  es.rv_wall_mm = ed.rv_wall_mm * 1.4;
  a.rv_down_mm = draw.uniform(-7, 3);
  a.rv_angle = radians(draw.uniform(-14, 10));
}

void draw_details(core::RandomStream& draw, Anatomy& a) {
  a.epicardial_fat_mm = draw.uniform(1.5, 5);
  a.papillary[0] = {radians(draw.uniform(-50, -20)), draw.uniform(3.8, 5.2), draw.uniform(0.25, 0.36),
                    draw.uniform(0.78, 0.86)};
  a.papillary[1] = {radians(draw.uniform(85, 118)), draw.uniform(3.8, 5.2), draw.uniform(0.25, 0.36),
                    draw.uniform(0.78, 0.86)};
  a.trabeculae = draw.uniform(0.55, 1);
}

void draw_orientation(core::RandomStream& draw, Anatomy& a) {
  // From base to apex: to the left, forwards and down. The image's downwards is what is left of the body's.
  const Vector3 apex =
      unit({0.64 + draw.uniform(-0.1, 0.1), -0.60 + draw.uniform(-0.1, 0.1), -0.46 + draw.uniform(-0.13, 0.13)});
  const Vector3 feet{0, 0, -1};
  const Vector3 down = unit(feet - dot(feet, apex) * apex);
  const double roll = radians(draw.uniform(-14, 14));
  // Away from the right ventricle: to the patient's left and back.
  const Vector3 x = cross(apex, down);
  a.heart_axes.z = apex;
  a.heart_axes.x = std::cos(roll) * x + std::sin(roll) * down;
  a.heart_axes.y = std::cos(roll) * down - std::sin(roll) * x;
}

void draw_trunk(core::RandomStream& draw, Anatomy& a) {
  a.half_width_mm = draw.uniform(152, 185);
  a.half_depth_mm = draw.uniform(104, 122);
  a.squareness = draw.uniform(0.55, 0.8);
  const double build = draw.uniform();
  a.fat_mm = 6 + 18 * build * build;
  a.muscle_mm = draw.uniform(13, 19);
  a.body_centre = {-draw.uniform(22, 36), draw.uniform(22, 34), 0};
  a.right_dome_mm = draw.uniform(-26, -8);
  a.left_dome_mm = a.right_dome_mm - draw.uniform(4, 20);
  a.liver_edge_mm = draw.uniform(25, 60);
  a.stomach_gas = draw.chance(0.45);
}

// The trunk must hold the heart: grown at the front or in width where a drawn one is too small for it.
void make_room(Anatomy& a) {
  const Heart heart(a, Phase::end_diastole);
  for (int step = 0; step < 40; ++step) {
    const Trunk trunk(a);
    double shallowest = 1e9;
    for (int level = 0; level <= 12; ++level) {
      for (int turn = 0; turn < 48; ++turn) {
        const double z = -20 + (heart.apex_mm() + 22) * level / 12.0, angle = 2 * kPi * turn / 48;
        for (double r = 110; r > 0; r -= 3) {
          const Vector3 h{r * std::cos(angle), r * std::sin(angle), z};
          const Sample s = heart.at_local(h);
          if (!s.found || s.tissue == Tissue::fat || s.tissue == Tissue::pericardium) continue;
          shallowest = std::min(shallowest, trunk.depth(heart.to_patient(h)).cavity_mm);
          break;
        }
      }
    }
    if (shallowest >= 3) return;
    const double grow = std::max(1.0, 0.5 * (3 - shallowest));
    a.half_depth_mm += grow;
    a.body_centre.y -= 0.5 * grow;
    a.half_width_mm += 0.4 * grow;
  }
}

}  // namespace

Anatomy Anatomy::draw(std::uint64_t seed, const std::string& id) {
  core::RandomStream draw(seed, {"phantom", "anatomy", id});
  Anatomy a;
  a.id = id;
  a.salt = draw.bits();
  draw_left_ventricle(draw, a);
  draw_right_ventricle(draw, a);
  draw_details(draw, a);
  draw_orientation(draw, a);
  draw_trunk(draw, a);
  make_room(a);
  return a;
}

}  // namespace coopseg::phantom
