// Latent masks and whole cooperative iterations against the reference implementation, on weights and inputs made from
// formulas: in float64 to 1e-9 of each tensor's scale, in float32 within the tolerances that its rounding has.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/optimiser.h"
#include "given_draws.h"
#include "unit/training/formula_numbers.h"

namespace coopseg::training {
namespace {

using network::Mode;
using network::Model;

constexpr double kImageChannel = 0.315, kImageSpatial = 0.2, kShapeChannel = 0.16, kShapeSpatial = 0.45;

at::Tensor uniforms(std::uint32_t stream, std::int64_t entries) {
  return test::from_formula({2, entries}, [stream](std::uint32_t i) { return test::formula_uniform(stream, i); });
}

MaskDraw given(MaskType type, double fraction, std::uint32_t stream) {
  MaskDraw draw;
  draw.type = type;
  draw.fraction = fraction;
  draw.uniforms = uniforms(stream, type == MaskType::spatial ? 16 : 128);
  return draw;
}

struct Variant {
  const char* name;
  bool is_double;
  network::MemoryOrder layout;
};

class CooperativeFormula : public ::testing::TestWithParam<Variant> {
 protected:
  Model model() const {
    Model made({model::NetworkType::fcn_16, 4, /*slow_thinking=*/true});
    made.use_order(GetParam().layout);
    test::fill_from_formula(made);
    if (is_double()) made.to_double();
    return made;
  }
  TensorBatch batch() const {
    TensorBatch batch;
    batch.clean = typed(test::formula_image());
    batch.noise = {typed(test::formula_noise())};
    batch.labels = test::formula_labels(4);
    return batch;
  }
  bool is_double() const { return GetParam().is_double; }
  at::Tensor typed(const at::Tensor& tensor) const { return is_double() ? tensor.to(at::kDouble) : tensor; }
  void expect(const std::string& name, const at::Tensor& found) const {
    test::expect_tensor(test::expected_training_tensors(), name, found, is_double());
  }
  void expect(const std::string& name, double found) const {
    test::expect_number(test::expected_training_numbers(), name, found, is_double());
  }

  void expect_mask(const std::string& name, const at::Tensor& mask) const {
    SCOPED_TRACE(name);
    const at::Tensor rows = mask.to(at::kDouble).reshape({2, -1});
    for (const test::ExpectedMask& e : test::expected_masks()) {
      if (name != e.name) continue;
      for (std::int64_t n = 0; n < 2; ++n) {
        const auto sample = static_cast<std::size_t>(n);
        const at::Tensor row = rows[n];
        std::vector<std::int64_t> masked;
        for (std::int64_t j = 0; j < row.size(0); ++j) {
          if (row[j].item<double>() != 1) masked.push_back(j);
        }
        EXPECT_EQ(masked, e.masked[sample]);
        EXPECT_EQ(static_cast<std::int64_t>(masked.size()), e.masked_per_sample);
        EXPECT_NEAR(row.sum().item<double>(), e.sums[sample], 1e-4);
        for (std::size_t j = 0; j < e.first[sample].size(); ++j)
          EXPECT_NEAR(row[static_cast<std::int64_t>(j)].item<double>(), e.first[sample][j], 1e-6);
      }
      return;
    }
    FAIL() << "no expected mask of this name";
  }

  // One iteration; checks losses, hard examples, statistics and gradients of the part "coop" or "coop_dropout".
  void expect_iteration(const std::string& part, Model& m, test::GivenDraws& hard) const {
    StandardObjective objective({0.05, 0.5, /*slow_thinking=*/true}, &hard);
    std::map<std::string, std::int64_t> tracked_before;
    for (const auto& [name, tensor] : m.state()) {
      if (test::ends_with(name, ".num_batches_tracked")) tracked_before[name] = tensor.item<std::int64_t>();
    }
    const Losses losses = objective.evaluate(m, batch());
    losses.total.backward();

    ASSERT_EQ(losses.terms.size(), 8u);
    double standard = 0, all = 0;
    for (const auto& [name, loss] : losses.terms) {
      expect(part + "/loss/" + name, loss.item<double>());
      all += loss.item<double>();
      if (name.rfind("hard_", 0) != 0) standard += loss.item<double>();
    }
    expect(part + "/loss/standard", standard);
    expect(part + "/loss/hard", all - standard);
    expect(part + "/loss/total", losses.total.item<double>());
    expect(part + "/corrupted_image", hard.made.images);
    expect(part + "/corrupted_segmentation", hard.made.logits);
    for (const std::string& module : m.modules()) {
      expect(part + "/gradient_norm/" + module, test::module_norm(m.parameters(), module, "", true));
      expect(part + "/running_mean_norm/" + module, test::module_norm(m.state(), module, ".running_mean", false));
      expect(part + "/running_var_norm/" + module, test::module_norm(m.state(), module, ".running_var", false));
    }
    const bool twice = hard.image->type != MaskType::dropout;
    const std::map<std::string, std::int64_t> expected{{"image_encoder", 1},
                                                       {"segmentation_decoder", 2},
                                                       {"image_decoder", twice ? 3 : 2},
                                                       {"shape_encoder", 2},
                                                       {"shape_decoder", 2}};
    for (const auto& [name, tensor] : m.state()) {
      if (!test::ends_with(name, ".num_batches_tracked")) continue;
      EXPECT_EQ(tensor.item<std::int64_t>() - tracked_before[name], expected.at(name.substr(0, name.find('/'))))
          << name;
    }
  }
};

TEST_P(CooperativeFormula, MasksWhatTheReferenceMasks) {
  const TensorBatch b = batch();
  const at::Tensor noisy = noisy_input(b.clean, b.noise.at(0), 0.05);
  const auto codes = [&](Model& m) { return m.run_ftn(noisy, Mode::train, false); };
  {
    Model m = model();
    const network::FtnOutput out = codes(m);
    expect("masks/z_i", out.image_code);
    expect("masks/z_s", out.shape_code);
  }
  struct Case {
    const char* name;
    bool image;
    MaskDraw draw;
  };
  for (const Case& c : {Case{"image_channel", true, given(MaskType::channel, kImageChannel, 510)},
                        Case{"image_spatial", true, given(MaskType::spatial, kImageSpatial, 514)},
                        Case{"shape_channel", false, given(MaskType::channel, kShapeChannel, 512)},
                        Case{"shape_spatial", false, given(MaskType::spatial, kShapeSpatial, 511)}}) {
    Model m = model();
    const network::FtnOutput out = codes(m);
    const at::Tensor& code = c.image ? out.image_code : out.shape_code;
    const at::Tensor gradient = c.image ? image_code_gradient(m, code, b.clean, Mode::train)
                                        : shape_code_gradient(m, code, b.labels, Mode::train);
    const std::string part = std::string("masks/") + c.name;
    expect(part + "/gradient_norm", gradient.to(at::kDouble).norm().item<double>());
    expect(part + "/mean_gradient", mask_scores(gradient, c.draw.type));
    const at::Tensor mask = latent_mask(gradient, c.draw);
    expect_mask(part + "/mask", mask);
    expect(part + "/masked_code", code.detach() * mask);
    for (const auto& [name, parameter] : m.parameters()) EXPECT_FALSE(parameter.grad().defined()) << name;
  }
}

TEST_P(CooperativeFormula, TheGradientIsTheSameWithFrozenNorms) {
  const TensorBatch b = batch();
  Model m = model();
  const network::FtnOutput out = m.run_ftn(b.clean, Mode::train, false);
  core::TensorFile before, after;
  m.save_state(before);
  const at::Tensor frozen = shape_code_gradient(m, out.shape_code, b.labels, Mode::frozen);
  m.save_state(after);
  for (const auto& [name, tensor] : before.tensors) EXPECT_EQ(tensor.bytes, after.tensors.at(name).bytes) << name;
  EXPECT_TRUE(at::equal(frozen, shape_code_gradient(m, out.shape_code, b.labels, Mode::train)));
}

TEST_P(CooperativeFormula, AWholeIterationIsTheReferences) {
  Model m = model();
  test::GivenDraws hard;
  hard.image = given(MaskType::channel, kImageChannel, 510);
  hard.shape = given(MaskType::spatial, kShapeSpatial, 511);
  expect_iteration("coop", m, hard);

  std::map<std::string, at::Tensor> before;
  for (const auto& [name, tensor] : m.parameters()) {
    before[name] = tensor.detach().contiguous().flatten().clone();
    const std::string gradient = "coop/gradient/" + name;
    for (const auto& e : test::expected_training_tensors()) {
      if (gradient == e.name) expect(gradient, tensor.grad());
    }
  }
  // A first step is about 1e-4 times the gradient's sign: sharp only where the gradient is.
  if (!is_double()) return;
  Optimiser({"", m.parameters(), {OptimiserSettings::Kind::adam, 1e-4}}).step(0);
  std::size_t compared = 0;
  for (const auto& [name, tensor] : m.parameters()) {
    for (const auto& e : test::expected_steps()) {
      if ("coop/step/" + name != e.name) continue;
      SCOPED_TRACE(name);
      ++compared;
      const at::Tensor change = tensor.detach().contiguous().flatten() - before[name];
      for (std::size_t j = 0; j < e.positions.size(); ++j)
        EXPECT_NEAR(change[e.positions[j]].item<double>(), e.values[j], 1e-9);
    }
  }
  EXPECT_EQ(compared, test::expected_steps().size());
}

TEST_P(CooperativeFormula, AnIterationWithDropoutIsTheReferences) {
  Model m = model();
  test::GivenDraws hard;
  hard.image = given(MaskType::dropout, 0.5, 513);
  hard.shape = given(MaskType::channel, kShapeChannel, 512);
  expect_iteration("coop_dropout", m, hard);
}

// No test: prints how far one rounding error of float32 in every weight moves what an iteration computes, in double
// precision, relative to each number.
TEST_P(CooperativeFormula, DISABLED_Condition) {
  if (!is_double()) GTEST_SKIP();
  using Numbers = std::map<std::string, double>;
  const auto numbers = [&](std::int64_t draw) {
    Model m = model();
    {
      const at::NoGradGuard without_gradients;
      at::manual_seed(static_cast<std::uint64_t>(draw));
      for (const auto& [name, tensor] : m.parameters())
        if (draw > 0) tensor.mul_(1 + std::exp2(-24) * (2 * at::rand_like(tensor) - 1));
    }
    test::GivenDraws hard;
    hard.image = given(MaskType::channel, kImageChannel, 510);
    hard.shape = given(MaskType::spatial, kShapeSpatial, 511);
    StandardObjective objective({0.05, 0.5, /*slow_thinking=*/true}, &hard);
    const Losses losses = objective.evaluate(m, batch());
    losses.total.backward();
    Numbers found{{"loss/total", losses.total.item<double>()}};
    for (const auto& [name, loss] : losses.terms) found["loss/" + name] = loss.item<double>();
    for (const std::string& module : m.modules()) {
      found["gradient_norm/" + module] = test::module_norm(m.parameters(), module, "", true);
      found["running_mean_norm/" + module] = test::module_norm(m.state(), module, ".running_mean", false);
      found["running_var_norm/" + module] = test::module_norm(m.state(), module, ".running_var", false);
    }
    return found;
  };
  const Numbers exact = numbers(0);
  Numbers moved;
  for (std::int64_t draw = 1; draw <= 20; ++draw)
    for (const auto& [name, value] : numbers(draw))
      moved[name] = std::max(moved[name], std::abs(value / exact.at(name) - 1));
  for (const auto& [name, by] : moved) printf("%-40s %.1e\n", name.c_str(), by);
}

INSTANTIATE_TEST_SUITE_P(Types, CooperativeFormula,
                         ::testing::Values(Variant{"float64", true, network::MemoryOrder::contiguous},
                                           Variant{"float64_channels_last", true, network::MemoryOrder::channels_last},
                                           Variant{"float32", false, network::MemoryOrder::contiguous},
                                           Variant{"float32_channels_last", false,
                                                   network::MemoryOrder::channels_last}),
                         [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace coopseg::training
