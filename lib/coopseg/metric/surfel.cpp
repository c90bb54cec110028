#include "coopseg/metric/surfel.h"

#include <bitset>
#include <cmath>
#include <vector>

namespace coopseg::metric {

namespace {

// Sums areas of flat pieces given by their area vectors in voxel units.
struct Pieces {
  std::array<double, 3> scale;  // area of a unit face perpendicular to each axis, mm^2
  double area = 0;

  void add(double x, double y, double z) {
    area += std::sqrt(x * x * scale[0] * scale[0] + y * y * scale[1] * scale[1] + z * z * scale[2] * scale[2]);
  }
  void add_along(int a, double length_a, int b, double length_b) {
    std::array<double, 3> v{};
    v[a] = length_a;
    v[b] = length_b;
    add(v[0], v[1], v[2]);
  }
};

int degree(int corner, const std::vector<int>& corners) {
  int count = 0;
  for (int other : corners) count += std::bitset<3>(corner ^ other).count() == 1;
  return count;
}

int axis_between(int corner, int neighbour) {
  const int bit = corner ^ neighbour;
  return bit == 1 ? 0 : bit == 2 ? 1 : 2;
}

// The surface that cuts one edge-connected group of at most four corners off the cube. Area vectors of the triangles
// that marching cubes draws:
void add_group(const std::vector<int>& corners, Pieces& pieces) {
  switch (corners.size()) {
    case 1:  // a triangle across the corner
      pieces.add(0.125, 0.125, 0.125);
      return;
    case 2: {  // a rectangle along the edge
      const int axis = axis_between(corners[0], corners[1]);
      pieces.add_along((axis + 1) % 3, 0.5, (axis + 2) % 3, 0.5);
      return;
    }
    case 3: {  // half of a mid-plane and a slanted trapezoid
      const int used = (corners[0] ^ corners[1]) | (corners[0] ^ corners[2]);  // the two axes of their face
      const int axis = axis_between(0, 7 & ~used);
      pieces.add_along(axis, 0.5, (axis + 1) % 3, 0);
      pieces.add(0.375, 0.375, 0.375);
      return;
    }
    default: break;
  }
  std::vector<int> inner;  // corners with two or more neighbours in the group
  for (int corner : corners)
    if (degree(corner, corners) >= 2) inner.push_back(corner);
  if (inner.size() == 4) {  // a face: a mid-plane
    const int used = (corners[0] ^ corners[1]) | (corners[0] ^ corners[2]) | (corners[0] ^ corners[3]);
    const int axis = axis_between(0, 7 & ~used);
    pieces.add_along(axis, 1, (axis + 1) % 3, 0);
  } else if (inner.size() == 1) {  // a corner and its three neighbours: a flat hexagon
    pieces.add(0.75, 0.75, 0.75);
  } else {  // a chain of three edges along three axes: a bent hexagon, cut at every other vertex
    const int middle = axis_between(inner[0], inner[1]);
    pieces.add(0.125, 0.125, 0.125);
    pieces.add(0.375, 0.375, 0.375);
    pieces.add_along(middle, 0.25, (middle + 1) % 3, 0.25);
    pieces.add_along(middle, 0.25, (middle + 2) % 3, 0.25);
  }
}

}  // namespace

std::array<double, 256> surfel_areas(const std::array<double, 3>& s) {
  std::array<double, 256> areas{};
  for (unsigned code = 1; code < 255; ++code) {
    const unsigned minority = std::bitset<8>(code).count() <= 4 ? code : 255 - code;
    Pieces pieces{{s[1] * s[2], s[0] * s[2], s[0] * s[1]}};
    unsigned left = minority;
    for (int first = 0; first < 8; ++first) {
      if (!(left & (1u << first))) continue;
      std::vector<int> group{first};
      left &= ~(1u << first);
      for (std::size_t next = 0; next < group.size(); ++next)
        for (int axis = 0; axis < 3; ++axis) {
          const int neighbour = group[next] ^ (1 << axis);
          if (!(left & (1u << neighbour))) continue;
          left &= ~(1u << neighbour);
          group.push_back(neighbour);
        }
      add_group(group, pieces);
    }
    areas[code] = pieces.area;
  }
  return areas;
}

std::array<double, 16> contour_lengths(const std::array<double, 2>& s) {
  std::array<double, 16> lengths{};
  const double diagonal = 0.5 * std::sqrt(s[0] * s[0] + s[1] * s[1]);
  for (unsigned code = 1; code < 15; ++code) {
    switch (code) {
      case 0b0011:
      case 0b1100: lengths[code] = s[0]; break;  // a row of two: the contour runs along the first axis
      case 0b0101:
      case 0b1010: lengths[code] = s[1]; break;
      case 0b0110:
      case 0b1001: lengths[code] = 2 * diagonal; break;
      default: lengths[code] = diagonal;
    }
  }
  return lengths;
}

}  // namespace coopseg::metric
