// The networks against the reference implementation, on weights and inputs made from formulas: in float64 to 1e-9 of
// each tensor's scale, in float32 within the tolerances that its rounding has.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/training/losses/segmentation.h"
#include "formula_network.h"
#include "formula_numbers.h"

namespace coopseg::network {
namespace {

struct Variant {
  const char* name;
  bool is_double;
  MemoryOrder layout;
};

constexpr double kNoise = 0.05;

class FormulaTest : public ::testing::TestWithParam<Variant> {
 protected:
  Model model(int classes, model::NetworkType type = model::NetworkType::fcn_16) const {
    Model made({type, classes, /*slow_thinking=*/true});
    made.use_order(GetParam().layout);
    test::fill_from_formula(made);
    if (GetParam().is_double) made.to_double();
    return made;
  }

  at::Tensor typed(const at::Tensor& tensor) const { return GetParam().is_double ? tensor.to(at::kDouble) : tensor; }

  void expect(const std::string& name, const at::Tensor& found) {
    ++checked_;
    test::expect_tensor(test::expected_tensors(), name, found, GetParam().is_double);
  }
  void expect(const std::string& name, double found) {
    ++checked_;
    test::expect_number(test::expected_numbers(), name, found, GetParam().is_double);
  }

  void expect_histograms(Model& model, const at::Tensor& image) {
    const int classes = model.architecture().classes;
    for (const test::ExpectedHistogram& e : test::expected_histograms()) {
      if (e.classes != classes) continue;
      ++checked_;
      const at::Tensor labels = model.predict(image, e.stn_steps).argmax(1);
      for (int c = 0; c < classes; ++c) {
        EXPECT_NEAR(labels.eq(c).sum().item<std::int64_t>(), e.pixels[c], GetParam().is_double ? 0 : e.tolerance)
            << classes << " classes, " << e.stn_steps << " steps, class " << c;
      }
    }
  }

  // The standard training pass; returns the losses by name.
  std::map<std::string, double> train(Model& m, bool separate) const {
    const at::Tensor image = typed(test::formula_image()), labels = test::formula_labels(4);
    const FtnOutput out =
        m.run_ftn(training::noisy_input(image, typed(test::formula_noise()), kNoise), Mode::train, true);
    const at::Tensor seg = training::cross_entropy(out.logits, labels);
    const at::Tensor reconstruction = 0.5 * training::reconstruction_loss(out.reconstruction, image);
    const at::Tensor gt_shape =
        training::cross_entropy(m.correct_shape(training::one_hot(labels, 4, image), Mode::train), labels);
    const at::Tensor pred_shape =
        training::cross_entropy(m.run_stn(separate ? out.logits.detach() : out.logits, Mode::train), labels);
    const at::Tensor total = seg + reconstruction + gt_shape + pred_shape;
    total.backward();
    return {{"seg", seg.item<double>()},
            {"image", reconstruction.item<double>()},
            {"gt_shape", gt_shape.item<double>()},
            {"pred_shape", pred_shape.item<double>()},
            {"total", total.item<double>()}};
  }

  std::size_t checked_ = 0;
};

TEST_P(FormulaTest, InputsAreTheExpectedOnes) {
  const at::Tensor image = typed(test::formula_image()), noise = typed(test::formula_noise());
  expect("input/image", image);
  expect("input/noise", noise);
  expect("input/noisy_image", training::noisy_input(image, noise, kNoise));
}

TEST_P(FormulaTest, EvaluatesEachModule) {
  Model m = model(4);
  const at::NoGradGuard without_gradients;
  const at::Tensor image = typed(test::formula_image());
  const FtnOutput out = m.run_ftn(image, Mode::eval, true);
  expect("forward/z_i", out.image_code);
  expect("forward/z_s", out.shape_code);
  expect("forward/reconstruction", out.reconstruction);
  expect("forward/ftn_logits", out.logits);
  at::Tensor code;
  expect("forward/stn_logits", m.correct_shape(at::softmax(out.logits / 2, 1), Mode::eval, &code));
  expect("forward/shape_code", code);
  expect("forward/stn_logits", m.run_stn(out.logits, Mode::eval));
  expect("forward/stn_logits_from_label",
         m.correct_shape(training::one_hot(test::formula_labels(4), 4, image), Mode::eval));
  expect("forward/ftn_logits", m.predict(image, 0));
  expect("forward/stn_logits", m.predict(image, 1));
  expect_histograms(m, image);
}

TEST_P(FormulaTest, EvaluatesTheAblations) {
  const at::NoGradGuard without_gradients;
  const at::Tensor image = typed(test::formula_image());
  Model without_filter = model(4, model::NetworkType::fcn_16_unfiltered);
  const FtnOutput unfiltered = without_filter.run_ftn(image, Mode::eval, true);
  expect("forward/w_o_filter_ftn_logits", unfiltered.logits);
  expect("forward/w_o_filter_ftn_logits", without_filter.predict(image, 0));
  expect("forward/reconstruction", unfiltered.reconstruction);
  Model share = model(4, model::NetworkType::fcn_16_shared_code);
  const FtnOutput shared = share.run_ftn(image, Mode::eval, true);
  expect("forward/share_code_reconstruction", shared.reconstruction);
  expect("forward/ftn_logits", shared.logits);
}

TEST_P(FormulaTest, EvaluatesOtherClassCounts) {
  const at::NoGradGuard without_gradients;
  const at::Tensor image = typed(test::formula_image());
  for (const int classes : {3, 2}) {
    const std::string part = "forward_" + std::to_string(classes) + "_classes/";
    Model m = model(classes);
    const FtnOutput out = m.run_ftn(image, Mode::eval, false);
    EXPECT_FALSE(out.reconstruction.defined());
    expect(part + "ftn_logits", out.logits);
    expect(part + "stn_logits", m.run_stn(out.logits, Mode::eval));
    expect(part + "stn_logits_from_label",
           m.correct_shape(training::one_hot(test::formula_labels(classes), classes, image), Mode::eval));
    expect_histograms(m, image);
  }
}

TEST_P(FormulaTest, TrainsAsTheReferenceDoes) {
  Model m = model(4);
  for (const auto& [name, value] : train(m, /*separate=*/false)) expect("train/loss/" + name, value);
  const std::string prefix = "train/gradient/";
  std::size_t gradients = 0;
  for (const auto& [name, tensor] : m.parameters()) {
    for (const test::ExpectedTensor& e : test::expected_tensors()) {
      if (e.name != prefix + name) continue;
      expect(e.name, tensor.grad());
      ++gradients;
    }
  }
  EXPECT_EQ(gradients, 10u);
  for (const std::string& module : m.modules()) {
    expect("train/gradient_norm/" + module, test::module_norm(m.parameters(), module, "", true));
    expect("train/running_mean_norm/" + module, test::module_norm(m.state(), module, ".running_mean", false));
    expect("train/running_var_norm/" + module, test::module_norm(m.state(), module, ".running_var", false));
  }
}

TEST_P(FormulaTest, SeparateTrainingKeepsTheStnOutOfTheFtn) {
  Model m = model(4);
  train(m, /*separate=*/true);
  for (const std::string& module : m.modules()) {
    expect("train_separate/gradient_norm/" + module, test::module_norm(m.parameters(), module, "", true));
  }
}

// No test: prints how far one rounding error of float32 in every input moves the gradients, computed in double
// precision.
TEST_P(FormulaTest, DISABLED_ConditionOfGradients) {
  if (!GetParam().is_double) GTEST_SKIP();
  using Named = std::map<std::string, at::Tensor>;
  const auto gradients = [&](std::int64_t draw) {
    Model m = model(4);
    {
      const at::NoGradGuard without_gradients;
      at::manual_seed(static_cast<std::uint64_t>(draw));
      for (const auto& [name, tensor] : m.parameters()) {
        if (draw > 0) tensor.mul_(1 + std::exp2(-24) * (2 * at::rand_like(tensor) - 1));
      }
    }
    train(m, /*separate=*/false);
    Named found;
    for (const auto& [name, tensor] : m.parameters()) found[name] = tensor.grad().clone();
    return found;
  };
  const Named exact = gradients(0);
  std::map<std::string, double> entry, norm;
  for (std::int64_t draw = 1; draw <= 20; ++draw) {
    for (const auto& [name, moved] : gradients(draw)) {
      const at::Tensor& right = exact.at(name);
      const auto relative = [](const at::Tensor& a, const at::Tensor& b) { return (a / b).item<double>(); };
      if (right.norm().item<double>() < 1e-9) continue;  // zero in theory
      entry[name] = std::max(entry[name], relative((moved - right).abs().max(), right.abs().max()));
      norm[name] = std::max(norm[name], std::abs(relative(moved.norm(), right.norm()) - 1));
    }
  }
  for (const auto& [name, value] : entry) printf("%-60s entry %.1e norm %.1e\n", name.c_str(), value, norm[name]);
}

INSTANTIATE_TEST_SUITE_P(Types, FormulaTest,
                         ::testing::Values(Variant{"float64", true, MemoryOrder::contiguous},
                                           Variant{"float64_channels_last", true, MemoryOrder::channels_last},
                                           Variant{"float32", false, MemoryOrder::contiguous},
                                           Variant{"float32_channels_last", false, MemoryOrder::channels_last}),
                         [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace coopseg::network
