#include "coopseg/training/methods/hard_examples.h"

#include <torch/csrc/autograd/autograd.h>

#include <utility>
#include <vector>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/segmentation.h"

namespace coopseg::training {
namespace {

// Of loss(code) with respect to the code alone; parameters get no gradient.
template <class Loss>
at::Tensor gradient_of(const at::Tensor& code, const Loss& loss) {
  const at::AutoGradMode with_gradients(true);
  const at::Tensor leaf = code.detach().clone().set_requires_grad(true);
  return torch::autograd::grad({loss(leaf)}, {leaf})[0];
}

at::Tensor masked(const at::Tensor& code, const at::Tensor& mask) { return code.detach() * mask.to(code.options()); }

}  // namespace

at::Tensor image_code_gradient(network::Model& model, const at::Tensor& code, const at::Tensor& image,
                               network::Mode mode) {
  return gradient_of(code,
                     [&](const at::Tensor& z) { return reconstruction_loss(model.decode_image(z, mode), image); });
}

at::Tensor shape_code_gradient(network::Model& model, const at::Tensor& code, const at::Tensor& labels,
                               network::Mode mode) {
  return gradient_of(code,
                     [&](const at::Tensor& z) { return cross_entropy(model.decode_segmentation(z, mode), labels); });
}

HardExamples make_hard_examples(network::Model& model, const network::FtnOutput& codes, const at::Tensor& image,
                                const at::Tensor& labels, const std::optional<MaskDraw>& image_draw,
                                const std::optional<MaskDraw>& shape_draw, network::Mode mode) {
  HardExamples hard;
  if (image_draw) {
    at::Tensor gradient;
    if (image_draw->type != MaskType::dropout) gradient = image_code_gradient(model, codes.image_code, image, mode);
    const at::NoGradGuard without_gradients;
    const at::Tensor code = masked(codes.image_code, latent_mask(gradient, *image_draw));
    hard.images = model.decode_image(code, network::Mode::frozen);
  }
  if (shape_draw) {
    at::Tensor gradient;
    if (shape_draw->type != MaskType::dropout) gradient = shape_code_gradient(model, codes.shape_code, labels, mode);
    const at::NoGradGuard without_gradients;
    const at::Tensor code = masked(codes.shape_code, latent_mask(gradient, *shape_draw));
    hard.logits = model.decode_segmentation(code, network::Mode::frozen);
  }
  return hard;
}

LatentAugmentation::LatentAugmentation(LatentOptions options) : options_(std::move(options)) {
  if (options_.image) check_mask_policy(options_.image_mask);
  if (options_.shape) check_mask_policy(options_.shape_mask);
}

HardExamples LatentAugmentation::make(network::Model& model, const StandardPass& pass) {
  const auto draw = [&](bool wanted, const char* code, const MaskPolicy& policy, const at::Tensor& values) {
    if (!wanted) return std::optional<MaskDraw>();
    core::RandomStream stream(pass.batch.seed, {"latent mask", code}, {pass.batch.iteration});
    std::vector<std::int64_t> shape = values.sizes().vec();
    shape[0] = pass.batch.rows.whole(shape[0]);
    MaskDraw drawn = draw_mask(policy, shape, stream);
    drawn.uniforms = pass.batch.rows.own(drawn.uniforms);
    return std::optional(std::move(drawn));
  };
  return make_hard_examples(model, pass.output, pass.batch.clean, pass.batch.labels,
                            draw(options_.image, "image code", options_.image_mask, pass.output.image_code),
                            draw(options_.shape, "shape code", options_.shape_mask, pass.output.shape_code),
                            network::Mode::train);
}

}  // namespace coopseg::training
