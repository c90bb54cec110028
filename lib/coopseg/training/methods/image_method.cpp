#include "coopseg/training/methods/image_method.h"

#include <map>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"
#include "coopseg/training/methods/adv_bias.h"
#include "coopseg/training/methods/adv_noise.h"
#include "coopseg/training/methods/rand_conv.h"
#include "coopseg/training/methods/rand_mwm.h"

namespace coopseg::training {
namespace {

template <class Method>
std::unique_ptr<ImageMethod> made(const request::ImageMethodSettings& settings) {
  return std::make_unique<Method>(settings);
}

const std::map<std::string, std::unique_ptr<ImageMethod> (*)(const request::ImageMethodSettings&)> kMakers{
    {"rand-mwm", made<RandMwm>},
    {"rand-conv", made<RandConv>},
    {"adv-noise", made<AdvNoise>},
    {"adv-bias", made<AdvBias>},
};

}  // namespace

Classifier frozen_classifier(network::Model& model) {
  return [&model](const at::Tensor& images) {
    return model.run_ftn(images, network::Mode::frozen, /*with_reconstruction=*/false).logits;
  };
}

Streams streams_of(const TensorBatch& batch) {
  const auto source = [seed = batch.seed, iteration = static_cast<std::uint64_t>(batch.iteration)](
                          std::string_view purpose, std::uint64_t index) {
    return core::RandomStream(seed, {purpose}, {iteration, index});
  };
  return Streams(source, batch.rows);
}

at::Tensor ImageMethod::finished(const at::Tensor& images) const {
  return settings_.hard_rescale ? rescaled(images) : images;
}

HardExamples ImageMethod::make(network::Model& model, const StandardPass& pass) {
  return {hard_images(frozen_classifier(model), pass.batch.clean, streams_of(pass.batch)), {}, {}};
}

std::unique_ptr<ImageMethod> make_image_method(const request::ImageMethodSettings& settings) {
  check_image_method(settings);
  if (settings.method.empty()) return nullptr;
  return kMakers.at(settings.method)(settings);
}

}  // namespace coopseg::training
