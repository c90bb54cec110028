#include "coopseg/training/losses/segmentation.h"

#include <utility>
#include <vector>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/network.h"
#include "coopseg/training/losses/of_all.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {
namespace {

constexpr double kDiceSmooth = 1e-5;

// `truth_of`(class, type of its numbers): what the class's probabilities shall be, and the sum of its squares.
template <class TruthOf>
at::Tensor dice_of_classes(const at::Tensor& logits, const at::Tensor& counted, const TruthOf& truth_of) {
  const at::Tensor p = foreground_probabilities(logits);
  std::vector<at::Tensor> sums, losses;  // of each class: of both together, of each by itself
  for (std::int64_t c = 0; c < p.size(1); ++c) {
    const at::Tensor every = p.select(1, c);
    const auto [truth, squares] = truth_of(c + 1, p.scalar_type());
    const at::Tensor of_class = counted.defined() ? every.masked_fill(counted.logical_not(), 0) : every;
    sums.push_back((of_class * truth).sum());
    sums.push_back((of_class * of_class).sum() + squares);
  }
  sums = sums_of_all(sums);
  for (std::size_t i = 0; i < sums.size(); i += 2)
    losses.push_back(1 - (2 * sums[i] + kDiceSmooth) / (sums[i + 1] + kDiceSmooth));
  return at::stack(losses).mean();
}

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted) {
  const at::Tensor every = network::softmax_logits(logits);
  if (!counted.defined() && !network::group()) return at::cross_entropy_loss(every, labels);
  const at::Tensor sum = at::cross_entropy_loss(every, labels, {}, at::Reduction::Sum, dataset::kIgnoredLabel);
  return mean_of_counted(sum, count_of(counted, labels));
}

at::Tensor dice_loss(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted) {
  return dice_of_classes(logits, counted, [&](std::int64_t c, at::ScalarType type) {
    const at::Tensor truth = labels.eq(c).to(type);
    return std::pair(truth, truth.sum());  // whose squares are itself
  });
}

at::Tensor soft_cross_entropy(const at::Tensor& logits, const at::Tensor& probabilities, const at::Tensor& counted) {
  const at::Tensor sum = -(probabilities * at::log_softmax(network::softmax_logits(logits), 1)).sum();
  if (counted.defined() || network::group()) return mean_of_counted(sum, count_of(counted, probabilities.select(1, 0)));
  return sum / (probabilities.numel() / probabilities.size(1));
}

at::Tensor soft_dice_loss(const at::Tensor& logits, const at::Tensor& probabilities, const at::Tensor& counted) {
  return dice_of_classes(logits, counted, [&](std::int64_t c, at::ScalarType type) {
    const at::Tensor truth = probabilities.select(1, c).to(type);
    return std::pair(truth, (truth * truth).sum());
  });
}

at::Tensor reconstruction_loss(const at::Tensor& reconstruction, const at::Tensor& image) {
  return network::mean_of_all(at::mse_loss(reconstruction, image), image.numel());
}

at::Tensor noisy_input(const at::Tensor& image, const at::Tensor& noise, double strength) {
  return at::clamp(image + strength * noise, 0, 1);
}

at::Tensor one_hot(const at::Tensor& labels, int classes, const at::Tensor& like) {
  return at::one_hot(labels, classes).permute({0, 3, 1, 2}).to(like.scalar_type());
}

}  // namespace coopseg::training
