// A case of the golden data: what is said about it, and its tensors.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/weights.h"
#include "unit/network/test_device.h"

namespace coopseg::test {

struct GoldenCase {
  core::Json about;
  core::TensorFile tensors;

  explicit GoldenCase(const core::fs::path& file) : about(core::read_json(file)) {
    for (const core::Json& name : about["tensor_files"]) {
      core::TensorFile part = core::read_tensor_file(file.parent_path() / name.get<std::string>());
      tensors.tensors.insert(part.tensors.begin(), part.tensors.end());
    }
  }
  at::Tensor at(const std::string& name) const { return on_device(network::from_stored(tensors.at(name, "golden"))); }
  bool has(const std::string& name) const { return tensors.tensors.count(name) > 0; }

  // Within that share of the tolerance.
  void expect_near(const std::string& name, const at::Tensor& found, double share) const {
    const at::Tensor expected = at(name).to(at::kDouble);
    ASSERT_EQ(found.sizes(), expected.sizes()) << name;
    const double difference = (found.detach().to(at::kDouble) - expected).abs().max().item<double>();
    const double allowance = found.scalar_type() == at::kDouble ? 1 : device_allowance();
    EXPECT_LE(difference, allowance * share * about["tolerance"][name].get<double>()) << name;
  }
};

}  // namespace coopseg::test
