// Adversarial bias fields, "Adv Bias" (Chen et al., MICCAI 2020; its public code and that of AdvChain).
//
//   BiasFieldShape shape(192, 192, settings);           // 4 x 4 control points
//   at::Tensor field = shape.field(points, 0.3);        // points [N, 1, 4, 4] -> [N, 1, 192, 192]
#pragma once

#include <ATen/core/Tensor.h>

#include "coopseg/training/methods/adversarial.h"

namespace coopseg::training {

// Along one axis, of a grid `downscale` times coarser than the image's.
struct BiasAxis {
  BiasAxis(std::int64_t image_size, const request::AdvBiasSettings& settings);  // throws core::UsageError
  std::int64_t spacing;  // samples between control points
  std::int64_t samples;
  std::int64_t points;
  std::int64_t offset;   // of sample 0 from control point 0
};

// Cubic B-spline of unit spacing at 4 * spacing - 3 samples, from boxes of so many samples; those a spacing apart sum
// to 1. float64.
at::Tensor spline_kernel(std::int64_t spacing);

// Smooth fields over images of one size from control points [N, 1, rows of points, columns of points], which are log
// intensities. Near the border a field falls off a little: there is only one control point beyond each side.
class BiasFieldShape {
 public:
  BiasFieldShape(std::int64_t rows, std::int64_t columns, const request::AdvBiasSettings& settings);
  std::int64_t point_rows() const { return across_.points; }
  std::int64_t point_columns() const { return along_.points; }
  at::Tensor coarse_log_field(const at::Tensor& points) const;  // [N, 1, rows / downscale, columns / downscale]
  at::Tensor log_field(const at::Tensor& points) const;         // [N, 1, rows, columns]
  at::Tensor field(const at::Tensor& points, double epsilon) const;  // factors, held to [1 - epsilon, 1 + epsilon]

 private:
  std::int64_t rows_, columns_;
  BiasAxis across_, along_;
  at::Tensor row_weights_, column_weights_;  // [samples, points]
};

// Control points at the beginning, from numbers `uniform` in [0, 1), and after a step up the gradient.
at::Tensor first_points(const request::AdvBiasSettings& settings, const at::Tensor& uniform);
at::Tensor projected(const request::AdvBiasSettings& settings, const at::Tensor& points);
at::Tensor stepped(const request::AdvBiasSettings& settings, const at::Tensor& points, const at::Tensor& gradient,
                   std::size_t step);  // counted from 1; projected

class AdvBias : public AdversarialMethod {
 public:
  explicit AdvBias(const request::ImageMethodSettings& settings)
      : AdversarialMethod(settings, settings.adv_bias.weights) {}

  // The loss at control points, for logits `reference` of the clean images.
  at::Tensor loss(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                  const BiasFieldShape& shape, const at::Tensor& points) const;
  at::Tensor search(const Classifier& network, const at::Tensor& images, const at::Tensor& reference,
                    const Streams& streams) const override;
};

}  // namespace coopseg::training
