// What a method adds to standard training: hard examples, made anew for each batch, or loss terms of its own.
//
//   LatentAugmentation latent({/*image=*/true, /*shape=*/true});
//   StandardObjective objective({}, &latent);
//
// A further method is one more class of this interface, or of ImageMethod (image_method.h) if it changes images; the
// objective turns its examples into losses.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/model.h"
#include "coopseg/training/methods/latent_mask.h"
#include "coopseg/training/methods/standard_objective.h"

namespace coopseg::training {

// The standard pass of a batch that has just been run.
struct StandardPass {
  const TensorBatch& batch;
  const at::Tensor& input;           // the noisy images that the network saw
  const network::FtnOutput& output;  // with gradients
  const ObjectiveOptions& objective;
};

// Constants: no gradient flows into the way they were made. Undefined where there are none.
struct HardExamples {
  at::Tensor images;                                       // [N, 1, H, W]
  at::Tensor logits;                                       // corrupted segmentations, [N, classes, H, W]
  std::vector<std::pair<std::string, at::Tensor>> losses;  // further terms, weighted, in terms()' order
};

// How the losses of hard images are taken.
struct HardLosses {
  double weight = 1;  // of each
  // Of the image decoder: the reference implementation of latent augmentation leaves its batch norms unfrozen.
  network::Mode image_decoder = network::Mode::train;
};

class HardExampleMaker {
 public:
  virtual ~HardExampleMaker() = default;
  virtual bool makes_images() const = 0;
  virtual bool makes_segmentations() const = 0;
  virtual HardLosses hard_losses() const { return {}; }
  // Names of its own losses.
  virtual std::vector<std::string> terms(const ObjectiveOptions&) const { return {}; }
  // Leaves no gradient on the parameters. Draws are functions of the batch's seed and position alone.
  virtual HardExamples make(network::Model& model, const StandardPass& pass) = 0;
};

// Which codes are masked, and how.
struct LatentOptions {
  bool image = true, shape = true;
  MaskPolicy image_mask, shape_mask;
};

// Latent space data augmentation (Chen et al., MICCAI 2021): codes of the standard pass, masked where the loss of
// their decoder says (mean squared error of the image, cross-entropy of the segmentation), decoded again with batch
// statistics.
class LatentAugmentation : public HardExampleMaker {
 public:
  explicit LatentAugmentation(LatentOptions options);  // throws core::UsageError
  bool makes_images() const override { return options_.image; }
  bool makes_segmentations() const override { return options_.shape; }
  HardExamples make(network::Model& model, const StandardPass& pass) override;

 private:
  LatentOptions options_;
};

// Gradient of the image code's loss mean((decoder(code) - image)^2), and of the shape code's cross-entropy against
// labels [N, H, W]: of the code's shape, without gradients on the parameters. The decoder runs in mode train, which
// moves its running statistics a second time by the same batch, as the reference's training does, or frozen, which
// gives the same gradient and moves nothing.
at::Tensor image_code_gradient(network::Model& model, const at::Tensor& code, const at::Tensor& image,
                               network::Mode mode);
at::Tensor shape_code_gradient(network::Model& model, const at::Tensor& code, const at::Tensor& labels,
                               network::Mode mode);

// The hard examples of given draws; a code without draw gives none.
HardExamples make_hard_examples(network::Model& model, const network::FtnOutput& codes, const at::Tensor& image,
                                const at::Tensor& labels, const std::optional<MaskDraw>& image_draw,
                                const std::optional<MaskDraw>& shape_draw, network::Mode mode);

}  // namespace coopseg::training
