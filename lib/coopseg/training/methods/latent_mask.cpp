#include "coopseg/training/methods/latent_mask.h"

#include <array>
#include <cmath>
#include <stdexcept>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/draws.h"

namespace coopseg::training {
namespace {

constexpr double kKeep = 0.5;      // probability that dropout keeps a channel
constexpr double kSoftest = 0.5;   // factors of softly masked entries lie below

}  // namespace

void check_mask_policy(const MaskPolicy& policy) { request::check_mask_threshold(policy.threshold); }

MaskDraw draw_mask(const MaskPolicy& policy, at::IntArrayRef shape, core::RandomStream& draw) {
  MaskDraw out;
  constexpr std::array<MaskType, 3> kTypes{MaskType::dropout, MaskType::spatial, MaskType::channel};
  // Both are drawn whether they are used or not, so that the numbers behind them stay the same.
  const MaskType any = kTypes[draw.below(kTypes.size())];
  const double share = draw.uniform();
  out.type = policy.type == MaskType::random ? any : policy.type;
  out.fraction = policy.random_threshold ? policy.threshold * share : policy.threshold;
  out.soft = policy.soft;
  out.ranking = policy.ranking;
  const std::int64_t entries = out.type == MaskType::spatial ? shape[2] * shape[3] : shape[1];
  out.uniforms = uniforms({shape[0], entries}, draw);
  return out;
}

at::Tensor mask_scores(const at::Tensor& gradient, MaskType type, MaskRanking ranking) {
  if (type == MaskType::dropout) throw std::logic_error("dropout ranks nothing");
  const at::Tensor means =
      type == MaskType::channel ? gradient.mean(at::IntArrayRef{2, 3}) : gradient.mean(1).flatten(1);
  return ranking == MaskRanking::gradient ? means : ranking == MaskRanking::magnitude ? means.abs() : -means;
}

at::Tensor mask_thresholds(const at::Tensor& scores, double fraction) {
  const std::int64_t count = scores.size(1);
  const auto masked = static_cast<std::int64_t>(std::floor(static_cast<double>(count) * fraction));
  if (masked < 0 || masked >= count) throw std::invalid_argument("the masked fraction must be in [0, 1)");
  return std::get<0>(scores.sort(1, /*descending=*/true)).select(1, masked);
}

at::Tensor latent_mask(const at::Tensor& gradient, const MaskDraw& draw) {
  if (draw.type == MaskType::dropout) {
    const at::Tensor keep = draw.uniforms < kKeep;
    return (keep.to(draw.uniforms.scalar_type()) / kKeep).unsqueeze(2).unsqueeze(3);
  }
  const at::Tensor scores = mask_scores(gradient, draw.type, draw.ranking);
  const at::Tensor masked = scores > mask_thresholds(scores, draw.fraction).unsqueeze(1);
  const at::Tensor factors =
      draw.soft ? kSoftest * draw.uniforms.to(scores.options()) : at::zeros_like(scores);
  const at::Tensor mask = at::where(masked, factors, at::ones_like(scores));
  if (draw.type == MaskType::channel) return mask.unsqueeze(2).unsqueeze(3);
  return mask.view({gradient.size(0), 1, gradient.size(2), gradient.size(3)});
}

}  // namespace coopseg::training
