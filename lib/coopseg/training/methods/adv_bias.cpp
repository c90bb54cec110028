#include "coopseg/training/methods/adv_bias.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"

namespace coopseg::training {
namespace {

bool is_box(const request::AdvBiasSettings& settings) { return settings.form == "box"; }

// How much each sample takes of each control point: [samples, points].
at::Tensor weights_of(const BiasAxis& axis) {
  const at::Tensor kernel = spline_kernel(axis.spacing);
  const std::int64_t centre = 2 * axis.spacing - 2;
  at::Tensor weights = at::zeros({axis.samples, axis.points}, at::kDouble);
  for (std::int64_t r = 0; r < axis.samples; ++r) {
    for (std::int64_t j = 0; j < axis.points; ++j) {
      const std::int64_t at = r + axis.offset - j * axis.spacing + centre;
      if (at >= 0 && at < kernel.size(0)) weights[r][j] = kernel[at];
    }
  }
  return weights;
}

}  // namespace

BiasAxis::BiasAxis(std::int64_t image_size, const request::AdvBiasSettings& settings) {
  const auto downscale = static_cast<std::int64_t>(settings.downscale);
  if (image_size % downscale != 0) {
    throw core::UsageError("--advbias-downscale",
                           fmt::format("{} pixels cannot be divided by {}", image_size, downscale),
                           "choose a divisor of the image's sides");
  }
  const std::int64_t spacing_pixels =
      settings.spacing == 0 ? image_size / 2 : static_cast<std::int64_t>(settings.spacing);
  spacing = spacing_pixels / downscale;
  if (spacing < 1) {
    throw core::UsageError("--advbias-spacing",
                           fmt::format("{} pixels are less than --advbias-downscale {}", spacing_pixels, downscale),
                           "put the control points farther apart");
  }
  samples = image_size / downscale;
  const std::int64_t cells = (samples + spacing - 1) / spacing;
  points = cells + 2;
  // The public code computes the field of the cells' inside and crops or pads it to the size.
  const std::int64_t surplus = spacing * cells - (spacing - 1) - samples, half = std::abs(surplus);
  const std::int64_t shift = half / 2 + half % 2;
  offset = spacing + (surplus < 0 ? -shift : shift);
}

at::Tensor spline_kernel(std::int64_t spacing) {
  const auto n = static_cast<std::size_t>(spacing);
  std::vector<double> kernel(n, 1);
  for (int i = 0; i < 3; ++i) {
    std::vector<double> wider(kernel.size() + n - 1, 0);
    for (std::size_t a = 0; a < kernel.size(); ++a)
      for (std::size_t b = 0; b < n; ++b) wider[a + b] += kernel[a] / static_cast<double>(n);
    kernel = std::move(wider);
  }
  return at::tensor(kernel, at::kDouble);
}

BiasFieldShape::BiasFieldShape(std::int64_t rows, std::int64_t columns, const request::AdvBiasSettings& settings)
    : rows_(rows),
      columns_(columns),
      across_(rows, settings),
      along_(columns, settings),
      row_weights_(weights_of(across_)),
      column_weights_(weights_of(along_)) {}

at::Tensor BiasFieldShape::coarse_log_field(const at::Tensor& points) const {
  return at::matmul(at::matmul(row_weights_.to(points.options()), points), column_weights_.to(points.options()).t());
}

at::Tensor BiasFieldShape::log_field(const at::Tensor& points) const {
  const at::Tensor coarse = coarse_log_field(points);
  if (coarse.size(2) == rows_ && coarse.size(3) == columns_) return coarse;
  return at::upsample_bilinear2d(coarse, {rows_, columns_}, /*align_corners=*/false);
}

at::Tensor BiasFieldShape::field(const at::Tensor& points, double epsilon) const {
  return log_field(points).exp().clamp(1 - epsilon, 1 + epsilon);
}

at::Tensor first_points(const request::AdvBiasSettings& settings, const at::Tensor& uniform) {
  const double low = is_box(settings) ? std::log1p(-settings.epsilon) : -settings.epsilon;
  const double high = is_box(settings) ? std::log1p(settings.epsilon) : settings.epsilon;
  return projected(settings, low + (high - low) * uniform);
}

at::Tensor projected(const request::AdvBiasSettings& settings, const at::Tensor& points) {
  if (!is_box(settings)) return unit(points);
  return points.clamp(std::log1p(-settings.epsilon), std::log1p(settings.epsilon));
}

at::Tensor stepped(const request::AdvBiasSettings& settings, const at::Tensor& points, const at::Tensor& gradient,
                   std::size_t step) {
  const double length =
      is_box(settings) ? settings.step_size : settings.step_size / std::sqrt(static_cast<double>(step));
  return projected(settings, points + length * unit(gradient));
}

at::Tensor AdvBias::loss(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                         const BiasFieldShape& shape, const at::Tensor& points) const {
  return consistency_loss(weights_, reference, network(shape.field(points, settings_.adv_bias.epsilon) * images));
}

at::Tensor AdvBias::search(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                           const Streams& streams) const {
  const request::AdvBiasSettings& how = settings_.adv_bias;
  const BiasFieldShape shape(images.size(2), images.size(3), how);
  const at::Tensor grid = at::empty({images.size(0), 1, shape.point_rows(), shape.point_columns()}, images.options());
  at::Tensor points = first_points(how, uniforms_like(grid, streams, "adv-bias control points"));
  for (std::size_t step = 1; step <= how.steps; ++step) {
    const Slope slope = slope_at(
        points, [&](const at::Tensor& moved) { return loss(network, images, reference, shape, moved); });
    points = stepped(how, points, slope.gradient, step);
  }
  return shape.field(points, how.epsilon) * images;
}

}  // namespace coopseg::training
