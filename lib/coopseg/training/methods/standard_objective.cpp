#include "coopseg/training/methods/standard_objective.h"

#include <stdexcept>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/methods/hard_examples.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {

StandardObjective::StandardObjective(const ObjectiveOptions& options, HardExampleMaker* hard)
    : options_(options), hard_(hard) {
  if (hard_ && hard_->makes_segmentations() && !options_.slow_thinking)
    throw std::invalid_argument("hard segmentations are for the slow-thinking network, and there is none");
}

std::vector<std::string> StandardObjective::terms() const {
  std::vector<std::string> names{"seg", "image"};
  const auto add = [&](std::initializer_list<const char*> more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  if (options_.slow_thinking) add({"gt_shape", "pred_shape"});
  if (!hard_) return names;
  if (hard_->makes_images()) {
    add({"hard_seg", "hard_image"});
    if (options_.slow_thinking) add({"hard_pred_shape"});
  }
  if (hard_->makes_segmentations()) add({"hard_corrupted_shape"});
  for (const std::string& own : hard_->terms(options_)) names.push_back(own);
  return names;
}

Losses StandardObjective::evaluate(network::Model& model, const TensorBatch& batch) {
  using network::Mode;
  const at::Tensor& y = batch.labels;
  const at::Tensor input =
      options_.noise > 0 ? noisy_input(batch.clean, batch.noise.at(0), options_.noise) : batch.clean;
  Losses losses;
  const auto add = [&](const char* name, const at::Tensor& loss) { losses.terms.emplace_back(name, loss); };
  const auto image_loss = [&](const at::Tensor& reconstruction) {
    return options_.image_weight * reconstruction_loss(reconstruction, batch.clean);
  };
  const auto shape_loss = [&](const at::Tensor& logits, Mode mode) {
    return cross_entropy(model.run_stn(options_.separate ? logits.detach() : logits, mode), y);
  };

  // The order of the passes decides in which order running statistics move.
  const network::FtnOutput out = model.run_ftn(input, Mode::train, /*with_reconstruction=*/true);
  losses.counts = confusion_tensor(out.logits, y);
  add("seg", cross_entropy(out.logits, y));
  add("image", image_loss(out.reconstruction));
  if (options_.slow_thinking) {
    const at::Tensor truth = one_hot(y, model.architecture().classes, batch.clean);
    add("gt_shape", cross_entropy(model.correct_shape(truth, Mode::train), y));
    add("pred_shape", shape_loss(out.logits, Mode::train));
  }

  if (hard_) {
    HardExamples hard = hard_->make(model, {batch, input, out, options_});
    const HardLosses how = hard_->hard_losses();
    const auto add_hard = [&](const char* name, const at::Tensor& loss) {
      add(name, how.weight == 1 ? loss : how.weight * loss);
    };
    if (hard_->makes_images()) {
      at::Tensor shape_code;
      const at::Tensor image_code = model.encode_image(hard.images, Mode::frozen, &shape_code);
      const at::Tensor logits = model.decode_segmentation(shape_code, Mode::frozen);
      add_hard("hard_seg", cross_entropy(logits, y));
      add_hard("hard_image", image_loss(model.decode_image(image_code, how.image_decoder)));
      if (options_.slow_thinking) add_hard("hard_pred_shape", shape_loss(logits, Mode::frozen));
    }
    if (hard_->makes_segmentations()) add_hard("hard_corrupted_shape", shape_loss(hard.logits, Mode::frozen));
    for (auto& own : hard.losses) losses.terms.push_back(std::move(own));
  }

  losses.total = losses.terms.front().second;
  for (std::size_t i = 1; i < losses.terms.size(); ++i) losses.total = losses.total + losses.terms[i].second;
  return losses;
}

}  // namespace coopseg::training
