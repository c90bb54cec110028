#include "coopseg/training/perturber.h"

#include <ATen/Parallel.h>

#include <optional>
#include <stdexcept>

#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/methods/image_method.h"
#include "coopseg/training/tensors.h"
#include "coopseg/training/predictor.h"
#include "coopseg/training/torch_errors.h"

namespace coopseg::training {
namespace {

std::optional<MaskDraw> draw(const request::Perturbation& how, bool wanted, const char* code,
                             const at::Tensor& values) {
  if (!wanted) return std::nullopt;
  MaskPolicy policy;
  policy.type = *how.mask;
  policy.threshold = how.threshold;
  policy.random_threshold = false;
  policy.soft = !how.hard;
  policy.ranking = how.ranking;
  check_mask_policy(policy);
  core::RandomStream stream(how.seed, {"latent mask", code, how.id, how.frame}, {how.repeat});
  return draw_mask(policy, values.sizes(), stream);
}

}  // namespace

ModelPerturber::ModelPerturber(const request::PredictorOptions& options)
    : options_(options),
      description_(model::read_model_description(options.model)),
      device_(network::choose_device(options.device)),
      model_(load_model(options.model, description_, /*slow_thinking=*/false, options.threads, device_)) {}

std::string ModelPerturber::torch_version() const { return network::torch_version(); }

HardExamples ModelPerturber::masked(const at::Tensor& x, const at::Tensor& y, const request::Perturbation& how) {
  network::FtnOutput out;
  {
    const at::NoGradGuard without_gradients;
    out = model_.run_ftn(x, network::Mode::frozen, /*with_reconstruction=*/!how.mask && how.image);
  }
  if (!how.mask) return {out.reconstruction, out.logits, {}};
  const auto shape = draw(how, how.shape, "shape code", out.shape_code);
  if (shape && shape->type != MaskType::dropout && !y.defined())
    throw std::logic_error("a targeted mask of the shape code needs labels");
  return make_hard_examples(model_, out, x, y, draw(how, how.image, "image code", out.image_code), shape,
                            network::Mode::frozen);
}

at::Tensor ModelPerturber::changed(const at::Tensor& x, const request::Perturbation& how) {
  if (!how.image || how.shape) throw std::logic_error("methods that change images make images alone");
  const Streams streams([&how](std::string_view purpose, std::uint64_t index) {
    return core::RandomStream(how.seed, {purpose, how.id, how.frame}, {how.repeat, index});
  });
  return make_image_method(how.images)->hard_images(frozen_classifier(model_), x, streams);
}

std::vector<float> ModelPerturber::perturb(const std::vector<dataset::ImagePlane>& slices,
                                           const std::vector<dataset::LabelPlane>& labels,
                                           const request::Perturbation& how) {
  return with_plain_errors([&] { return run(slices, labels, how); });
}

std::vector<float> ModelPerturber::run(const std::vector<dataset::ImagePlane>& slices,
                                       const std::vector<dataset::LabelPlane>& labels,
                                       const request::Perturbation& how) {
  at::set_num_threads(options_.threads);  // OpenMP counts for each thread
  const at::Device device(device_);
  const at::Tensor x = to_tensor(slices).to(device);
  at::Tensor y;
  if (!labels.empty()) y = to_tensor(labels).to(device);
  const HardExamples made =
      how.images.method.empty() ? masked(x, y, how) : HardExamples{changed(x, how), {}, {}};
  std::vector<at::Tensor> maps;
  if (how.image) maps.push_back(made.images);
  if (how.shape) maps.push_back(at::softmax(made.logits, 1));
  const at::Tensor all = at::cat(maps, 1).to(at::kCPU, at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  const float* const first = all.data_ptr<float>();
  return {first, first + all.numel()};
}

}  // namespace coopseg::training

coopseg::request::Perturber* coopseg_open_perturber(const coopseg::request::PredictorOptions& options) {
  using coopseg::training::ModelPerturber;
  return coopseg::training::with_plain_errors([&] { return new ModelPerturber(options); });
}
