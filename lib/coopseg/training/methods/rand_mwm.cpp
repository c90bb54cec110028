#include "coopseg/training/methods/rand_mwm.h"

#include <fmt/core.h>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

constexpr std::int64_t kMargin = 3;  // pixels between a window and the image's border

std::int64_t between(std::int64_t low, std::int64_t high, core::RandomStream& draw) {
  return low + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(high - low + 1)));
}

}  // namespace

std::vector<NoiseWindow> draw_windows(const request::RandMwmSettings& settings, std::int64_t rows, std::int64_t columns,
                                 core::RandomStream& draw) {
  std::vector<NoiseWindow> windows;
  while (windows.size() < settings.max_windows) {
    const bool forced = settings.force_first && windows.empty();
    if (draw.uniform() >= settings.continue_probability && !forced) break;
    NoiseWindow w{};
    w.height = between(rows / 6, rows / 3, draw);
    w.width = between(columns / 6, columns / 3, draw);
    w.row = between(kMargin, rows - w.height - kMargin, draw);
    w.column = between(kMargin, columns - w.width - kMargin, draw);
    windows.push_back(w);
  }
  return windows;
}

at::Tensor painted(const at::Tensor& images, const at::Tensor& noise,
                   const std::vector<std::vector<NoiseWindow>>& windows, Painting painting) {
  at::Tensor inside = at::zeros({images.size(0), 1, images.size(2), images.size(3)}, at::kBool);
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    for (const NoiseWindow& w : windows[static_cast<std::size_t>(n)])
      inside[n].narrow(1, w.row, w.height).narrow(2, w.column, w.width).fill_(true);
  }
  inside = inside.to(images.device());
  return painting == Painting::in ? at::where(inside, noise, images) : at::where(inside, images, noise);
}

at::Tensor RandMwm::hard_images(const Classifier&, const at::Tensor& images, const Streams& streams) {
  const std::int64_t rows = images.size(2), columns = images.size(3);
  if (std::min(rows, columns) < kLeastMwmSide) {
    throw core::UsageError("--method rand-mwm",
                           fmt::format("images of {} x {} pixels are too small for windows", rows, columns),
                           fmt::format("give {} pixels or more", kLeastMwmSide));
  }
  std::vector<std::vector<NoiseWindow>> windows;
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    core::RandomStream draw = streams.of_image("rand-mwm windows", n);
    windows.push_back(draw_windows(settings_.rand_mwm, rows, columns, draw));
  }
  const bool in = streams("rand-mwm painting", 0).chance(settings_.rand_mwm.inpaint_probability);
  // One canvas of noise for all windows: where they overlap, either noise is as good as the other.
  const at::Tensor noise = uniforms_like(images, streams, "rand-mwm noise");
  return finished(painted(images.detach(), noise, windows, in ? Painting::in : Painting::out));
}

}  // namespace coopseg::training
