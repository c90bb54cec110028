#include "coopseg/inference/windows.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "coopseg/core/error.h"

namespace coopseg::inference {
namespace {

using image::Image;

constexpr double kGaussianShare = 1.0 / 8;  // of a window's side

// Of the voxels along a window's side; not below a value that a float can divide by.
std::vector<float> weights_along(std::size_t side, Blend blend) {
  std::vector<float> weights(side, 1.0f);
  if (blend == Blend::mean) return weights;
  const double centre = (static_cast<double>(side) - 1) / 2, deviation = static_cast<double>(side) * kGaussianShare;
  for (std::size_t i = 0; i < side; ++i) {
    const double distance = (static_cast<double>(i) - centre) / deviation;
    weights[i] = static_cast<float>(std::max(std::exp(-0.5 * distance * distance), 1e-4));
  }
  return weights;
}

// One axis: the volume's voxels stand at `before` in the padded ones.
struct Axis {
  std::size_t size, before;
  std::vector<std::size_t> starts;
  std::vector<float> weights;  // along a window
  std::vector<float> sums;     // of all windows, for each voxel of the volume

  Axis(std::size_t size_, std::size_t window, std::size_t stride, Blend blend)
      : size(size_),
        before(window > size_ ? (window - size_) / 2 : 0),
        starts(window_starts(size_, window, stride)),
        weights(weights_along(window, blend)),
        sums(size_, 0.0f) {
    for (const std::size_t start : starts) {
      const auto [first, last] = covered(start, window);
      for (std::size_t i = first; i < last; ++i) sums[i] += weights[i + before - start];
    }
  }

  // Voxels of the volume that a window holds: [first, last).
  std::pair<std::size_t, std::size_t> covered(std::size_t start, std::size_t window) const {
    return {start > before ? start - before : 0, std::min(size, start + window - before)};
  }
};

class Windows {
 public:
  Windows(const Image& volume, const WindowPlan& plan, std::size_t maps)
      : volume_(volume),
        plan_(plan),
        axes_{axis(0), axis(1), axis(2)},
        voxels_(plan.window[0] * plan.window[1] * plan.window[2]),
        padding_(plan.padding == model::Padding::zero || volume.voxels.empty()
                     ? 0.0f
                     : *std::min_element(volume.voxels.begin(), volume.voxels.end())),
        maps_(maps, Image(volume.grid)) {}

  std::vector<Image> run(const WindowMapper& network) {
    for (const std::size_t z : axes_[2].starts)
      for (const std::size_t y : axes_[1].starts)
        for (const std::size_t x : axes_[0].starts) take({x, y, z}, network);
    show(network);
    divide();
    return std::move(maps_);
  }

 private:
  using Place = std::array<std::size_t, 3>;

  Axis axis(std::size_t a) const { return {volume_.grid.size[a], plan_.window[a], plan_.stride[a], plan_.blend}; }

  // Columns of a row of the volume next to each other, as of a row of the window.
  template <class Work>
  void each_row(const Place& start, const Work& work) const {
    const auto [x0, x1] = axes_[0].covered(start[0], plan_.window[0]);
    const auto [y0, y1] = axes_[1].covered(start[1], plan_.window[1]);
    const auto [z0, z1] = axes_[2].covered(start[2], plan_.window[2]);
    for (std::size_t z = z0; z < z1; ++z) {
      for (std::size_t y = y0; y < y1; ++y) {
        const std::size_t wz = z + axes_[2].before - start[2], wy = y + axes_[1].before - start[1];
        const std::size_t in_window = (wz * plan_.window[1] + wy) * plan_.window[0] + x0 + axes_[0].before - start[0];
        const std::size_t in_volume = (z * volume_.grid.size[1] + y) * volume_.grid.size[0] + x0;
        work(in_volume, in_window, x1 - x0, wy, wz);
      }
    }
  }

  void take(const Place& start, const WindowMapper& network) {
    const std::size_t first = batch_.size();
    batch_.resize(first + voxels_, padding_);
    each_row(start, [&](std::size_t from, std::size_t to, std::size_t count, std::size_t, std::size_t) {
      std::copy_n(volume_.voxels.begin() + static_cast<std::ptrdiff_t>(from), count,
                  batch_.begin() + static_cast<std::ptrdiff_t>(first + to));
    });
    const float value = batch_[first];
    if (std::all_of(batch_.begin() + static_cast<std::ptrdiff_t>(first), batch_.end(),
                    [value](float v) { return v == value; })) {
      batch_.resize(first);
      add_constant(start, value, network);
      return;
    }
    places_.push_back(start);
    if (places_.size() == plan_.batch_size) show(network);
  }

  void add_constant(const Place& start, float value, const WindowMapper& network) {
    if (constant_.empty() || value != constant_value_) {
      constant_ = checked(network(std::vector<float>(voxels_, value), 1), 1);
      constant_value_ = value;
    }
    add(start, constant_.data());
  }

  void show(const WindowMapper& network) {
    if (places_.empty()) return;
    const std::vector<float> values = checked(network(batch_, places_.size()), places_.size());
    for (std::size_t n = 0; n < places_.size(); ++n) add(places_[n], values.data() + n * maps_.size() * voxels_);
    places_.clear();
    batch_.clear();
  }

  std::vector<float> checked(std::vector<float> values, std::size_t count) const {
    if (values.size() != count * maps_.size() * voxels_) {
      throw std::logic_error("the network returned " + std::to_string(values.size()) + " values, not " +
                             std::to_string(count * maps_.size() * voxels_));
    }
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      throw core::DataError("", "the network gives values that are not finite",
                            "look at the training's log: it may have diverged");
    }
    return values;
  }

  void add(const Place& start, const float* values) {
    const std::size_t x0 = axes_[0].covered(start[0], plan_.window[0]).first + axes_[0].before - start[0];
    for (std::size_t m = 0; m < maps_.size(); ++m) {
      each_row(start, [&](std::size_t to, std::size_t from, std::size_t count, std::size_t wy, std::size_t wz) {
        const float weight = axes_[1].weights[wy] * axes_[2].weights[wz];
        const float* const source = values + m * voxels_ + from;
        float* const target = maps_[m].voxels.data() + to;
        for (std::size_t i = 0; i < count; ++i) target[i] += source[i] * (weight * axes_[0].weights[x0 + i]);
      });
    }
  }

  // Windows stand on a lattice, so that the sum of their weights is a product of sums along the axes.
  void divide() {
    const auto& size = volume_.grid.size;
    for (Image& map : maps_) {
      float* next = map.voxels.data();
      for (std::size_t z = 0; z < size[2]; ++z) {
        for (std::size_t y = 0; y < size[1]; ++y) {
          const float sum = axes_[1].sums[y] * axes_[2].sums[z];
          for (std::size_t x = 0; x < size[0]; ++x) *next++ /= sum * axes_[0].sums[x];
        }
      }
    }
  }

  const Image& volume_;
  const WindowPlan& plan_;
  std::array<Axis, 3> axes_;
  std::size_t voxels_;  // of a window
  float padding_;
  std::vector<Image> maps_;
  std::vector<float> batch_;
  std::vector<Place> places_;
  std::vector<float> constant_;  // maps of the last window whose voxels were all equal, and what they were
  float constant_value_ = 0;
};

}  // namespace

const core::Words<Blend> kBlends{{"mean", Blend::mean}, {"gaussian", Blend::gaussian}};

void check_windows(const WindowPlan& plan) {
  for (std::size_t a = 0; a < 3; ++a) {
    if (plan.window[a] == 0) throw core::UsageError("--window", "has a side of 0 voxels", "give three sides above 0");
    if (plan.stride[a] == 0 || plan.stride[a] > plan.window[a]) {
      throw core::UsageError("--stride",
                             "is " + std::to_string(plan.stride[a]) + " voxels along an axis where the window has " +
                                 std::to_string(plan.window[a]),
                             "give 1 up to the window's side: a larger stride leaves gaps");
    }
  }
  if (plan.batch_size == 0) throw core::UsageError("--batch-size", "must be 1 or more");
}

std::vector<std::size_t> window_starts(std::size_t size, std::size_t window, std::size_t stride) {
  const std::size_t room = size > window ? size - window : 0;
  std::vector<std::size_t> starts;
  for (std::size_t start = 0; start < room; start += stride) starts.push_back(start);
  starts.push_back(room);
  return starts;
}

std::uint64_t count_windows(const WindowSize& size, const WindowPlan& plan) {
  std::uint64_t count = 1;
  for (std::size_t a = 0; a < 3; ++a) count *= window_starts(size[a], plan.window[a], plan.stride[a]).size();
  return count;
}

std::size_t windows_at_once(const WindowSize& window) {
  constexpr std::size_t kVoxels = std::size_t{1} << 18;
  return std::max<std::size_t>(1, kVoxels / std::max<std::size_t>(1, window[0] * window[1] * window[2]));
}

std::vector<Image> map_windows(const Image& volume, const WindowPlan& plan, std::size_t maps,
                               const WindowMapper& network) {
  check_windows(plan);
  return Windows(volume, plan, maps).run(network);
}

}  // namespace coopseg::inference
