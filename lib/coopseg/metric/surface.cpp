#include "coopseg/metric/surface.h"

#include <algorithm>
#include <cmath>

#include "coopseg/image/distance_transform.h"
#include "coopseg/metric/surfel.h"

namespace coopseg::metric {

namespace {

// Elements of a surface: marks and weights on a grid of their own.
struct SurfaceGrid {
  std::array<std::size_t, 3> size{};
  std::vector<std::uint8_t> marks;
  std::vector<double> weights;  // empty: all 1
};

std::vector<std::ptrdiff_t> neighbours(const Box& box, Surface surface) {
  std::vector<std::ptrdiff_t> offsets;
  const auto row = static_cast<std::ptrdiff_t>(box.size[0]);
  const auto plane = static_cast<std::ptrdiff_t>(box.size[0] * box.size[1]);
  const int depth = box.dimensions == 3 ? 1 : 0;
  for (int k = -depth; k <= depth; ++k)
    for (int j = -1; j <= 1; ++j)
      for (int i = -1; i <= 1; ++i) {
        const int steps = std::abs(i) + std::abs(j) + std::abs(k);
        if (steps == 0 || (surface == Surface::eroded_faces && steps > 1)) continue;
        offsets.push_back(k * plane + j * row + i);
      }
  return offsets;
}

SurfaceGrid eroded(const Box& box, const std::vector<std::uint8_t>& mask, Surface surface) {
  SurfaceGrid grid{box.size, std::vector<std::uint8_t>(mask.size(), 0), {}};
  const auto offsets = neighbours(box, surface);
  const std::size_t k0 = box.dimensions == 3 ? 1 : 0, k1 = box.dimensions == 3 ? box.size[2] - 1 : 1;
  for (std::size_t k = k0; k < k1; ++k)
    for (std::size_t j = 1; j + 1 < box.size[1]; ++j)
      for (std::size_t i = 1; i + 1 < box.size[0]; ++i) {
        const std::size_t at = (k * box.size[1] + j) * box.size[0] + i;
        if (!mask[at]) continue;
        grid.marks[at] = std::any_of(offsets.begin(), offsets.end(), [&](std::ptrdiff_t offset) {
          const auto beside = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + offset);
          return !mask[beside] && (box.ignored.empty() || !box.ignored[beside]);
        });
      }
  return grid;
}

SurfaceGrid shifted(const Box& box, const std::vector<std::uint8_t>& mask) {
  const bool solid = box.dimensions == 3;
  SurfaceGrid grid;
  grid.size = {box.size[0] - 1, box.size[1] - 1, solid ? box.size[2] - 1 : 1};
  const std::size_t count = grid.size[0] * grid.size[1] * grid.size[2];
  grid.marks.assign(count, 0);
  grid.weights.assign(count, 0);
  const auto areas = solid ? surfel_areas(box.spacing_mm) : std::array<double, 256>{};
  const auto lengths = contour_lengths({box.spacing_mm[0], box.spacing_mm[1]});
  const std::size_t row = box.size[0], plane = row * box.size[1];
  const auto face = [row](const std::vector<std::uint8_t>& voxels, std::size_t p) {
    return (voxels[p] ? 1u : 0u) | (voxels[p + 1] ? 2u : 0u) | (voxels[p + row] ? 4u : 0u) |
           (voxels[p + row + 1] ? 8u : 0u);
  };
  const auto corners = [&](const std::vector<std::uint8_t>& voxels, std::size_t p) {
    return solid ? face(voxels, p) | face(voxels, p + plane) << 4 : face(voxels, p);
  };
  std::size_t out = 0;
  for (std::size_t k = 0; k < grid.size[2]; ++k)
    for (std::size_t j = 0; j < grid.size[1]; ++j)
      for (std::size_t i = 0; i < grid.size[0]; ++i, ++out) {
        const std::size_t at = k * plane + j * row + i;
        const unsigned code = corners(mask, at);
        if (code == 0 || code == (solid ? 255u : 15u)) continue;
        if (!box.ignored.empty() && corners(box.ignored, at) != 0) continue;
        grid.marks[out] = 1;
        grid.weights[out] = solid ? areas[code] : lengths[code];
      }
  return grid;
}

std::vector<SurfaceDistance> distances_to(const SurfaceGrid& from, const SurfaceGrid& to,
                                          const std::array<double, 3>& spacing_mm, Distance distance) {
  const bool euclidean = distance == Distance::euclidean;
  const image::Steps steps = distance == Distance::taxicab ? image::Steps::taxicab : image::Steps::chessboard;
  const auto map = euclidean ? image::squared_distance_transform(to.size, spacing_mm, to.marks, from.marks)
                             : image::step_distance_transform(to.size, steps, to.marks);
  std::vector<SurfaceDistance> list;
  for (std::size_t p = 0; p < map.size(); ++p) {
    if (!from.marks[p] || !std::isfinite(map[p])) continue;
    list.push_back({euclidean ? std::sqrt(map[p]) : map[p], from.weights.empty() ? 1.0 : from.weights[p]});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.distance_mm < b.distance_mm; });
  return list;
}

}  // namespace

SurfaceDistances surface_distances(const Box& box, Surface surface, Distance distance) {
  const auto find = [&](const std::vector<std::uint8_t>& mask) {
    if (surface == Surface::whole_object) return SurfaceGrid{box.size, mask, {}};
    return surface == Surface::shifted_grid ? shifted(box, mask) : eroded(box, mask, surface);
  };
  const SurfaceGrid reference = find(box.reference), prediction = find(box.prediction);
  return {distances_to(reference, prediction, box.spacing_mm, distance),
          distances_to(prediction, reference, box.spacing_mm, distance)};
}

double percentile_of(const std::vector<SurfaceDistance>& sorted, double percent, Rank rank) {
  if (rank == Rank::linear) {
    const double position = static_cast<double>(sorted.size() - 1) * percent / 100;
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double t = position - static_cast<double>(below);
    const double a = sorted[below].distance_mm, b = sorted[above].distance_mm;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);  // as NumPy's lerp: exact at both ends
  }
  double total = 0, sum = 0;
  for (const auto& element : sorted) total += element.weight;
  for (const auto& element : sorted) {
    sum += element.weight;
    if (sum / total >= percent / 100) return element.distance_mm;
  }
  return sorted.back().distance_mm;
}

double mean_of(const std::vector<SurfaceDistance>& distances) {
  double sum = 0, total = 0;
  for (const auto& element : distances) {
    sum += element.distance_mm * element.weight;
    total += element.weight;
  }
  return sum / total;
}

std::vector<SurfaceDistance> merged(const SurfaceDistances& distances) {
  std::vector<SurfaceDistance> all;
  all.reserve(distances.reference_to_prediction.size() + distances.prediction_to_reference.size());
  std::merge(distances.reference_to_prediction.begin(), distances.reference_to_prediction.end(),
             distances.prediction_to_reference.begin(), distances.prediction_to_reference.end(),
             std::back_inserter(all), [](const auto& a, const auto& b) { return a.distance_mm < b.distance_mm; });
  return all;
}

}  // namespace coopseg::metric
