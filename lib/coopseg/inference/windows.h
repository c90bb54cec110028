// A volume through a network that sees windows: one after another until they cover it, and the mean of what they say.
//
//   WindowPlan plan{{32, 48, 32}, {8, 8, 8}};
//   std::vector<image::Image> maps = map_windows(volume, plan, /*maps=*/3, network);   // on the volume's grid
//
// `network` may be anything that turns windows into maps; nothing of LibTorch is known here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/image/volume.h"
#include "coopseg/model/description.h"

namespace coopseg::inference {

using WindowSize = std::array<std::size_t, 3>;  // in the order of the voxel axes

// How what overlapping windows say of a voxel is weighed.
enum class Blend {
  mean,      // all alike
  gaussian,  // by the voxel's distance from the window's centre: a Gaussian whose deviation is an eighth of each side
};
extern const core::Words<Blend> kBlends;

struct WindowPlan {
  WindowSize window{}, stride{};
  Blend blend = Blend::mean;
  model::Padding padding = model::Padding::zero;  // around a volume that is smaller than the window, behind it one
                                                  // voxel more where the number is odd
  std::size_t batch_size = 1;                     // windows for the network at a time
};

// Throws core::UsageError naming --window for a side of 0, --stride for one of 0 or beyond the window, and --batch-size
// for 0.
void check_windows(const WindowPlan& plan);

// Where the windows begin along one axis of `size` voxels, or of the window's own side if that is more:
// min(i * stride, size - window) for i = 0 ... ceil((size - window) / stride) (UA-MT's public code).
std::vector<std::size_t> window_starts(std::size_t size, std::size_t window, std::size_t stride);
std::uint64_t count_windows(const WindowSize& size, const WindowPlan& plan);

// How many windows go through a network together: as many as make up a large one, so that small ones do not wait.
std::size_t windows_at_once(const WindowSize& window);

// Windows [window][z][y][x] in, maps [window][map][z][y][x] out.
using WindowMapper = std::function<std::vector<float>(const std::vector<float>& windows, std::size_t count)>;

// One image a map. Windows in which all voxels are equal, as outside of a body, are shown to the network once for each
// such value that follows another. Takes the memory of the maps and of one batch. Throws as check_windows() does, what
// the network throws, and core::DataError if it returns values that are not finite; a wrong number of them is a
// std::logic_error.
std::vector<image::Image> map_windows(const image::Image& volume, const WindowPlan& plan, std::size_t maps,
                                      const WindowMapper& network);

}  // namespace coopseg::inference
