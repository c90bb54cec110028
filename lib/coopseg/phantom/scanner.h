// One site's scanner: field, sequence, coils, noise, and how it lays a short-axis stack.
//
//   Scanner s = Scanner::of_site("B");     // always the same scanner, whatever else is drawn
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/phantom/signal.h"
#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {

struct Scanner {
  std::string site;
  Sequence sequence;

  std::array<std::size_t, 2> matrix{216, 256};  // columns, rows
  double spacing_mm = 1.5625;                   // in plane, both axes
  double slice_spacing_mm = 10;                 // between slice centres
  double slice_thickness_mm = 8;                // at most slice_spacing_mm
  double rotation_degrees = 0;                  // of the image about the slices' normal, before the subject's own
  double breathing_mm = 0.8;                    // standard deviation of each slice's shift

  double noise = 0.02;        // standard deviation in each receiver channel, relative to blood's signal at the heart
  double noise_correlation = 0;  // 0 ... 0.2: outer weight of the three-point kernel that interpolated images show
  double blur = 0.1;             // 0 ... 0.25: the same for the signal (point spread)
  double gain = 400;          // intensity of blood at the heart

  double coil_range_mm = 130;  // how deep the surface coils see
  double coil_shading = 0.7;   // exponent on the sensitivity: 1 as received, 0 fully normalised
  std::array<double, 2> coil_offset_mm{};  // of the array towards the left and the head
  double shim_hz = 15;         // off-resonance that is left 100 mm from the heart

  // The sites' names: "A" ... "Z".
  static std::vector<std::string> all_sites();
  // "A" to "F" are chosen to differ as makes and fields do; "G" to "Z" are drawn from the ranges those span, from their
  // name alone. Throws core::UsageError for another name.
  static Scanner of_site(const std::string& name);
};

// The receive sensitivity of the site's coils at `p` (heart coordinates' origin, patient axes, mm), the root of the sum
// of squares of eight elements before and behind the trunk, 1 at the heart.
class CoilArray {
 public:
  CoilArray(const Scanner& scanner, const Vector3& body_centre, double half_width_mm, double half_depth_mm);
  double sensitivity(const Vector3& p) const;

 private:
  double raw(const Vector3& p) const;
  std::array<Vector3, 8> elements_;
  double range_mm_, exponent_, at_heart_ = 1;
};

}  // namespace coopseg::phantom
