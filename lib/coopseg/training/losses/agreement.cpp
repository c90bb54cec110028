#include "coopseg/training/losses/agreement.h"

#include <cmath>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/of_all.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {
namespace {

// Of the public code.
constexpr double kLeastInLogarithm = 1e-6, kLeastCount = 1e-16;

}  // namespace

at::Tensor probability_difference(const at::Tensor& student, const at::Tensor& teacher) {
  return network::mean_of_all(at::mse_loss(probabilities(student), probabilities(teacher.detach())), student.numel());
}

at::Tensor uncertainty(const std::vector<at::Tensor>& teacher_logits) {
  const at::NoGradGuard without_gradients;
  at::Tensor sum;
  for (const at::Tensor& logits : teacher_logits) {
    const at::Tensor p = probabilities(logits);
    sum = sum.defined() ? sum.add_(p) : p;
  }
  at::Tensor mean = sum.div_(static_cast<double>(teacher_logits.size()));
  if (mean.size(1) == 1) mean = at::cat({1 - mean, mean}, 1);
  return mean.mul(at::log(mean + kLeastInLogarithm)).sum(1, /*keepdim=*/true).neg_();
}

double uncertainty_threshold(double start, double ramp, int classes_with_background) {
  return (start + (1 - start) * ramp) * std::log(classes_with_background);
}

at::Tensor certain_difference(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& uncertainty,
                              double threshold) {
  const at::Tensor p = probabilities(student), certain = (uncertainty < threshold).to(p.scalar_type());
  const at::Tensor difference = (p - probabilities(teacher.detach())).square() * certain;
  const std::vector<at::Tensor> sums = sums_of_all({difference.sum(), certain.sum()});
  return sums[0] / (p.size(1) * sums[1] + kLeastCount);
}

}  // namespace coopseg::training
