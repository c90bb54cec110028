#include "coopseg/training/losses/contrast.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

constexpr double kLeastNorm = 1e-12;
constexpr std::int64_t kSimilarities = 1 << 19;  // held at once: they stay in the processor's cache

// Two tensors with the rows of all processes, by one exchange.
std::array<at::Tensor, 2> both_of_all(const at::Tensor& first, const at::Tensor& second) {
  if (!network::group()) return {first, second};
  const at::Tensor both = network::gathered(at::stack({first, second}, 1));
  return {both.select(1, 0), both.select(1, 1)};
}

}  // namespace

at::Tensor normalised(const at::Tensor& vectors, std::int64_t channels) {
  return vectors / vectors.norm(2, {channels}, /*keepdim=*/true).clamp_min(kLeastNorm);
}

at::Tensor info_nce_per_anchor(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& positive,
                               const at::Tensor& valid, double tau) {
  const at::Tensor similarity = at::mm(anchors, keys.t()) / tau;
  const at::Tensor has_positive = positive.any(1, /*keepdim=*/true), positives = positive.to(similarity.scalar_type());
  // The logarithm of no key at all would have no gradient, not even behind a factor of 0: an anchor that does not count
  // keeps its keys.
  const at::Tensor left_out = valid.logical_not().logical_and(has_positive);
  const at::Tensor of_keys = similarity.masked_fill(left_out, -std::numeric_limits<double>::infinity()).logsumexp({1});
  const at::Tensor of_positives = (similarity * positives).sum(1) / positives.sum(1).clamp_min(1);
  return (of_keys - of_positives) * has_positive.squeeze(1);
}

at::Tensor masked_info_nce(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& positive,
                           const at::Tensor& valid, double tau) {
  return info_nce_per_anchor(anchors, keys, positive, valid, tau).sum() / positive.any(1).sum().clamp_min(1);
}

at::Tensor info_nce_of_constants(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& partners,
                                 double tau) {
  const at::Tensor given = anchors.detach();
  at::Tensor value, derivative;  // by an anchor it is the mean of the keys by their weights, less its partner, by tau
  {
    const at::NoGradGuard constants;
    std::vector<at::Tensor> logarithms, means;
    for (const at::Tensor& block : given.split(std::max<std::int64_t>(1, kSimilarities / keys.size(0)))) {
      at::Tensor weights = at::mm(block / tau, keys.t());
      const at::Tensor greatest = weights.amax({1}, /*keepdim=*/true);
      weights.sub_(greatest).exp_();
      const at::Tensor sum = weights.sum({1}, /*keepdim=*/true);
      logarithms.push_back((greatest + sum.log()).squeeze(1));
      means.push_back(at::mm(weights, keys).div_(sum));
    }
    value = at::cat(logarithms) - (given * partners).sum(1) / tau;
    derivative = (at::cat(means) - partners) / tau;
  }
  return value + ((anchors - given) * derivative).sum(1);
}

at::Tensor nt_xent(const at::Tensor& first, const at::Tensor& second, double tau) {
  const auto [firsts, seconds] = both_of_all(first, second);
  const at::Tensor views = at::cat({firsts, seconds});
  const at::Tensor vectors = normalised(views.scalar_type() == at::kDouble ? views : views.to(at::kFloat), 1);
  const at::Tensor itself = at::eye(views.size(0), views.options().dtype(at::kBool));
  return masked_info_nce(vectors, vectors, itself.roll({views.size(0) / 2}, {0}), itself.logical_not(), tau);
}

at::Tensor slice_contrast(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& sampled,
                          const SliceContrast& how) {
  const auto vectors = [&](const at::Tensor& of) {
    const at::Tensor slices = of.transpose(1, 2);  // [volumes, slices, classes, D]
    const at::Tensor chosen = (sampled.defined() ? at::index(slices, {sampled}) : slices).reshape({-1, of.size(3)});
    return how.normalise ? normalised(chosen, 1) : chosen;
  };
  const auto [students, teachers] = both_of_all(student, teacher);
  const at::Tensor s = vectors(students), t = vectors(teachers);
  if (s.size(0) == 0) return 0 * student.sum();
  // Columns are the student's keys of a teacher's anchor, rows the teacher's keys of a student's.
  const at::Tensor similarity = at::mm(s, t.t()) / how.tau;
  return (similarity.logsumexp({0}) + similarity.logsumexp({1}) - 2 * similarity.diagonal()).mean();
}

at::Tensor pairwise_distillation(const at::Tensor& student, const at::Tensor& teacher, double tau,
                                 Reduction over_voxels) {
  const at::Tensor s = normalised(student.flatten(2), 1), t = normalised(teacher.detach().flatten(2), 1);
  std::vector<at::Tensor> volumes;
  for (std::int64_t b = 0; b < s.size(0); ++b) {
    const at::Tensor per_voxel = info_nce_of_constants(s[b].t(), t[b].t(), t[b].t(), tau);
    volumes.push_back(over_voxels == Reduction::mean ? per_voxel.mean() : per_voxel.sum());
  }
  return network::mean_of_all(volumes.empty() ? s.sum() : at::stack(volumes).mean(), s.size(0));
}

}  // namespace coopseg::training
