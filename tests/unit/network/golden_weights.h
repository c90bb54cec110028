// Weights that golden numbers were made with: by a formula of their names.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "coopseg/network/libtorch.h"

namespace coopseg::test {

// Fills `tensor` with the numbers of "TAG/NAME": a generator (splitmix64) started by the name's FNV-1a hash, scaled by
// what the tensor is.
inline void fill_by_name(const std::string& tag, const std::string& name, const at::Tensor& tensor) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const unsigned char c : tag + "/" + name) hash = (hash ^ c) * 0x100000001b3ULL;
  const auto uniform = [&](std::uint64_t i) {
    std::uint64_t z = hash + i * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return static_cast<double>(z >> 40) / 16777216.0;
  };
  const auto ends_with = [&](const std::string& end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  const bool is_kernel = tensor.dim() > 1, is_head = is_kernel && tensor.size(2) == 1;
  const bool is_transposed = is_kernel && name.find("_up.") != std::string::npos;
  double scale = 0.1;
  if (is_head) {
    scale = 0.25;
  } else if (is_transposed) {
    scale = std::sqrt(6.0 / static_cast<double>(tensor.size(0)));
  } else if (is_kernel) {
    const double k = static_cast<double>(tensor.size(2));
    scale = std::sqrt(6.0 / (static_cast<double>(tensor.size(1)) * k * k * k));
  }
  const bool is_positive = !is_kernel && (ends_with("weight") || ends_with("running_var"));
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  float* const first = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const double u = uniform(static_cast<std::uint64_t>(i) + 1);
    first[i] = static_cast<float>(is_positive ? 0.5 + u : (2 * u - 1) * scale);
  }
  const at::NoGradGuard no_grad;
  at::Tensor(tensor).copy_(values);
}

}  // namespace coopseg::test
