#include "coopseg/training/device_windows.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {
namespace {

constexpr std::int64_t kCountedAtOnce = std::int64_t{1} << 22;  // voxels: counting takes some memory for each

// One axis of a tensor [z][y][x], of which the voxel axes are counted from behind: the volume's voxels stand at
// `before` in the padded ones.
struct Axis {
  std::int64_t size, window, before, padded;
  std::vector<std::size_t> starts;

  Axis(std::size_t volume, std::size_t side, std::size_t stride)
      : size(static_cast<std::int64_t>(volume)),
        window(static_cast<std::int64_t>(side)),
        before(window > size ? (window - size) / 2 : 0),
        padded(std::max(size, window)),
        starts(inference::window_starts(volume, side, stride)) {}
};

using Place = std::array<std::int64_t, 3>;  // z, y, x

// [..., z, y, x] at a window.
at::Tensor at_window(const at::Tensor& whole, const std::array<Axis, 3>& axes, const Place& place) {
  at::Tensor part = whole;
  for (std::size_t a = 0; a < 3; ++a) part = part.narrow(static_cast<std::int64_t>(a) - 3, place[a], axes[a].window);
  return part;
}

at::Tensor without_padding(const at::Tensor& whole, const std::array<Axis, 3>& axes) {
  at::Tensor part = whole;
  for (std::size_t a = 0; a < 3; ++a)
    part = part.narrow(static_cast<std::int64_t>(a) - 3, axes[a].before, axes[a].size);
  return part;
}

// Of windows [N, z, y, x], class probabilities [N, classes, z, y, x]; the network sees [N, 1, X, Y, Z], or of windows
// of one plane [N, 1, y, x].
at::Tensor probabilities_of(network::Network& network, const at::Tensor& windows) {
  const bool flat = windows.size(1) == 1;
  const at::Tensor x = flat ? windows : windows.unsqueeze(1).transpose(-1, -3).contiguous();
  const at::Tensor maps = at::softmax(network::softmax_logits(network.predict(x).logits), 1);
  return flat ? maps.unsqueeze(2) : maps.transpose(-1, -3);
}

}  // namespace

std::vector<std::int64_t> count_windows_on_device(network::Network& network, const dataset::TrainingVolume& volume,
                                                  const inference::WindowPlan& plan, std::size_t classes,
                                                  const std::string& device, const std::function<void()>& pause) {
  inference::check_windows(plan);
  const at::NoGradGuard without_gradients;
  const auto axis = [&](std::size_t a) { return Axis(volume.grid.size[a], plan.window[a], plan.stride[a]); };
  const std::array<Axis, 3> axes{axis(2), axis(1), axis(0)};
  const std::vector<std::int64_t> sizes{axes[0].size, axes[1].size, axes[2].size};
  const std::vector<std::int64_t> padded{axes[0].padded, axes[1].padded, axes[2].padded};
  const auto there = [&](const auto* values, at::ScalarType type) {
    using Value = std::remove_const_t<std::remove_pointer_t<decltype(values)>>;
    return at::from_blob(const_cast<Value*>(values), sizes, type).to(at::Device(device));
  };

  const bool zero = plan.padding == model::Padding::zero;
  const float padding = zero ? 0 : *std::min_element(volume.voxels.begin(), volume.voxels.end());
  const at::Tensor image = at::full(padded, padding, at::TensorOptions(at::kFloat).device(at::Device(device)));
  without_padding(image, axes).copy_(there(volume.voxels.data(), at::kFloat));
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(classes)};
  shape.insert(shape.end(), padded.begin(), padded.end());
  const at::Tensor sums = at::zeros(shape, image.options());

  std::vector<Place> places;
  const auto show = [&] {
    if (places.empty()) return;
    pause();
    std::vector<at::Tensor> windows;
    for (const Place& place : places) windows.push_back(at_window(image, axes, place));
    const at::Tensor found = probabilities_of(network, at::stack(windows));
    for (std::size_t n = 0; n < places.size(); ++n)
      at_window(sums, axes, places[n]).add_(found[static_cast<std::int64_t>(n)]);
    places.clear();
  };
  for (const std::size_t z : axes[0].starts) {
    for (const std::size_t y : axes[1].starts) {
      for (const std::size_t x : axes[2].starts) {
        places.push_back({static_cast<std::int64_t>(z), static_cast<std::int64_t>(y), static_cast<std::int64_t>(x)});
        if (places.size() == plan.batch_size) show();
      }
    }
  }
  show();

  const at::Tensor logits = without_padding(sums, axes);
  if (!at::isfinite(logits.sum()).item<bool>()) {
    throw core::DataError("", "the network gives values that are not finite",
                          "look at the training's log: it may have diverged");
  }
  const at::Tensor labels = there(volume.labels.data(), at::kByte).to(at::kLong);
  const at::Tensor drawn = labels.ne(dataset::kIgnoredLabel);
  const std::int64_t planes = std::max<std::int64_t>(1, kCountedAtOnce / (axes[1].size * axes[2].size));
  at::Tensor counts;
  for (std::int64_t z = 0; z < axes[0].size; z += planes) {
    const auto part = [&](const at::Tensor& of) {
      return of.narrow(-3, z, std::min(planes, axes[0].size - z)).unsqueeze(0);
    };
    const at::Tensor found = confusion_tensor(part(logits), part(labels), part(drawn));
    counts = counts.defined() ? counts + found : found;
  }
  return numbers_of(counts);
}

}  // namespace coopseg::training
