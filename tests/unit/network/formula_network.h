// Weights and inputs made from closed formulas, the same on every machine: evaluated in double, rounded once to float.
#pragma once

#include <cmath>
#include <functional>
#include <string>

#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "support/support.h"

namespace coopseg::test {

inline at::Tensor from_formula(at::IntArrayRef shape, const std::function<double(std::uint32_t)>& value) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* const begin = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    begin[i] = static_cast<float>(value(static_cast<std::uint32_t>(i)));
  }
  return tensor;
}

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Entry k of the whole state_dict; the model has a slow-thinking network.
inline void fill_from_formula(network::Model& model) {
  const at::NoGradGuard without_gradients;
  std::uint32_t k = 0;
  for (auto& [name, tensor] : model.state()) {
    const auto v = [k](std::uint32_t i) { return formula_uniform(17000 + k, i); };
    const auto s = [v](std::uint32_t i) { return 2 * v(i) - 1; };
    if (ends_with(name, ".num_batches_tracked")) {
      tensor.fill_(static_cast<std::int64_t>(k % 7));
    } else if (tensor.dim() == 4) {
      const std::int64_t fan =
          ends_with(name, ".up.weight") ? tensor.size(0) : tensor.size(1) * tensor.size(2) * tensor.size(3);
      const double scale = std::sqrt(4.5 / static_cast<double>(fan));
      tensor.copy_(from_formula(tensor.sizes(), [&](std::uint32_t i) { return scale * s(i); }));
    } else if (ends_with(name, ".running_mean")) {
      tensor.copy_(from_formula(tensor.sizes(), [&](std::uint32_t i) { return 0.2 * s(i); }));
    } else if (ends_with(name, ".running_var")) {
      tensor.copy_(from_formula(tensor.sizes(), [&](std::uint32_t i) { return 0.6 + 0.8 * v(i); }));
    } else if (ends_with(name, ".weight")) {
      tensor.copy_(from_formula(tensor.sizes(), [&](std::uint32_t i) { return 0.8 + 0.4 * v(i); }));
    } else {
      tensor.copy_(from_formula(tensor.sizes(), [&](std::uint32_t i) { return 0.1 * s(i); }));
    }
    ++k;
  }
}

constexpr std::int64_t kFormulaSide = 64;

inline int formula_label(std::uint32_t i) {
  const int n = static_cast<int>(i / (kFormulaSide * kFormulaSide));
  const int r = static_cast<int>(i / kFormulaSide % kFormulaSide), c = static_cast<int>(i % kFormulaSide);
  const auto square = [](int x) { return x * x; };
  const int a = square(r - 30 - 4 * n) + square(c - 36 + 3 * n);
  const int b = square(r - 28 + 3 * n) + square(c - 13 - 2 * n);
  return a < 90 ? 1 : a < 240 ? 2 : b < 110 ? 3 : 0;
}

inline at::Tensor formula_labels(int classes) {
  return from_formula({2, kFormulaSide, kFormulaSide},
                      [&](std::uint32_t i) { return std::min(formula_label(i), classes - 1); })
      .to(at::kLong);
}

inline at::Tensor formula_image() {
  constexpr double kBase[] = {0.2, 0.8, 0.4, 0.65};
  return from_formula({2, 1, kFormulaSide, kFormulaSide}, [&](std::uint32_t i) {
    const std::uint32_t n = i / (kFormulaSide * kFormulaSide), r = i / kFormulaSide % kFormulaSide,
                        c = i % kFormulaSide;
    return kBase[formula_label(i)] + 0.1 * ((3 * r + 5 * c + 7 * n) % 64) / 64 + 0.18 * (formula_uniform(500, i) - 0.5);
  });
}

inline at::Tensor formula_noise() {
  return from_formula({2, 1, kFormulaSide, kFormulaSide}, [](std::uint32_t i) {
    return std::sqrt(3.0) * (formula_uniform(501, i) + formula_uniform(502, i) + formula_uniform(503, i) +
                             formula_uniform(504, i) - 2);
  });
}

}  // namespace coopseg::test
