// Random convolutions, "Rand Conv" (Xu et al., ICLR 2021), with the consistency of several views of Chen et al.
#pragma once

#include <ATen/core/Tensor.h>

#include "coopseg/training/methods/image_method.h"

namespace coopseg::training {

// Everything random about a view of a batch.
struct ConvolutionDraw {
  at::Tensor normals;     // [C, C, k, k], float32: the kernel's weights before they are scaled
  double share = 0;       // of the image itself in the mixture, in [0, 1)
  bool identity = false;  // the image as it is, without mixing
};
ConvolutionDraw draw_convolution(const request::RandConvSettings& settings, std::int64_t channels,
                                 core::RandomStream& draw);

// Weights with a standard deviation of 1 / sqrt(C k^2).
at::Tensor convolution_kernel(const at::Tensor& normals);
// Cross-correlation of [N, C, H, W] with zeros beyond the border; the size stays.
at::Tensor convolved(const at::Tensor& images, const at::Tensor& kernel);
at::Tensor mixed(const at::Tensor& images, const at::Tensor& convolved, double share);

// The view, each image and channel stretched to [0, 1].
at::Tensor random_view(const request::RandConvSettings& settings, const at::Tensor& images,
                       const ConvolutionDraw& draw);

// With the loss "consistency": no hard images but, of `views` views of the noisy input and weighted together,
//   view_image               mean of the reconstruction losses against the clean images
//   view_consistency         lambda * mean divergence of the segmentations' probabilities from their mean
//   view_shape_consistency   the same of the slow-thinking network's output, where there is one
// With "hard-example": one view of the clean images as hard images.
class RandConv : public ImageMethod {
 public:
  using ImageMethod::ImageMethod;
  at::Tensor hard_images(const Classifier& network, const at::Tensor& images, const Streams& streams) override;
  bool makes_images() const override { return !has_consistency() && ImageMethod::makes_images(); }
  std::vector<std::string> terms(const ObjectiveOptions& objective) const override;
  HardExamples make(network::Model& model, const StandardPass& pass) override;

 private:
  bool has_consistency() const { return settings_.rand_conv.loss == "consistency"; }
  at::Tensor view(const at::Tensor& images, const Streams& streams, std::uint64_t index) const;
};

}  // namespace coopseg::training
