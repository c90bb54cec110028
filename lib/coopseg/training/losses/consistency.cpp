#include "coopseg/training/losses/consistency.h"

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

constexpr double kTiny = 1e-20;             // keeps quotients of zeros finite
constexpr double kLeastProbability = 1e-8;  // of a mean whose logarithm is taken

// Means of each view, as they stand one behind the other, of the pixels that a view has in all processes.
at::Tensor of_all_pixels(const at::Tensor& own_means, const at::Tensor& view) {
  return network::mean_of_all(own_means, view.numel() / view.size(1));
}

at::Tensor own_pixel_mean(const at::Tensor& per_class) { return per_class.sum(1).mean(); }

}  // namespace

at::Tensor kl_divergence(const at::Tensor& reference, const at::Tensor& logits) {
  const at::Tensor p = at::log_softmax(reference, 1);
  return of_all_pixels(own_pixel_mean(p.exp() * (p - at::log_softmax(logits, 1))), logits);
}

at::Tensor contour_difference(const at::Tensor& reference, const at::Tensor& logits) {
  const std::int64_t foreground = logits.size(1) - 1;
  const at::Tensor change = (at::softmax(logits, 1) - at::softmax(reference, 1)).narrow(1, 1, foreground);
  const at::Tensor across = at::tensor({1., 0., -1., 2., 0., -2., 1., 0., -1.}, logits.options()).view({1, 1, 3, 3});
  const at::Tensor both = at::cat({across, across.transpose(2, 3)});
  // One channel at a time: classes do not mix.
  const at::Tensor edges = at::conv2d(change.reshape({-1, 1, logits.size(2), logits.size(3)}), both, {}, 1, 1);
  return network::mean_of_all(edges.square().mean(), edges.numel());
}

at::Tensor consistency_loss(const request::ConsistencyWeights& weights, const at::Tensor& reference,
                            const at::Tensor& logits) {
  at::Tensor loss;
  if (weights.kl > 0) loss = weights.kl * kl_divergence(reference, logits);
  if (weights.contour > 0) {
    const at::Tensor contour = weights.contour * contour_difference(reference, logits);
    loss = loss.defined() ? loss + contour : contour;
  }
  return loss.defined() ? loss : 0 * logits.sum();
}

at::Tensor mean_probability(const std::vector<at::Tensor>& logits) {
  at::Tensor sum;
  for (const at::Tensor& view : logits) {
    const at::Tensor p = at::softmax(view, 1);
    sum = sum.defined() ? sum + p : p;
  }
  return (sum / static_cast<double>(logits.size())).clamp(kLeastProbability, 1);
}

at::Tensor divergences_from_mean(const std::vector<at::Tensor>& logits) {
  const at::Tensor log_mean = mean_probability(logits).log();
  std::vector<at::Tensor> found;
  for (const at::Tensor& view : logits) {
    const at::Tensor p = at::log_softmax(view, 1);
    found.push_back(own_pixel_mean(p.exp() * (p - log_mean)));
  }
  return of_all_pixels(at::stack(found), logits.front());
}

at::Tensor rescaled(const at::Tensor& images) {
  const at::Tensor low = images.amin({2, 3}, true), high = images.amax({2, 3}, true);
  return (images - low) / (high - low + kTiny);
}

at::Tensor unit(const at::Tensor& samples) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(samples.dim()), 1);
  shape[0] = samples.size(0);
  // Squares of gradients of 1e-20 and less would vanish in float32.
  const at::Tensor wide = samples.to(at::kDouble);
  const at::Tensor norm = wide.flatten(1).norm(2, {1}).view(shape);
  return (wide / (norm + kTiny)).to(samples.scalar_type());
}

}  // namespace coopseg::training
