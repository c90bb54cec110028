// What tests of losses share: golden cases in both precisions, and gradients against differences.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "small_network.h"
#include "unit/network/precise_case.h"

namespace coopseg::test {

// Formula numbers in double precision that ask for gradients.
inline at::Tensor formula_leaf(at::IntArrayRef shape, std::uint32_t stream, double low = -1, double high = 1) {
  return formula_tensor(shape, stream, low, high).to(at::kDouble).set_requires_grad(true);
}

// The gradient of `loss` in every element of the leaves, against central differences.
inline void expect_gradients_of_differences(const std::function<at::Tensor()>& loss,
                                            const std::vector<at::Tensor>& leaves, double step = 1e-6) {
  for (const at::Tensor& leaf : leaves) leaf.mutable_grad().reset();
  loss().backward();
  const at::NoGradGuard without_gradients;
  for (const at::Tensor& leaf : leaves) {
    ASSERT_TRUE(leaf.grad().defined());
    const at::Tensor numbers = leaf.view(-1), gradient = leaf.grad().reshape(-1);
    const double scale = gradient.abs().max().item<double>();
    EXPECT_GT(scale, 0);
    for (std::int64_t i = 0; i < numbers.numel(); ++i) {
      at::Tensor number = numbers[i];
      const double before = number.item<double>();
      number.fill_(before + step);
      const double above = loss().item<double>();
      number.fill_(before - step);
      const double below = loss().item<double>();
      number.fill_(before);
      ASSERT_NEAR((above - below) / (2 * step), gradient[i].item<double>(), 1e-6 * scale + 1e-9) << "element " << i;
    }
  }
}

}  // namespace coopseg::test
