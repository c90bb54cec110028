#include "coopseg/training/methods/rand_conv.h"

#include <cmath>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"
#include "coopseg/training/losses/segmentation.h"

namespace coopseg::training {

ConvolutionDraw draw_convolution(const request::RandConvSettings& settings, std::int64_t channels,
                                 core::RandomStream& draw) {
  const std::vector<std::size_t> sizes = request::kernel_sizes(settings.kernel_sizes);
  ConvolutionDraw out;
  const auto side = static_cast<std::int64_t>(sizes[draw.below(sizes.size())]);
  // Both are drawn whether they are used or not, so that the kernels stay the same.
  out.share = draw.uniform();
  out.identity = draw.chance(settings.identity_probability);
  out.normals = normals({channels, channels, side, side}, draw);
  return out;
}

at::Tensor convolution_kernel(const at::Tensor& normals) {
  return normals / std::sqrt(static_cast<double>(normals[0].numel()));
}

at::Tensor convolved(const at::Tensor& images, const at::Tensor& kernel) {
  return at::conv2d(images, kernel, {}, 1, kernel.size(2) / 2);
}

at::Tensor mixed(const at::Tensor& images, const at::Tensor& convolved, double share) {
  return share * images + (1 - share) * convolved;
}

at::Tensor random_view(const request::RandConvSettings& settings, const at::Tensor& images,
                       const ConvolutionDraw& draw) {
  if (!settings.mix && draw.identity) return rescaled(images);
  const at::Tensor made = convolved(images, convolution_kernel(draw.normals.to(images.options())));
  return rescaled(settings.mix ? mixed(images, made, draw.share) : made);
}

at::Tensor RandConv::view(const at::Tensor& images, const Streams& streams, std::uint64_t index) const {
  const at::NoGradGuard without_gradients;
  core::RandomStream draw = streams("rand-conv view", index);
  return random_view(settings_.rand_conv, images, draw_convolution(settings_.rand_conv, images.size(1), draw));
}

at::Tensor RandConv::hard_images(const Classifier&, const at::Tensor& images, const Streams& streams) {
  return view(images, streams, 0);
}

std::vector<std::string> RandConv::terms(const ObjectiveOptions& objective) const {
  if (!has_consistency()) return {};
  std::vector<std::string> names{"view_image", "view_consistency"};
  if (objective.slow_thinking) names.push_back("view_shape_consistency");
  return names;
}

HardExamples RandConv::make(network::Model& model, const StandardPass& pass) {
  if (!has_consistency()) return ImageMethod::make(model, pass);
  using network::Mode;
  const Streams streams = streams_of(pass.batch);
  std::vector<at::Tensor> logits, shapes, reconstructions;
  for (std::size_t i = 0; i < settings_.rand_conv.views; ++i) {
    const network::FtnOutput out =
        model.run_ftn(view(pass.input, streams, i), Mode::frozen, /*with_reconstruction=*/true);
    logits.push_back(out.logits);
    reconstructions.push_back(reconstruction_loss(out.reconstruction, pass.batch.clean));
    if (pass.objective.slow_thinking)
      shapes.push_back(model.run_stn(pass.objective.separate ? out.logits.detach() : out.logits, Mode::frozen));
  }
  const double weight = settings_.consistency_weight, lambda = weight * settings_.rand_conv.lambda;
  HardExamples out;
  out.losses.emplace_back("view_image", weight * pass.objective.image_weight * at::stack(reconstructions).mean());
  out.losses.emplace_back("view_consistency", lambda * divergences_from_mean(logits).mean());
  if (pass.objective.slow_thinking)
    out.losses.emplace_back("view_shape_consistency", lambda * divergences_from_mean(shapes).mean());
  return out;
}

}  // namespace coopseg::training
