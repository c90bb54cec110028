#include "coopseg/inference/segment_volume.h"

#include <algorithm>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/image/orientation.h"

namespace coopseg::inference {

using image::Grid;
using image::Image;

VolumeSegmentation segment_volume(Image image, const image::Preprocessing& steps, const WindowPlan& plan,
                                  const VolumeOptions& options, const std::vector<WindowMapper>& networks) {
  const Grid native = image.grid;
  if (native.two_dimensional && plan.window[2] > 1) {
    throw core::DataError("", "is a two-dimensional image, and the model sees volumes",
                          "use a model of two dimensions");
  }
  const bool several = networks.size() > 1;
  const auto put = [](Image map, std::size_t place, std::vector<Image>& sums) {
    if (place < sums.size()) {
      add_to(sums[place], map);
    } else {
      sums.push_back(std::move(map));
    }
  };
  Image prepared = image::preprocess(std::move(image), steps);
  // Windows of one plane lie in the slices.
  const image::AxisTurn turn = plan.window[2] == 1 ? slices_last(prepared.grid) : image::AxisTurn{};
  prepared = image::turned(std::move(prepared), turn);
  const auto restored = [&](Image map, float outside) {
    return image::restore(image::turned(std::move(map), inverse(turn)), native, steps, outside);
  };
  VolumeSegmentation result;
  for (std::size_t n = 0; n < networks.size(); ++n) {
    std::vector<Image> maps = map_windows(prepared, plan, options.classes + options.distances, networks[n]);
    if (n + 1 == networks.size()) prepared = {};
    for (std::size_t d = 0; d < options.distances; ++d)
      put(restored(std::move(maps[options.classes + d]), 1), d, result.distances);
    maps.resize(options.classes);
    // One map after another, so that of large volumes no two sets of maps are there at a time.
    image::LabelMap labels(native);
    std::vector<float> best;
    for (std::size_t c = 0; c < maps.size(); ++c) {
      Image map = restored(std::move(maps[c]), c == 0 ? 1.0F : 0.0F);
      if (c == 0) {
        best = map.voxels;
      } else {
        for (std::size_t v = 0; v < best.size(); ++v) {
          if (!(map.voxels[v] > best[v])) continue;
          best[v] = map.voxels[v];
          labels.voxels[v] = static_cast<std::int32_t>(c);
        }
      }
      if (several || options.keep_probabilities) put(std::move(map), c, result.probabilities);
    }
    if (several) {
      result.opinions.push_back(std::move(labels));
    } else {
      result.labels = std::move(labels);
    }
  }
  if (!several) return result;
  divide(result.distances, networks.size());
  divide(result.probabilities, networks.size());
  result.labels = most_probable(result.probabilities);
  if (!options.keep_probabilities) result.probabilities.clear();
  return result;
}

std::uint64_t bytes_to_segment(const Grid& native, const Grid& prepared, const WindowPlan& plan,
                               const VolumeOptions& options) {
  constexpr std::uint64_t kVoxel = sizeof(float);
  const std::uint64_t maps = options.classes + options.distances;
  const std::uint64_t own = native.voxels() * kVoxel, other = prepared.voxels() * kVoxel;
  std::uint64_t window = plan.batch_size * kVoxel;
  for (const std::size_t side : plan.window) window *= side;
  const std::uint64_t preparing = 2 * std::max(own, other) + other;  // turned or corrected, then resampled
  const bool several = options.networks > 1;
  const std::uint64_t kept = options.distances + (several || options.keep_probabilities ? options.classes : 0);
  // The sums and label maps of the networks before, and for those to come the volume.
  const std::uint64_t before = several ? (kept + options.networks) * own : 0;
  const std::uint64_t looking = (maps + 1) * other + (2 * maps + 1) * window + before;
  const std::uint64_t restoring = (maps + (several ? 1 : 0)) * other + kept * own +
                                  (several ? options.networks : 0) * own +
                                  4 * own;  // labels, best, one map and its copy
  return std::max({preparing, looking, restoring});
}

}  // namespace coopseg::inference
