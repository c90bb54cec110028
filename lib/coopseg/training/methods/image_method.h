// Methods that make hard examples by changing images, before or without looking at the network's codes.
//
//   auto method = make_image_method(settings);          // settings.method "adv-bias"
//   at::Tensor hard = method->hard_images(network, images, streams);
//
// `network` may be any function from images to logits, so that a method is tested without training anything.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/request/image_method.h"
#include "coopseg/training/draws.h"
#include "coopseg/training/methods/hard_examples.h"

namespace coopseg::training {

// Images [N, C, H, W] -> logits [N, classes, H, W].
using Classifier = std::function<at::Tensor(const at::Tensor& images)>;

// The fast-thinking network with the batch's own statistics; running statistics and the batch norms' parameters are
// out of its reach.
Classifier frozen_classifier(network::Model& model);

// The numbers of a batch: functions of its seed and iteration, and of an image's place in it.
Streams streams_of(const TensorBatch& batch);

class ImageMethod : public HardExampleMaker {
 public:
  explicit ImageMethod(const request::ImageMethodSettings& settings) : settings_(settings) {}

  // The images changed, as L_hard sees them: constants of the same shape. No gradient is left on what `network` is made
  // of. Throws core::UsageError if the images' size does not suit the method.
  virtual at::Tensor hard_images(const Classifier& network, const at::Tensor& images, const Streams& streams) = 0;

  bool makes_images() const override { return settings_.hard_weight > 0; }
  bool makes_segmentations() const override { return false; }
  // As nothing but the standard pass shall move running statistics.
  HardLosses hard_losses() const override { return {settings_.hard_weight, network::Mode::frozen}; }
  HardExamples make(network::Model& model, const StandardPass& pass) override;

 protected:
  at::Tensor finished(const at::Tensor& images) const;  // rescaled, where asked for

  request::ImageMethodSettings settings_;
};

// Null if settings.method is empty. Throws core::UsageError as check_image_method() does.
std::unique_ptr<ImageMethod> make_image_method(const request::ImageMethodSettings& settings);

}  // namespace coopseg::training
