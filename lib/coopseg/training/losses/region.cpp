#include "coopseg/training/losses/region.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/contrast.h"

namespace coopseg::training {
namespace {

constexpr std::int64_t kPlaces = 4;       // along an axis
constexpr std::size_t kLeastOfClass = 2;  // samples, over all volumes

std::array<std::int64_t, 3> in_three_dimensions(const std::vector<std::int64_t>& grid) {
  if (grid.size() != 2 && grid.size() != 3) throw std::invalid_argument("a grid has two or three sides");
  return {grid[0], grid[1], grid.size() == 3 ? grid[2] : 1};
}

// [U, D, ...] to the vectors [n, D] at the positions.
at::Tensor vectors_at(const at::Tensor& feature, const at::Tensor& positions) {
  const auto grid = in_three_dimensions(feature.sizes().slice(2).vec());
  at::Tensor place = positions.select(1, 0);
  for (std::size_t axis = 0; axis < 3; ++axis)
    place = place * grid[axis] + positions.select(1, static_cast<std::int64_t>(axis) + 1);
  const at::Tensor vectors = feature.movedim(1, -1).reshape({-1, feature.size(1)});
  return normalised(vectors.index_select(0, place.to(feature.device())), 1);
}

}  // namespace

CellClasses class_of_cells(const at::Tensor& teacher_probability, const std::vector<std::int64_t>& grid,
                           double confidence) {
  at::Tensor p = teacher_probability.detach();
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const std::int64_t cells = grid[axis], voxels = p.size(static_cast<std::int64_t>(axis) + 2);
    const at::Tensor cell = at::arange(cells, p.options().dtype(at::kLong));
    p = p.index_select(static_cast<std::int64_t>(axis) + 2,
                       at::floor_divide((2 * cell + 1) * voxels, at::Scalar(2 * cells)));
  }
  if (p.size(1) == 1) p = at::cat({1 - p, p}, 1);
  const auto [probability, of] = p.max(1);
  return {of, probability > confidence};
}

RegionSamples draw_region_samples(const CellClasses& cells, std::int64_t volumes, const std::vector<std::int64_t>& grid,
                                  Sampling sampling, std::size_t samples, core::RandomStream& draw) {
  const auto sizes = in_three_dimensions(grid);
  const bool anatomical = sampling == Sampling::anatomical;
  const std::int64_t of_volume = sizes[0] * sizes[1] * sizes[2];
  const at::Tensor classes = anatomical ? cells.of.to(at::kCPU).contiguous() : at::Tensor();
  const at::Tensor confident = anatomical ? cells.confident.to(at::kCPU).contiguous() : at::Tensor();
  if (anatomical && classes.numel() != volumes * of_volume)
    throw std::invalid_argument("cells of another grid than that to draw from");
  std::vector<std::int64_t> positions, groups;
  std::map<std::int64_t, std::size_t> drawn;  // of each group, in all volumes
  for (std::int64_t volume = 0; volume < volumes; ++volume) {
    std::map<std::int64_t, std::vector<std::int64_t>> candidates;
    for (std::int64_t cell = 0; cell < of_volume; ++cell) {
      if (anatomical) {
        const std::int64_t i = volume * of_volume + cell;
        if (confident.data_ptr<bool>()[i]) candidates[classes.data_ptr<std::int64_t>()[i]].push_back(cell);
        continue;
      }
      const std::int64_t x = cell / sizes[2] / sizes[1], y = cell / sizes[2] % sizes[1], z = cell % sizes[2];
      const auto place = [](std::int64_t i, std::int64_t n) { return i * kPlaces / n; };
      candidates[(place(x, sizes[0]) * kPlaces + place(y, sizes[1])) * kPlaces + place(z, sizes[2])].push_back(cell);
    }
    for (auto& [group, from] : candidates) {
      const std::size_t count = std::min(samples, from.size());
      for (std::size_t i = 0; i < count; ++i) {
        std::swap(from[i], from[i + draw.below(from.size() - i)]);
        const std::int64_t cell = from[i];
        positions.insert(positions.end(),
                         {volume, cell / sizes[2] / sizes[1], cell / sizes[2] % sizes[1], cell % sizes[2]});
        groups.push_back(group);
      }
      drawn[group] += count;
    }
  }
  const auto count = static_cast<std::int64_t>(groups.size());
  RegionSamples found{at::tensor(positions, at::kLong).view({count, 4}), at::tensor(groups, at::kLong),
                      at::ones({count}, at::kBool)};
  if (anatomical) {
    for (std::size_t i = 0; i < groups.size(); ++i) found.kept.data_ptr<bool>()[i] = drawn[groups[i]] >= kLeastOfClass;
  }
  return found;
}

at::Tensor region_contrast(const at::Tensor& student_feature, const at::Tensor& teacher_feature,
                           const RegionSamples& samples, double tau, std::int64_t first_volume) {
  const at::Tensor all_positions = at::index(samples.positions, {samples.kept});
  if (all_positions.size(0) == 0) return 0 * student_feature.sum();
  const at::Tensor volume = all_positions.select(1, 0) - first_volume;
  const at::Tensor is_own = volume.ge(0).logical_and(volume.lt(student_feature.size(0)));
  const at::Tensor positions = at::index(at::cat({volume.unsqueeze(1), all_positions.narrow(1, 1, 3)}, 1), {is_own});
  const at::Tensor anchors = vectors_at(student_feature, positions);
  // Samples stand volume by volume, as the processes have them.
  const at::Tensor keys = network::gathered(vectors_at(teacher_feature.detach(), positions));
  // Positives are whole groups, so that their mean similarity is the similarity to their mean.
  const at::Tensor group = at::index(samples.group, {samples.kept}).to(keys.device());
  const at::Tensor numbers = at::arange(group.max().item<std::int64_t>() + 1, group.options());
  const at::Tensor members = numbers.unsqueeze(1).eq(group).to(keys.scalar_type());
  const at::Tensor means = at::mm(members, keys) / members.sum(1, /*keepdim=*/true).clamp_min(1);
  const at::Tensor partners = means.index_select(0, at::index(group, {is_own.to(group.device())}));
  return network::mean_of_all(info_nce_of_constants(anchors, keys, partners, tau).mean(), anchors.size(0));
}

}  // namespace coopseg::training
