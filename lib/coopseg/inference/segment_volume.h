// From a volume to its label map by way of a network that sees windows, and back to the voxels the volume came with.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "coopseg/inference/segment.h"
#include "coopseg/inference/windows.h"

namespace coopseg::inference {

struct VolumeOptions {
  std::size_t classes = 2;    // with background, which is class 0
  std::size_t distances = 0;  // maps of signed distances that the network gives behind the classes'
  bool keep_probabilities = false;
  std::size_t networks = 1;  // for bytes_to_segment()
};

struct VolumeSegmentation : Segmentation {
  std::vector<image::Image> distances;  // on the image's grid, as many as were asked for; 1 outside of a crop
};

// Preprocesses the volume, puts its slices (image::slice_axis()) last where windows have one plane, shows its windows
// to one of the networks after another and brings each map back to the image's own voxels, as map_slices() does; then
// the mean over the networks, and the most probable class of each voxel. `image` is given up early: what is held at one
// time is bytes_to_segment(). At least one network is given. Throws core::DataError for a two-dimensional image where
// the windows have several planes, and as map_windows() does.
VolumeSegmentation segment_volume(image::Image image, const image::Preprocessing& steps, const WindowPlan& plan,
                                  const VolumeOptions& options, const std::vector<WindowMapper>& networks);
inline VolumeSegmentation segment_volume(image::Image image, const image::Preprocessing& steps, const WindowPlan& plan,
                                         const VolumeOptions& options, const WindowMapper& network) {
  return segment_volume(std::move(image), steps, plan, options, std::vector{network});
}

// Bytes that segment_volume() takes at most, the image included and the network's own left out, for a volume on
// `native` whose preprocessing leads to `prepared`.
std::uint64_t bytes_to_segment(const image::Grid& native, const image::Grid& prepared, const WindowPlan& plan,
                               const VolumeOptions& options);

}  // namespace coopseg::inference
