// Comparison with numbers that the reference implementation of Chen et al., MICCAI 2021, gives in double precision for
// weights and inputs made from closed formulas (support/support.h, formula_network.h).
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "formula_network.h"

namespace coopseg::test {

// A tensor's `values` stand at the flat positions (6101 j + 977) mod size; `tolerance` and `relative` hold for float32
// on any number of threads.
struct ExpectedTensor {
  const char* name;
  std::vector<std::int64_t> shape;
  double mean, norm;
  std::vector<double> values;
  double tolerance, relative;  // of values and mean; of the norm
};

struct ExpectedNumber {
  const char* name;
  double value, relative;
};

constexpr double kSharp = 1e-9;  // of the tensor's scale, for float64

// Gradients in float32 are ill-conditioned: an activation within rounding of its kink falls on either side of it, as the
// order of summation has it, which is the processor's and the number of threads'. With every weight moved by one rounding
// error of float32 (2^-24 of its value), in double precision, entries change by up to 4.2e-2 of their tensor's scale, and
// norms by up to 8.5e-3 (FormulaTest.DISABLED_ConditionOfGradients, 20 draws). Twice that is allowed. The sharp test is
// the one in double precision; this one tells whether float32 computes the same thing.
constexpr double kGradientEntry = 0.085, kGradientNorm = 0.017;

// Losses and norms of statistics in float32, at least. One rounding error in every weight moves the losses of an
// iteration by up to 1.3e-6 (CooperativeFormula.DISABLED_Condition), and activations are rounded in some hundred layers,
// one after another, with random signs: ten times that, and a half for chance.
constexpr double kNumber = 2e-5;

inline std::int64_t formula_position(std::size_t j, std::int64_t size) {
  return (6101 * static_cast<std::int64_t>(j) + 977) % size;
}

inline bool is_gradient(const std::string& name) { return name.find("gradient") != std::string::npos; }

inline void expect_tensor(const std::vector<ExpectedTensor>& table, const std::string& name, const at::Tensor& found,
                          bool is_double) {
  SCOPED_TRACE(name);
  for (const ExpectedTensor& e : table) {
    if (name != e.name) continue;
    ASSERT_EQ(found.sizes(), at::IntArrayRef(e.shape));
    const at::Tensor flat = found.detach().to(at::kDouble).contiguous().view(-1);
    const double scale = flat.abs().max().item<double>();
    double tolerance = e.tolerance, relative = e.relative;
    if (is_gradient(name)) tolerance = std::max(tolerance, kGradientEntry * scale), relative = kGradientNorm;
    if (is_double) tolerance = kSharp * scale, relative = kSharp;
    for (std::size_t j = 0; j < e.values.size(); ++j) {
      const auto position = formula_position(j, flat.numel());
      EXPECT_NEAR(flat[position].item<double>(), e.values[j], tolerance) << "at " << position;
    }
    EXPECT_NEAR(flat.mean().item<double>(), e.mean, tolerance);
    EXPECT_NEAR(flat.norm().item<double>(), e.norm, e.norm * relative);
    return;
  }
  FAIL() << "no expected tensor of this name";
}

inline void expect_number(const std::vector<ExpectedNumber>& table, const std::string& name, double found,
                          bool is_double) {
  SCOPED_TRACE(name);
  for (const ExpectedNumber& e : table) {
    if (name != e.name) continue;
    const double relative = std::max(e.relative, is_gradient(name) ? kGradientNorm : kNumber);
    EXPECT_NEAR(found, e.value, e.value * (is_double ? kSharp : relative));
    return;
  }
  FAIL() << "no expected number of this name";
}

// L2 norm over all tensors of a module whose names end so, or over their gradients.
inline double module_norm(const std::vector<std::pair<std::string, at::Tensor>>& tensors, const std::string& module,
                          const std::string& end, bool of_gradient) {
  double sum = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name.rfind(module + "/", 0) != 0 || !ends_with(name, end)) continue;
    const at::Tensor value = of_gradient ? tensor.grad() : tensor;
    if (value.defined()) sum += value.to(at::kDouble).square().sum().item<double>();
  }
  return std::sqrt(sum);
}

}  // namespace coopseg::test
