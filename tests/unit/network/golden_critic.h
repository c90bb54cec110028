// The critic of a golden case of Duo-SegNet.
#pragma once

#include "coopseg/network/critic.h"
#include "unit/network/precise_case.h"

namespace coopseg::test {

inline network::Critic golden_critic(const PreciseCase& golden) {
  const at::Tensor first = golden.at("critic/net.0.weight"), second = golden.at("critic/net.2.weight");
  network::Critic critic({static_cast<int>(first.size(1)),
                          static_cast<int>(first.dim()) - 2,
                          {static_cast<int>(first.size(0)), static_cast<int>(second.size(0))}});
  critic.weights().to_device(device());
  if (golden.in_double()) critic.weights().to_double();
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : critic.weights().state())
    if (golden.has(name)) at::Tensor(tensor).copy_(golden.at(name));
  return critic;
}

}  // namespace coopseg::test
