// Smooth random fields that give tissues a grain: a pure function of position and salt, no state.
#pragma once

#include <cstdint>

#include "coopseg/phantom/vector3.h"

namespace coopseg::phantom {

// Value noise (Perlin's lattice with random values at its nodes) in [-1, 1]; `cells` is the position in units of the
// lattice, so value_noise((1 / 12.) * p_mm, salt) varies over about 12 mm.
double value_noise(const Vector3& cells, std::uint32_t salt);

// How much of a point lies in a network of branching vessels, 0 ... 1: the tubes around the lines where two random
// fields vanish together. `thickness` is the tubes' radius in the fields' units (0.1 thin ... 0.3 thick).
double vessel_fraction(const Vector3& cells, double thickness, std::uint32_t salt);

}  // namespace coopseg::phantom
