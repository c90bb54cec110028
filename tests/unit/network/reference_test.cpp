// The networks against tensors that the reference implementation wrote for weights of a short training, in float32.
#include <gtest/gtest.h>

#include <map>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/training/losses/segmentation.h"
#include "support/support.h"
#include "unit/network/test_device.h"

namespace coopseg::network {
namespace {

namespace fs = std::filesystem;

constexpr double kCodes = 5e-5, kImages = 5e-6;  // absolute tolerances

Model reference_model(const fs::path& folder, model::NetworkType type = model::NetworkType::fcn_16) {
  Model model({type, 4, /*slow_thinking=*/true});
  const fs::path file = folder / "weights.safetensors";
  model.load_state(core::read_tensor_file(file), file.string());
  model.to_device(test::device());
  return model;
}

class Golden {
 public:
  explicit Golden(const fs::path& file) : name_(file.string()), content_(core::read_tensor_file(file)) {}
  at::Tensor operator()(const std::string& name) const {
    return test::on_device(from_stored(content_.at(name, name_)));
  }
  const core::TensorFile& content() const { return content_; }

 private:
  std::string name_;
  core::TensorFile content_;
};

// Over what a device may differ by.
double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.detach().to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>() / test::device_allowance();
}

TEST(Reference, StateHasItsOrderShapesAndBytes) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const core::TensorFile weights = core::read_tensor_file(folder / "weights.safetensors");
  const Model model = reference_model(folder);
  core::TensorFile saved;
  model.save_state(saved);
  ASSERT_EQ(saved.tensors.size(), weights.tensors.size());
  for (const auto& [name, tensor] : weights.tensors) {
    const core::StoredTensor& ours = saved.at(name, "saved");
    EXPECT_EQ(ours.dtype, tensor.dtype) << name;
    EXPECT_EQ(ours.shape, tensor.shape) << name;
    EXPECT_EQ(ours.bytes, tensor.bytes) << name;
  }
}

TEST(Reference, EvaluatesEachModule) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "forward.safetensors");
  Model model = reference_model(folder);
  const at::NoGradGuard without_gradients;
  const at::Tensor image = golden("image");
  const FtnOutput out = model.run_ftn(image, Mode::eval, true);
  EXPECT_LE(largest_difference(out.image_code, golden("z_i")), kCodes);
  EXPECT_LE(largest_difference(out.shape_code, golden("z_s")), kCodes);
  EXPECT_LE(largest_difference(out.logits, golden("ftn_logits")), kCodes);
  EXPECT_LE(largest_difference(out.reconstruction, golden("reconstruction")), kImages);
  at::Tensor code;
  const at::Tensor corrected = model.correct_shape(at::softmax(out.logits / 2, 1), Mode::eval, &code);
  EXPECT_LE(largest_difference(code, golden("shape_code")), kCodes);
  EXPECT_LE(largest_difference(corrected, golden("stn_logits")), kCodes);
  const at::Tensor from_label =
      model.correct_shape(training::one_hot(golden("label").to(at::kLong), 4, image), Mode::eval);
  EXPECT_LE(largest_difference(from_label.narrow(0, 0, 1), golden("stn_logits_from_label")), kCodes);
}

TEST(Reference, PredictsItsLabelMaps) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "forward.safetensors");
  Model model = reference_model(folder);
  const at::Tensor image = golden("image");
  EXPECT_LE(largest_difference(model.predict(image, 0), golden("ftn_logits")), kCodes);
  EXPECT_LE(largest_difference(model.predict(image, 1), golden("stn_logits")), kCodes);
  for (const int steps : {0, 1, 2}) {
    const at::Tensor expected = golden("argmax_n" + std::to_string(steps + 1)).to(at::kLong);
    EXPECT_TRUE(at::equal(model.predict(image, steps).argmax(1), expected)) << steps;
  }
}

TEST(Reference, EvaluatesTheAblations) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "forward.safetensors");
  const at::NoGradGuard without_gradients;
  const at::Tensor image = golden("image");
  const at::Tensor unfiltered =
      reference_model(folder, model::NetworkType::fcn_16_unfiltered).run_ftn(image, Mode::eval, false).logits;
  EXPECT_LE(largest_difference(unfiltered.narrow(0, 0, 1).narrow(2, 0, 16), golden("w_o_filter.ftn_logits")), kCodes);
  const at::Tensor shared =
      reference_model(folder, model::NetworkType::fcn_16_shared_code).run_ftn(image, Mode::eval, true).reconstruction;
  EXPECT_LE(largest_difference(shared.narrow(0, 0, 1), golden("share_code.reconstruction")), kImages);
}

TEST(Reference, FtnAloneGivesTheSameLosses) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "train_step.safetensors");
  const core::Json expected = core::read_json(folder / "train_step.json")["losses"];
  Model model({model::NetworkType::fcn_16, 4, /*slow_thinking=*/false});
  const fs::path file = folder / "weights.safetensors";
  model.load_state(core::read_tensor_file(file), file.string());
  model.to_device(test::device());
  const FtnOutput out = model.run_ftn(golden("noisy_image"), Mode::train, true);
  const double seg = training::cross_entropy(out.logits, golden("label").to(at::kLong)).item<double>();
  const double image = 0.5 * training::reconstruction_loss(out.reconstruction, golden("image")).item<double>();
  EXPECT_NEAR(seg, expected["seg"].get<double>(), test::device_allowance() * 1e-5 * seg);
  EXPECT_NEAR(image, expected["image"].get<double>(), test::device_allowance() * 1e-5 * image);
}

TEST(Reference, TrainingPassGivesItsLossesGradientsAndStatistics) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Golden golden(folder / "train_step.safetensors");
  const core::Json expected = core::read_json(folder / "train_step.json");
  Model model = reference_model(folder);
  const at::Tensor image = golden("image"), labels = golden("label").to(at::kLong);
  const at::Tensor noisy = training::noisy_input(image, golden("noise"), 0.05);
  EXPECT_LE(largest_difference(noisy, golden("noisy_image")), 1e-7);

  const FtnOutput out = model.run_ftn(noisy, Mode::train, true);
  std::map<std::string, at::Tensor> losses;
  losses["seg"] = training::cross_entropy(out.logits, labels);
  losses["image"] = 0.5 * training::reconstruction_loss(out.reconstruction, image);
  losses["gt_shape"] =
      training::cross_entropy(model.correct_shape(training::one_hot(labels, 4, image), Mode::train), labels);
  losses["pred_shape"] = training::cross_entropy(model.run_stn(out.logits, Mode::train), labels);
  losses["total"] = losses["seg"] + losses["image"] + losses["gt_shape"] + losses["pred_shape"];
  for (const auto& [name, loss] : losses) {
    const double value = expected["losses"][name];
    EXPECT_NEAR(loss.item<double>(), value, test::device_allowance() * 1e-5 * value) << name;
  }

  losses["total"].backward();
  std::size_t compared = 0;
  for (const auto& [name, tensor] : model.parameters()) {
    SCOPED_TRACE(name);
    const core::Json& e = expected["gradients"].at(name);
    ++compared;
    const double norm = tensor.grad().norm().item<double>();
    if (e.value("zero_in_theory", false)) {
      EXPECT_LT(norm, test::device_allowance() * 1e-5);
      continue;
    }
    EXPECT_NEAR(norm, e["norm"].get<double>(),
                test::device_allowance() * e["norm"].get<double>() * e["rtol"].get<double>());
    const at::Tensor flat = tensor.grad().contiguous().view(-1);
    for (std::size_t i = 0; i < e["first8"].size(); ++i) {
      EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), e["first8"][i].get<double>(),
                  test::device_allowance() * e["atol"].get<double>());
    }
  }
  EXPECT_EQ(compared, expected["gradients"].size());

  std::size_t buffers = 0;
  for (const auto& [name, tensor] : model.state()) {
    if (!golden.content().tensors.count("bn_after/" + name)) continue;
    ++buffers;
    const at::Tensor after = golden("bn_after/" + name);
    const double scale = after.abs().max().item<double>();
    EXPECT_LE(largest_difference(tensor, after), after.is_floating_point() ? 5e-5 * scale : 0) << name;
  }
  EXPECT_EQ(buffers, 3u * 48u);
}

}  // namespace
}  // namespace coopseg::network
