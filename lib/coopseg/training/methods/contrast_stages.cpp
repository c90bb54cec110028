#include "coopseg/training/methods/contrast_stages.h"

#include <utility>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/contrast.h"

namespace coopseg::training {
namespace {

constexpr char kIdle[] = "no two positions of one class are compared (--stride, --blocks, --patch)";

}  // namespace

ContrastStage::ContrastStage(ContrastParts& parts, std::int64_t channels)
    : StudentMethod({std::move(parts.network), /*dropout=*/false, parts.how}),
      head_(std::make_unique<network::PixelProjection>(
          model::PixelProjectionShape{static_cast<int>(channels), parts.hidden, parts.out, network().dimensions()})) {
  head_->weights().initialise(parts.seed);
  head_->weights().to_device(network().weights().state().front().second.device().str());
}

GlobalContrast::GlobalContrast(ContrastParts parts)
    : ContrastStage(parts, parts.network->code_channels()), tau_(parts.tau) {}

Losses GlobalContrast::step(const TensorBatch& batch) {
  const at::Tensor code = network().encode(batch.clean, network::Mode::train);
  const at::Tensor views = head()(mean_over_space(code)).flatten(1);
  const std::int64_t images = views.size(0) / 2;
  Losses losses;
  losses.add("contrast", nt_xent(views.narrow(0, 0, images), views.narrow(0, images, images), tau_));
  return losses;
}

LocalContrastMethod::LocalContrastMethod(ContrastParts parts, const LocalContrast& how)
    : ContrastStage(parts, parts.network->feature_channels()), how_(how) {
  network().give_features(true);
}

Losses LocalContrastMethod::step(const TensorBatch& batch) {
  // Of the whole batch, so that every process decides and compares alike.
  const at::Tensor labels = batch.rows.of_all(strided(batch.labels, 1, how_.stride));
  Losses losses;
  // Nothing is looked at then, so that statistics of normalisation stay, too.
  if (!labels.ne(0).logical_and(labels.ne(dataset::kIgnoredLabel)).any().item<bool>()) {
    losses.add("contrast", at::zeros({}, batch.clean.options()));
    losses.idle = kIdle;
    return losses;
  }
  // The head sees each position by itself: what the stride leaves out it need not see.
  const at::Tensor features = head()(strided(look(batch.clean, batch).features.back(), 2, how_.stride));
  const LocalContrastLoss found =
      supervised_local_contrast(batch.rows.of_all(features), labels, {how_.tau, /*stride=*/1, how_.block});
  losses.add("contrast", found.loss);
  if (!found.has_anchors) losses.idle = kIdle;
  return losses;
}

}  // namespace coopseg::training
