#include "plain_simcvd.h"

#include <ATen/core/grad_mode.h>
#include <torch/nn/functional.h>

#include <algorithm>
#include <stdexcept>

#include "coopseg/training/schedule.h"

namespace coopseg::plain {
namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

constexpr int kHidden = 256, kWidth = 128;

at::Tensor noisy(const at::Tensor& images, const at::Tensor& noise, const training::NoiseSettings& how) {
  return images + torch::clamp(how.deviation * noise, -how.most, how.most);
}

at::Tensor dice_loss(const at::Tensor& p, const at::Tensor& truth) {
  constexpr double kSmooth = 1e-5;
  return 1 - (2 * (p * truth).sum() + kSmooth) / ((p * p).sum() + (truth * truth).sum() + kSmooth);
}

// Each row of [n, D] has the key of its own number for its partner.
at::Tensor info_nce(const at::Tensor& anchors, const at::Tensor& keys, double tau) {
  return F::cross_entropy(torch::matmul(anchors, keys.t()) / tau, torch::arange(anchors.size(0)));
}

at::Tensor distillation(const at::Tensor& student, const at::Tensor& teacher, double tau) {
  const at::Tensor s = F::normalize(student.flatten(2), F::NormalizeFuncOptions().dim(1)),
                   t = F::normalize(teacher.flatten(2), F::NormalizeFuncOptions().dim(1));
  const at::Tensor similarity = torch::bmm(s.transpose(1, 2), t) / tau;
  const std::int64_t voxels = similarity.size(2);
  return F::cross_entropy(similarity.reshape({-1, voxels}), torch::arange(voxels).repeat({similarity.size(0)}));
}

}  // namespace

SimCvdPlayerImpl::SimCvdPlayerImpl(VNet net, int cells)
    : network(register_module("network", std::move(net))),
      pool(cells),
      head(register_module("mlp", nn::Sequential(nn::Linear(cells * cells, kHidden), nn::ReLU(),
                                                 nn::Linear(kHidden, kHidden), nn::ReLU(),
                                                 nn::Linear(kHidden, kWidth)))) {}

at::Tensor SimCvdPlayerImpl::project(const at::Tensor& feature, double alpha_dropout) {
  const at::Tensor dropped = F::alpha_dropout(feature, F::AlphaDropoutFuncOptions().p(alpha_dropout).training(true));
  const at::Tensor slices = dropped.squeeze(1).permute({0, 3, 1, 2});
  const at::Tensor pooled = F::adaptive_avg_pool2d(slices, F::AdaptiveAvgPool2dFuncOptions({pool, pool}));
  return F::normalize(head->forward(pooled.reshape({-1, pool * pool})), F::NormalizeFuncOptions().dim(1));
}

void SimCvdPlayerImpl::load_head(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const at::NoGradGuard without_gradients;
  auto own = named_parameters();
  for (const auto& [name, tensor] : state) {
    at::Tensor* const target = own.find(name.substr(name.find('/') + 1));
    if (!target || target->sizes() != tensor.sizes()) throw std::invalid_argument(name + " does not fit");
    target->copy_(tensor);
  }
}

SimCvdStep::SimCvdStep(SimCvdPlayer student, SimCvdPlayer teacher, const training::SimCvdSettings& settings,
                       const SimCvdHow& how)
    : student_(std::move(student)),
      teacher_(std::move(teacher)),
      settings_(settings),
      how_(how),
      optimiser_(student_->parameters(),
                 torch::optim::SGDOptions(how.learning_rate).momentum(0.9).weight_decay(5e-4)) {}

std::array<double, 6> SimCvdStep::operator()(const training::TensorBatch& batch) {
  student_->train();
  teacher_->train();
  optimiser_.zero_grad();
  const std::int64_t labelled = batch.labels.size(0), others = batch.clean.size(0) - labelled;
  const at::Tensor images = batch.clean.narrow(0, labelled, others);
  const VNetOutput s = student_->network->look(
      torch::cat({batch.clean.narrow(0, 0, labelled), noisy(images, batch.noise.at(0), settings_.noise)}));
  VNetOutput t;
  at::Tensor keys;
  {
    const at::NoGradGuard without_gradients;
    t = teacher_->network->look(noisy(images, batch.noise.at(1), settings_.noise));
    keys = teacher_->project(images + t.distance, how_.alpha_dropout);
  }
  const at::Tensor anchors = student_->project(images + s.distance.narrow(0, labelled, others), how_.alpha_dropout);
  const at::Tensor logits = s.logits.narrow(0, 0, labelled), truth = batch.labels.unsqueeze(1).to(logits.scalar_type());
  const double ramp = settings_.ramp.at(iteration_), tau = settings_.contrast.tau;
  const std::array<at::Tensor, 6> losses{
      0.5 * F::binary_cross_entropy_with_logits(logits, truth),
      0.5 * dice_loss(torch::sigmoid(logits), truth),
      settings_.distance_weight * F::mse_loss(s.distance.narrow(0, 0, labelled), batch.distances),
      settings_.contrast_weight * ramp * (info_nce(anchors, keys, tau) + info_nce(keys, anchors, tau)),
      settings_.distillation_weight * ramp *
          distillation(s.code.narrow(0, labelled, others), t.code, settings_.distillation_tau),
      settings_.consistency_weight * ramp *
          F::mse_loss(torch::sigmoid(s.logits.narrow(0, labelled, others)), torch::sigmoid(t.logits))};
  at::Tensor total = losses[0];
  for (std::size_t i = 1; i < losses.size(); ++i) total = total + losses[i];
  total.backward();
  optimiser_.step();
  const double keep = training::teacher_keep(iteration_++, how_.decay);
  const auto followers = teacher_->parameters(), leaders = student_->parameters();
  {
    const at::NoGradGuard without_gradients;
    for (std::size_t i = 0; i < followers.size(); ++i) at::Tensor(followers[i]).mul_(keep).add_(leaders[i], 1 - keep);
  }
  std::array<double, 6> values{};
  std::transform(losses.begin(), losses.end(), values.begin(),
                 [](const at::Tensor& loss) { return loss.item<double>(); });
  return values;
}

}  // namespace coopseg::plain
