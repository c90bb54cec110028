// Latent masks and cooperative iterations against tensors that the reference implementation wrote for weights of a
// short training, in float32.
#include <gtest/gtest.h>

#include <map>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/optimiser.h"
#include "given_draws.h"
#include "support/support.h"
#include "unit/network/test_device.h"

namespace coopseg::training {
namespace {

namespace fs = std::filesystem;
using core::Json;
using network::Mode;
using network::Model;

class Golden {
 public:
  explicit Golden(const fs::path& file) : name_(file.string()), content_(core::read_tensor_file(file)) {}
  at::Tensor operator()(const std::string& name) const {
    return test::on_device(network::from_stored(content_.at(name, name_)));
  }
  bool has(const std::string& name) const { return content_.tensors.count(name) > 0; }
  const core::TensorFile& content() const { return content_; }

 private:
  std::string name_;
  core::TensorFile content_;
};

Model reference_model(const fs::path& folder) {
  Model model({model::NetworkType::fcn_16, 4, /*slow_thinking=*/true});
  const fs::path file = folder / "weights.safetensors";
  model.load_state(core::read_tensor_file(file), file.string());
  model.to_device(test::device());
  return model;
}

// Over what a device may differ by.
double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.detach().to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>() / test::device_allowance();
}

MaskType type_of(const std::string& name) {
  return name == "dropout" ? MaskType::dropout : name == "channel" ? MaskType::channel : MaskType::spatial;
}

// Uniform numbers that keep what is to be kept.
at::Tensor keeping(const at::Tensor& keep) { return 0.75 - 0.5 * keep.to(at::kFloat); }

TEST(CooperativeReference, MasksCaseByCase) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "masks.safetensors");
  const Json cases = core::read_json(folder / "masks.json");
  const at::Tensor image = golden("image"), labels = golden("label").to(at::kLong);
  std::size_t compared = 0;
  for (const auto& [name, e] : cases.items()) {
    if (!e.is_object() || !e.contains("code")) continue;
    SCOPED_TRACE(name);
    ++compared;
    Model model = reference_model(folder);
    const bool of_image = e["code"] == "z_i";
    const at::Tensor code = golden(e["code"]);
    MaskDraw draw;
    draw.type = type_of(e["type"]);
    at::Tensor gradient;
    if (draw.type == MaskType::dropout) {
      draw.uniforms = keeping(golden(name + "/keep"));
    } else {
      draw.fraction = e["percentile"];
      draw.uniforms = golden(name + "/uniform");
      gradient = of_image ? image_code_gradient(model, code, image, Mode::train)
                          : shape_code_gradient(model, code, labels, Mode::train);
      const at::Tensor expected = golden(of_image ? "z_i_gradient" : "z_s_gradient");
      EXPECT_LE(largest_difference(gradient, expected), 1e-4 * expected.norm().item<double>());
      const at::Tensor scores = mask_scores(gradient, draw.type);
      const double norm = e["gradient_norm"];
      EXPECT_LE(largest_difference(scores, golden(name + "/gradient_mean")), 1e-4 * norm);
      EXPECT_LE(largest_difference(mask_thresholds(scores, draw.fraction), golden(name + "/threshold")), 1e-4 * norm);
    }
    const at::Tensor mask = latent_mask(gradient, draw);
    if (golden.has(name + "/mask")) {
      EXPECT_TRUE(at::equal(mask, golden(name + "/mask")));
      EXPECT_EQ((mask != 1).sum().item<std::int64_t>(), code.size(0) * e["masked_per_sample"].get<std::int64_t>());
    }
    const at::Tensor masked = code * mask;
    EXPECT_TRUE(at::equal(masked, golden(name + "/masked_code")));
    if (!golden.has(name + "/decoded")) continue;
    const at::NoGradGuard without_gradients;
    at::Tensor decoded = of_image ? model.decode_image(masked, Mode::frozen)
                                  : model.decode_segmentation(masked, Mode::frozen).narrow(0, 0, 1);
    EXPECT_LE(largest_difference(decoded, golden(name + "/decoded")), 5e-5);
  }
  EXPECT_GT(compared, 0u);
}

struct Iteration {
  Model model;
  test::GivenDraws hard;
  Losses losses;
};

// The iteration that `expected` describes, up to its gradients.
Iteration iterate(const fs::path& folder, const Golden& golden, const Json& expected) {
  Iteration out{reference_model(folder), {}, {}};
  const Json& settings = expected["settings"];
  const auto draw = [&](const std::string& code) {
    MaskDraw made;
    made.type = type_of(settings[code + "_mask"]);
    made.fraction = settings[code + "_percentile"];
    if (made.type == MaskType::dropout) made.uniforms = keeping(golden("random/" + code + "_keep"));
    else made.uniforms = golden("random/" + code + "_" + settings[code + "_mask"].get<std::string>());
    return made;
  };
  for (const auto& scope : settings["mask_scope"]) {
    if (scope == "image code") out.hard.image = draw("image");
    if (scope == "shape code") out.hard.shape = draw("shape");
  }
  TensorBatch batch;
  batch.clean = golden("image");
  batch.noise = {golden("noise")};
  batch.labels = golden("label").to(at::kLong);
  StandardObjective objective({0.05, 0.5, /*slow_thinking=*/true, settings["separate_training"].get<bool>()},
                              &out.hard);
  out.losses = objective.evaluate(out.model, batch);
  out.losses.total.backward();
  return out;
}

void expect_losses(const Losses& losses, const Json& expected) {
  std::map<std::string, double> found{{"total", losses.total.item<double>()}, {"standard", 0}, {"hard", 0}};
  for (const auto& [name, loss] : losses.terms) {
    found[name] = loss.item<double>();
    found[name.rfind("hard_", 0) == 0 ? "hard" : "standard"] += loss.item<double>();
  }
  for (const auto& [name, value] : expected.items()) {
    const double wanted = value;
    const auto term = found.find(name);
    if (term == found.end()) {
      EXPECT_EQ(wanted, 0) << name << " is no term of this training";
      continue;
    }
    EXPECT_NEAR(term->second, wanted, test::device_allowance() * 1e-5 * wanted) << name;
  }
}

void expect_tracked(const fs::path& folder, const Model& model, const Json& expected) {
  std::map<std::string, at::Tensor> before;
  const Model fresh = reference_model(folder);
  for (const auto& [name, tensor] : fresh.state()) before[name] = tensor;
  for (const auto& [name, tensor] : model.state()) {
    if (name.find("num_batches_tracked") == std::string::npos) continue;
    EXPECT_EQ((tensor - before[name]).item<std::int64_t>(), expected.at(name.substr(0, name.find('/')))) << name;
  }
}

void expect_gradients(const Model& model, const Json& expected) {
  std::size_t compared = 0;
  for (const auto& [name, tensor] : model.parameters()) {
    SCOPED_TRACE(name);
    if (!expected.contains(name)) continue;
    ++compared;
    const Json& e = expected[name];
    const double norm = tensor.grad().defined() ? tensor.grad().norm().item<double>() : 0;
    if (e.value("zero_in_theory", false)) {
      EXPECT_LT(norm, test::device_allowance() * 1e-5);
      continue;
    }
    EXPECT_NEAR(norm, e["norm"].get<double>(),
                test::device_allowance() * e["norm"].get<double>() * e["rtol"].get<double>());
    if (!e.contains("first8")) continue;
    const at::Tensor flat = tensor.grad().contiguous().view(-1);
    for (std::size_t i = 0; i < e["first8"].size(); ++i) {
      EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), e["first8"][i].get<double>(),
                  test::device_allowance() * e["atol"].get<double>());
    }
  }
  EXPECT_EQ(compared, expected.size());
}

TEST(CooperativeReference, AWholeIteration) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "coop_step.safetensors");
  const Json expected = core::read_json(folder / "coop_step.json");
  Iteration done = iterate(folder, golden, expected);
  expect_losses(done.losses, expected["losses"]);
  EXPECT_LE(largest_difference(done.hard.made.images, golden("corrupted_image")), 1e-5);
  EXPECT_LE(largest_difference(done.hard.made.logits, golden("corrupted_segmentation")), 1e-4);
  expect_tracked(folder, done.model, expected["batches_tracked"]);
  expect_gradients(done.model, expected["gradients"]);
  std::size_t buffers = 0;
  for (const auto& [name, tensor] : done.model.state()) {
    if (!golden.has("bn_after/" + name)) continue;
    ++buffers;
    const at::Tensor after = golden("bn_after/" + name);
    const double scale = after.abs().max().item<double>();
    EXPECT_LE(largest_difference(tensor, after), after.is_floating_point() ? 5e-5 * scale : 0) << name;
  }
  EXPECT_EQ(buffers, 3u * 48u);

  Optimiser({"", done.model.parameters(), {OptimiserSettings::Kind::adam, 1e-4}}).step(0);
  std::size_t stepped = 0;
  for (const auto& [name, tensor] : done.model.parameters()) {
    SCOPED_TRACE(name);
    const Json& e = expected["parameters_after"].at(name);
    ++stepped;
    if (e.value("zero_in_theory", false)) continue;
    const double norm = tensor.detach().norm().item<double>();
    EXPECT_NEAR(norm, e["norm"].get<double>(), 1e-3 * e["norm"].get<double>());
    const at::Tensor flat = tensor.detach().contiguous().view(-1);
    for (std::size_t i = 0; i < e["first8"].size(); ++i)
      EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), e["first8"][i].get<double>(),
                  test::device_allowance() * e["tol8"][i].get<double>());
  }
  EXPECT_EQ(stepped, expected["parameters_after"].size());
}

TEST(CooperativeReference, ItsVariants) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "coop_step.safetensors");
  for (const char* variant : {"dropout_channel", "separate", "image_only", "shape_only"}) {
    SCOPED_TRACE(variant);
    const Json expected = core::read_json(folder / (std::string("coop_step.") + variant + ".json"));
    Iteration done = iterate(folder, golden, expected);
    expect_losses(done.losses, expected["losses"]);
    expect_tracked(folder, done.model, expected["batches_tracked"]);
    expect_gradients(done.model, expected["gradients"]);
    const std::string image = std::string(variant) + "/corrupted_image";
    if (golden.has(image)) {
      EXPECT_LE(largest_difference(done.hard.made.images, golden(image)), 1e-5);
    }
  }
}

}  // namespace
}  // namespace coopseg::training
