// Models with made-up numbers, for tests without golden data.
#pragma once

#include <cstring>

#include "coopseg/core/safetensors.h"
#include "coopseg/model/layout_fcn16.h"
#include "support/support.h"

namespace coopseg::test {

// A sound state of the tensors: other numbers in every one, variances above 0.
inline core::TensorFile formula_state(const std::vector<model::TensorLayout>& layout) {
  core::TensorFile content;
  std::uint32_t stream = 0;
  for (const auto& tensor : layout) {
    std::size_t count = 1;
    for (const auto side : tensor.shape) count *= static_cast<std::size_t>(side);
    core::StoredTensor stored{"F32", tensor.shape, std::string(count * sizeof(float), '\0')};
    ++stream;
    if (tensor.role == model::TensorRole::batches_tracked) {
      const std::int64_t batches = stream;
      stored = {"I64", {}, std::string(sizeof batches, '\0')};
      std::memcpy(stored.bytes.data(), &batches, sizeof batches);
    } else {
      const bool is_variance = tensor.role == model::TensorRole::running_variance;
      for (std::size_t i = 0; i < count; ++i) {
        const double uniform = formula_uniform(stream, static_cast<std::uint32_t>(i));
        const auto value = static_cast<float>(is_variance ? uniform : uniform - 0.5);
        std::memcpy(stored.bytes.data() + i * sizeof value, &value, sizeof value);
      }
    }
    content.tensors[tensor.full_name()] = std::move(stored);
  }
  return content;
}

inline core::TensorFile formula_state(int classes, bool slow_thinking) {
  return formula_state(model::layout_fcn16(classes, slow_thinking));
}

inline void expect_equal(const core::TensorFile& a, const core::TensorFile& b) {
  EXPECT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    const core::StoredTensor& other = b.at(name, "the other");
    EXPECT_EQ(tensor.dtype, other.dtype) << name;
    EXPECT_EQ(tensor.shape, other.shape) << name;
    EXPECT_TRUE(tensor.bytes == other.bytes) << name;
  }
}

}  // namespace coopseg::test
