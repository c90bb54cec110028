// Golden cases computed in both precisions.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>

#include "unit/network/golden_case.h"

namespace coopseg::test {

// A golden case whose numbers are computed in one precision. What is found in double precision must agree to the
// rounding of what is stored, float32 for tensors; in single precision, to the stated tolerance.
class PreciseCase {
 public:
  PreciseCase(const std::filesystem::path& file, at::ScalarType type) : golden_(file), type_(type) {}

  const core::Json& about() const { return golden_.about; }
  double number(const std::string& name) const { return golden_.about[name].get<double>(); }
  at::ScalarType type() const { return type_; }
  bool in_double() const { return type_ == at::kDouble; }
  bool has(const std::string& name) const { return golden_.has(name); }

  at::Tensor at(const std::string& name) const { return golden_.at(name).to(type_); }
  at::Tensor leaf(const std::string& name) const { return at(name).clone().set_requires_grad(true); }
  at::Tensor flags(const std::string& name) const { return golden_.at(name).to(at::kBool); }
  at::Tensor whole_numbers(const std::string& name) const { return golden_.at(name).to(at::kLong); }

  void expect_number(const std::string& name, double found) const {
    const double expected = number(name);
    EXPECT_NEAR(found, expected, in_double() ? 1e-9 * std::abs(expected) : tolerance(name)) << name;
  }
  void expect_number(const std::string& name, const at::Tensor& found) const {
    EXPECT_EQ(found.scalar_type(), type_) << name;
    expect_number(name, found.item<double>());
  }
  void expect_tensor(const std::string& name, const at::Tensor& found) const {
    expect_tensor(name, found, golden_.at(name).to(at::kDouble));
  }
  // `expected` where what is stored must first be brought to another form.
  void expect_tensor(const std::string& name, const at::Tensor& found, const at::Tensor& expected) const {
    ASSERT_TRUE(found.defined()) << name;
    ASSERT_EQ(found.sizes(), expected.sizes()) << name;
    const at::Tensor difference = (found.detach().to(at::kDouble) - expected).abs();
    // The second term is the rounding of double precision, of sums that cancel.
    const at::Tensor allowed =
        in_double() ? 1e-7 * expected.abs() + 1e-12 * expected.abs().max() : at::full_like(expected, tolerance(name));
    EXPECT_TRUE((difference <= allowed).all().item<bool>()) << name << ": off by " << difference.max().item<double>()
                                                            << ", greatest " << expected.abs().max().item<double>();
  }

 private:
  double tolerance(const std::string& name) const {
    return device_allowance() * golden_.about["tolerance"][name].get<double>();
  }

  GoldenCase golden_;
  at::ScalarType type_;
};

// Every case of a folder in both precisions. `name_part` leaves out those whose name does not have it.
inline void for_each_case(const std::filesystem::path& folder, const std::function<void(const PreciseCase&)>& check,
                          const std::string& name_part = "") {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.find(name_part) == std::string::npos) continue;
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
      SCOPED_TRACE(name + (type == at::kDouble ? " in double" : " in single"));
      check(PreciseCase(entry.path(), type));
    }
    ++cases;
  }
  EXPECT_GT(cases, 0) << folder;
}

}  // namespace coopseg::test
