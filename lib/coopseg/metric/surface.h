// Surfaces of two masks and the distances between them.
#pragma once

#include <cstdint>
#include <vector>

#include "coopseg/image/volume.h"
#include "coopseg/metric/definition.h"

namespace coopseg::metric {

// Voxels of an object: not 0. Any volume of bytes will do; its grid gives size and spacing.
using Mask = image::Volume<std::uint8_t>;

// The part of an image that holds two objects, with a margin of one voxel on each side. Where the margin lies beyond
// the image it is background or, with Outside::ignored, object. A 2D box has size[2] == 1 and no margin there.
struct Box {
  std::array<std::size_t, 3> size{};
  std::array<double, 3> spacing_mm{};
  int dimensions = 3;
  std::vector<std::uint8_t> reference, prediction;
  // Voxels that nobody drew, in neither object; empty: none. They are no surface and make none: a voxel is eroded by
  // those of its neighbours that were drawn, and a point between voxels counts where all voxels around it were.
  std::vector<std::uint8_t> ignored;
};

// One element of a surface: how far the other surface is (in steps where the distance counts them), and how much it
// counts itself (1, or mm^2 with the shifted grid, mm in 2D).
struct SurfaceDistance {
  double distance_mm;
  double weight;
};

struct SurfaceDistances {
  std::vector<SurfaceDistance> reference_to_prediction, prediction_to_reference;
};

// Distances from each element of one surface to the nearest of the other; both lists are sorted by distance. If one
// surface has no element (an object that fills the image, with Outside::ignored, or all that was drawn of it) the other
// list is empty, too.
SurfaceDistances surface_distances(const Box& box, Surface surface, Distance distance = Distance::euclidean);

// Percentile `percent` of one or two sorted lists, as NumPy's linear rule or as the nearest rank: the smallest distance
// at or below which lie `percent` % of the weight. Not for empty lists.
double percentile_of(const std::vector<SurfaceDistance>& sorted, double percent, Rank rank);

double mean_of(const std::vector<SurfaceDistance>& distances);  // weighted; not for empty lists

std::vector<SurfaceDistance> merged(const SurfaceDistances& distances);

}  // namespace coopseg::metric
