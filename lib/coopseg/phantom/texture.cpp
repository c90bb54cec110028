#include "coopseg/phantom/texture.h"

#include <algorithm>
#include <cmath>

namespace coopseg::phantom {
namespace {

// Mixing steps of Wang's and Prospecting's integer hashes: neighbouring nodes must not look alike.
std::uint32_t mix(std::uint32_t h) {
  h ^= h >> 16;
  h *= 0x7FEB352Du;
  h ^= h >> 15;
  h *= 0x846CA68Bu;
  return h ^ (h >> 16);
}

double node(std::int32_t i, std::int32_t j, std::uint32_t plane) {
  const std::uint32_t h = mix(mix(static_cast<std::uint32_t>(i) * 0x9E3779B1u ^ plane) +
                              static_cast<std::uint32_t>(j) * 0x85EBCA77u);
  return h * (2.0 / 4294967295.0) - 1.0;
}

double smooth(double t) { return t * t * (3 - 2 * t); }

}  // namespace

double value_noise(const Vector3& cells, std::uint32_t salt) {
  const double fx = std::floor(cells.x), fy = std::floor(cells.y), fz = std::floor(cells.z);
  const auto i = static_cast<std::int32_t>(fx), j = static_cast<std::int32_t>(fy), k = static_cast<std::int32_t>(fz);
  const double u = smooth(cells.x - fx), v = smooth(cells.y - fy), w = smooth(cells.z - fz);
  double layers[2];
  for (int dz = 0; dz < 2; ++dz) {
    const std::uint32_t plane = mix(static_cast<std::uint32_t>(k + dz) * 0xC2B2AE3Du + salt);
    const double near_row = (1 - u) * node(i, j, plane) + u * node(i + 1, j, plane);
    const double far_row = (1 - u) * node(i, j + 1, plane) + u * node(i + 1, j + 1, plane);
    layers[dz] = (1 - v) * near_row + v * far_row;
  }
  return (1 - w) * layers[0] + w * layers[1];
}

double vessel_fraction(const Vector3& cells, double thickness, std::uint32_t salt) {
  const double a = value_noise(cells, salt);
  if (std::abs(a) >= thickness) return 0;
  const double b = value_noise(cells, salt ^ 0x5BD1E995u);
  const double distance = std::sqrt(a * a + b * b) / thickness;
  return smooth(std::clamp(2 * (1 - distance), 0.0, 1.0));
}

}  // namespace coopseg::phantom
