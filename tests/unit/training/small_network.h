// The small network of the comparison methods' tests: conv2(tanh(conv1(image))), 3 x 3, one channel to eight to four,
// without normalisation.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "coopseg/training/methods/image_method.h"
#include "support/support.h"

namespace coopseg::test {

struct SmallNetwork {
  at::Tensor weight1, bias1, weight2, bias2;

  at::Tensor operator()(const at::Tensor& images) const {
    return at::conv2d(at::tanh(at::conv2d(images, weight1, bias1, 1, 1)), weight2, bias2, 1, 1);
  }
};

// Uniform numbers in [low, high) from the formula, the same on any machine.
inline at::Tensor formula_tensor(at::IntArrayRef shape, std::uint32_t stream, double low = 0, double high = 1) {
  at::Tensor out = at::empty(shape, at::kFloat);
  float* const first = out.data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    first[i] = static_cast<float>(low + (high - low) * formula_uniform(stream, static_cast<std::uint32_t>(i)));
  return out;
}

inline SmallNetwork formula_small_network() {
  return {formula_tensor({8, 1, 3, 3}, 900, -1, 1), formula_tensor({8}, 901, -0.5, 0.5),
          formula_tensor({4, 8, 3, 3}, 902, -0.5, 0.5), formula_tensor({4}, 903, -0.2, 0.2)};
}

// Smooth blobs between 0 and 1, another for each image.
inline at::Tensor blobs(std::int64_t count, std::int64_t rows, std::int64_t columns) {
  const at::Tensor y = at::arange(rows, at::kFloat).view({1, 1, rows, 1}) / static_cast<double>(rows);
  const at::Tensor x = at::arange(columns, at::kFloat).view({1, 1, 1, columns}) / static_cast<double>(columns);
  const at::Tensor n = at::arange(count, at::kFloat).view({count, 1, 1, 1});
  return 0.5 + 0.5 * at::sin(6 * y + 0.7 * n) * at::cos(5 * x - 0.4 * n);
}

inline training::Streams streams_of_seed(std::uint64_t seed, std::uint64_t iteration = 0) {
  return training::Streams([=](std::string_view purpose, std::uint64_t index) {
    return core::RandomStream(seed, {purpose}, {iteration, index});
  });
}

}  // namespace coopseg::test
