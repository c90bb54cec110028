#include "coopseg/training/step_at_once.h"

#include <cmath>
#include <map>

#include "coopseg/network/libtorch.h"
#include "coopseg/network/at_once.h"

namespace coopseg::training {
namespace {

using Kind = OptimiserSettings::Kind;
using Tensors = std::vector<at::Tensor>;

// Of parameters with equal numbers of steps; the moments by their kind.
struct Columns {
  Tensors parameters, gradients;
  std::vector<Tensors> moments;

  void add(const Stepping& of) {
    parameters.push_back(of.parameter);
    gradients.push_back(of.gradient);
    moments.resize(of.moments.size());
    for (std::size_t i = 0; i < moments.size(); ++i) moments[i].push_back(of.moments[i]);
  }
};

void step_adam(const OptimiserSettings& how, double rate, Columns& of, std::int64_t step) {
  const double first = 1 - std::pow(how.beta1, step), second = 1 - std::pow(how.beta2, step);
  Tensors &mean = of.moments[0], &square = of.moments[1];
  at::_foreach_mul_(mean, how.beta1);
  at::_foreach_add_(mean, of.gradients, 1 - how.beta1);
  at::_foreach_mul_(square, how.beta2);
  at::_foreach_addcmul_(square, of.gradients, of.gradients, 1 - how.beta2);
  const Tensors root = at::_foreach_sqrt(square);
  at::_foreach_div_(root, std::sqrt(second));
  at::_foreach_add_(root, how.epsilon);
  at::_foreach_addcdiv_(of.parameters, mean, root, -rate / first);
}

void step_sgd(const OptimiserSettings& how, double rate, Columns& of) {
  if (how.momentum > 0) {
    at::_foreach_mul_(of.moments[0], how.momentum);
    at::_foreach_add_(of.moments[0], of.gradients, 1);
  }
  at::_foreach_add_(of.parameters, how.momentum > 0 ? of.moments[0] : of.gradients, -rate);
}

void step_rmsprop(const OptimiserSettings& how, double rate, Columns& of) {
  at::_foreach_mul_(of.moments[0], how.smoothing);
  at::_foreach_addcmul_(of.moments[0], of.gradients, of.gradients, 1 - how.smoothing);
  const Tensors root = at::_foreach_sqrt(of.moments[0]);
  at::_foreach_add_(root, how.epsilon);
  if (how.momentum > 0) {
    at::_foreach_mul_(of.moments[1], how.momentum);
    at::_foreach_addcdiv_(of.moments[1], of.gradients, root, 1);
    at::_foreach_add_(of.parameters, of.moments[1], -rate);
  } else {
    at::_foreach_addcdiv_(of.parameters, of.gradients, root, -rate);
  }
}

}  // namespace

void step_at_once(const OptimiserSettings& how, double rate, const std::vector<Stepping>& all) {
  const at::NoGradGuard without_gradients;
  std::map<std::int64_t, Columns> by_step;
  for (const Stepping& one : all) by_step[one.step].add(one);
  for (auto& [step, of] : by_step) {
    of.gradients = network::lying_as(of.parameters, of.gradients);
    if (how.weight_decay != 0 && how.kind == Kind::adamw) {
      at::_foreach_mul_(of.parameters, 1 - rate * how.weight_decay);
    } else if (how.weight_decay != 0) {
      of.gradients = at::_foreach_add(of.gradients, of.parameters, how.weight_decay);
    }
    switch (how.kind) {
      case Kind::adam:
      case Kind::adamw: step_adam(how, rate, of, step); break;
      case Kind::sgd: step_sgd(how, rate, of); break;
      case Kind::rmsprop: step_rmsprop(how, rate, of); break;
    }
  }
}

}  // namespace coopseg::training
