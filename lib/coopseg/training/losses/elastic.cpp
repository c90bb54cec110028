#include "coopseg/training/losses/elastic.h"

#include <vector>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {
namespace {

// |k| of what a transform of real numbers gives, of which the last axis has one half: the shape of an image whose axes
// of space begin at 2.
at::Tensor lengths_of_frequencies(const at::Tensor& image, int dimensions) {
  at::Tensor squares = at::zeros({}, image.options());
  for (int d = 0; d < dimensions; ++d) {
    const std::int64_t axis = 2 + d, n = image.size(axis), count = d + 1 == dimensions ? n / 2 + 1 : n;
    const at::Tensor k = at::arange(count, image.options());
    std::vector<std::int64_t> shape(static_cast<std::size_t>(image.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = count;
    squares = squares + at::minimum(k, n - k).square().view(shape);
  }
  return squares.sqrt();
}

}  // namespace

at::Tensor interaction_energy(const at::Tensor& difference, int dimensions) {
  std::vector<std::int64_t> axes, sizes, others{0};
  for (std::int64_t axis = 2; axis < difference.dim(); ++axis) {
    others.push_back(axis);
    if (axis >= 2 + dimensions) continue;
    axes.push_back(axis);
    sizes.push_back(difference.size(axis));
  }
  // E is quadratic, the mean of u times a linear field of u, and its gradient twice that field: one transform and its
  // inverse serve for both.
  const at::Tensor u = difference.detach();
  const at::Tensor frequencies = at::fft_rfftn(u, {}, axes) * lengths_of_frequencies(u, dimensions);
  const at::Tensor field = at::fft_irfftn(frequencies, sizes, axes);
  return ((2 * difference - u) * field).mean(others);
}

at::Tensor elastic_energy(const at::Tensor& logits, const at::Tensor& labels, double rho) {
  const at::Tensor p = foreground_probabilities(logits);
  const std::int64_t classes = p.size(1);
  std::vector<at::Tensor> truth;
  for (std::int64_t c = 1; c <= classes; ++c) truth.push_back(labels.eq(c));
  const at::Tensor difference = rho * p - at::stack(truth, 1).to(p.scalar_type());
  const at::Tensor counted = difference.masked_fill(labels.gt(classes).unsqueeze(1), 0);
  // A transform of no image is refused; the sum of none has the same graph behind it.
  const at::Tensor own = counted.numel() > 0 ? interaction_energy(counted, 2).mean() : counted.sum();
  return network::mean_of_all(own, logits.size(0));
}

}  // namespace coopseg::training
