#include "coopseg/training/losses/adversarial.h"

#include <algorithm>
#include <vector>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/of_all.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {
namespace {

constexpr double kPlainDiceSmooth = 1e-5;

}  // namespace

at::Tensor plain_dice_loss(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor every = foreground_probabilities(logits);
  const std::int64_t classes = every.size(1);
  const at::Tensor p = every.masked_fill(labels.gt(classes).unsqueeze(1), 0);
  std::vector<at::Tensor> sums, losses;  // of each class: of both together, of each by itself
  for (std::int64_t c = 0; c < classes; ++c) {
    const at::Tensor of_class = p.select(1, c), truth = labels.eq(c + 1).to(p.scalar_type());
    sums.push_back((of_class * truth).sum());
    sums.push_back(of_class.sum() + truth.sum());
  }
  sums = sums_of_all(sums);
  for (std::size_t i = 0; i < sums.size(); i += 2)
    losses.push_back(1 - (2 * sums[i] + kPlainDiceSmooth) / (sums[i + 1] + kPlainDiceSmooth));
  return at::stack(losses).mean();
}

at::Tensor cross_agreement(const at::Tensor& first, const at::Tensor& second) {
  const auto against = [](const at::Tensor& logits, const at::Tensor& other) {
    const at::Tensor target = probabilities(other.detach());
    if (logits.size(1) == 1) return at::binary_cross_entropy_with_logits(logits, target);
    return -(target * at::log_softmax(logits, 1)).sum(1).mean();
  };
  const at::Tensor own = against(first, second) + against(second, first);
  if (!network::group()) return own / static_cast<double>(first.size(0));
  const at::Tensor images = network::summed(at::full({}, first.size(0), first.options().requires_grad(false)));
  return network::mean_of_all(own, first.size(0)) / images;
}

at::Tensor maps_of_labels(const at::Tensor& labels, std::int64_t channels, const at::Tensor& like) {
  std::vector<at::Tensor> maps;
  for (std::int64_t c = channels == 1 ? 1 : 0; c < std::max<std::int64_t>(channels, 2); ++c)
    maps.push_back(labels.eq(c));
  return at::stack(maps, 1).to(like.scalar_type());
}

at::Tensor origin_loss(const at::Tensor& opinion, Origin claimed, const at::Tensor& counted) {
  const at::Tensor target = claimed == Origin::label ? at::ones_like(opinion) : at::zeros_like(opinion);
  // LibTorch's cross-entropy stops at what is not a number, a GPU for good; the loss shall tell of it instead.
  const at::Tensor numbers = opinion.nan_to_num(0.5), lost = 0 * opinion.detach().sum();
  if (!counted.defined() && !network::group()) return at::binary_cross_entropy(numbers, target) + lost;
  const at::Tensor weight = counted.defined() ? counted.unsqueeze(1).to(opinion.scalar_type()) : at::ones_like(target);
  const std::vector<at::Tensor> sums =
      sums_of_all({at::binary_cross_entropy(numbers, target, weight, at::Reduction::Sum), weight.sum(), lost});
  return sums[0] / sums[1].clamp_min(1) + sums[2];
}

}  // namespace coopseg::training
