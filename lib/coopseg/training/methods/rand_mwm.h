// Random masking with windows, "Rand MWM": the in- and out-painting of Models Genesis (Zhou et al., MICCAI 2019), with
// the numbers of Chen et al.'s implementation.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "coopseg/training/methods/image_method.h"

namespace coopseg::training {

struct NoiseWindow {
  std::int64_t row, column, height, width;  // pixels
};

// The smallest side of an image that windows fit into, pixels.
constexpr std::int64_t kLeastMwmSide = 10;

// The windows of one image, each with sides of a sixth to a third of the image's, three pixels or more from its
// borders. Before each the image is done with probability 1 - continue_probability.
std::vector<NoiseWindow> draw_windows(const request::RandMwmSettings& settings, std::int64_t rows, std::int64_t columns,
                                 core::RandomStream& draw);

enum class Painting {
  in,   // noise in the windows, the image around them
  out,  // the image in the windows, noise around them
};
// `images` and `noise` [N, C, H, W]; windows of each image. Pixels are copied, bit for bit.
at::Tensor painted(const at::Tensor& images, const at::Tensor& noise,
                   const std::vector<std::vector<NoiseWindow>>& windows, Painting painting);

class RandMwm : public ImageMethod {
 public:
  using ImageMethod::ImageMethod;
  at::Tensor hard_images(const Classifier& network, const at::Tensor& images, const Streams& streams) override;
};

}  // namespace coopseg::training
