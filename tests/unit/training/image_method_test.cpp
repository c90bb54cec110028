// All comparison methods behind their one interface, on the networks themselves.
#include "coopseg/core/error.h"
#include "coopseg/training/methods/image_method.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <variant>

#include "coopseg/core/safetensors.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/methods/adversarial.h"
#include "coopseg/training/methods/standard_objective.h"
#include "small_network.h"
#include "unit/network/formula_network.h"

namespace coopseg::training {
namespace {

using network::Mode;
using network::Model;
using Names = std::vector<std::string>;

request::ImageMethodSettings settings_of(const std::string& method) {
  request::ImageMethodSettings settings;
  settings.method = method;
  return settings;
}

Model formula_model(bool slow_thinking = true) {
  Model model({model::NetworkType::fcn_16, 4, slow_thinking});
  model.initialise(4);
  return model;
}

TensorBatch formula_batch() {
  TensorBatch batch;
  batch.clean = test::formula_image();
  batch.noise = {test::formula_noise()};
  batch.labels = test::formula_labels(4);
  batch.seed = 9;
  batch.iteration = 3;
  return batch;
}

std::map<std::string, std::string> bytes_of(const Model& model) {
  core::TensorFile content;
  model.save_state(content);
  std::map<std::string, std::string> bytes;
  for (const auto& [name, tensor] : content.tensors) bytes[name] = tensor.bytes;
  return bytes;
}

// Values of the terms by name, and the gradients of their sum.
struct Evaluated {
  std::map<std::string, double> terms;
  std::map<std::string, at::Tensor> gradients;
};
Evaluated evaluate(Model& model, const ObjectiveOptions& options, HardExampleMaker* method) {
  StandardObjective objective(options, method);
  const Losses losses = objective.evaluate(model, formula_batch());
  losses.total.backward();
  Evaluated out;
  Names names;
  for (const auto& [name, loss] : losses.terms) {
    names.push_back(name);
    out.terms[name] = loss.item<double>();
  }
  EXPECT_EQ(names, objective.terms());
  for (const auto& [name, parameter] : model.parameters()) out.gradients[name] = parameter.grad();
  return out;
}

class EveryImageMethod : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<ImageMethod> method() const { return make_image_method(settings_of(GetParam())); }
};

TEST_P(EveryImageMethod, DrawsAnImagesNumbersFromItsPlaceAlone) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor images = test::blobs(4, 32, 32);
  const auto made = [&](const at::Tensor& of, std::uint64_t seed, std::uint64_t iteration) {
    return method()->hard_images(network, of, test::streams_of_seed(seed, iteration));
  };
  const at::Tensor first = made(images, 1, 2);
  EXPECT_TRUE(at::equal(first, made(images, 1, 2)));
  EXPECT_FALSE(at::equal(first, made(images, 2, 2)));
  EXPECT_FALSE(at::equal(first, made(images, 1, 3)));
  // Fewer images, or others behind it, do not change an image; the mean over the batch rounds differently.
  EXPECT_LE((first.narrow(0, 0, 2) - made(images.narrow(0, 0, 2), 1, 2)).abs().max().item<double>(), 1e-4);
  const at::Tensor others = at::cat({images.narrow(0, 0, 2), 1 - images.narrow(0, 2, 2)});
  EXPECT_LE((first.narrow(0, 0, 2) - made(others, 1, 2).narrow(0, 0, 2)).abs().max().item<double>(), 1e-4);
  const int threads = at::get_num_threads();
  at::set_num_threads(threads == 1 ? 2 : 1);
  EXPECT_LE((first - made(images, 1, 2)).abs().max().item<double>(), 1e-4);
  at::set_num_threads(threads);
}

TEST_P(EveryImageMethod, MakesConstantImagesBetweenZeroAndOne) {
  const test::SmallNetwork network = test::formula_small_network();
  const at::Tensor images = 0.2 + 0.5 * test::blobs(3, 32, 48);
  const at::Tensor made = method()->hard_images(network, images, test::streams_of_seed(1));
  EXPECT_EQ(made.sizes(), images.sizes());
  EXPECT_FALSE(made.requires_grad());
  EXPECT_GT((made - images).abs().max().item<double>(), 1e-3);
  for (std::int64_t n = 0; n < 3; ++n) {
    EXPECT_NEAR(made[n].min().item<double>(), 0, 1e-6);
    EXPECT_NEAR(made[n].max().item<double>(), 1, 1e-6);
  }
}

TEST_P(EveryImageMethod, LeavesNoTraceOnTheModel) {
  Model model = formula_model();
  const auto before = bytes_of(model);
  const TensorBatch batch = formula_batch();
  const network::FtnOutput out = model.run_ftn(batch.clean, Mode::frozen, true);
  const ObjectiveOptions options{0.05, 0.5, true, false};
  const HardExamples made = method()->make(model, {batch, batch.clean, out, options});
  EXPECT_EQ(bytes_of(model), before);
  for (const auto& [name, parameter] : model.parameters()) {
    EXPECT_FALSE(parameter.grad().defined()) << name;
    EXPECT_TRUE(parameter.requires_grad()) << name;
  }
  EXPECT_EQ(made.images.defined(), GetParam() != "rand-conv");
  if (made.images.defined()) {
    EXPECT_FALSE(made.images.requires_grad());
  }
}

TEST_P(EveryImageMethod, MovesStatisticsByTheStandardPassAlone) {
  for (const bool slow : {false, true}) {
    Model with = formula_model(slow), without = formula_model(slow);
    const ObjectiveOptions options{0.05, 0.5, slow, false};
    const auto made = method();
    evaluate(with, options, made.get());
    evaluate(without, options, nullptr);
    EXPECT_EQ(bytes_of(with), bytes_of(without));
  }
}

TEST_P(EveryImageMethod, AddsGradientsToEveryWeightAndKeepsTheStandardLosses) {
  Model with = formula_model(), without = formula_model();
  const ObjectiveOptions options{0.05, 0.5, true, false};
  const auto made = method();
  const Evaluated a = evaluate(with, options, made.get()), b = evaluate(without, options, nullptr);
  for (const auto& [name, loss] : b.terms) EXPECT_EQ(a.terms.at(name), loss) << name;
  EXPECT_GT(a.terms.size(), b.terms.size());
  for (const auto& [name, loss] : a.terms) EXPECT_GT(loss, 0) << name;
  // Affine parameters of batch norms learn from the standard pass; where only they stand behind a weight, it is equal.
  for (const char* weight : {"image_encoder/general_encoder.inc.0.weight", "segmentation_decoder/final_conv.weight",
                             "image_decoder/final_conv.weight", "shape_encoder/inc.0.weight",
                             "shape_decoder/final_conv.weight"}) {
    EXPECT_FALSE(at::equal(a.gradients.at(weight), b.gradients.at(weight))) << weight;
  }
}

TEST_P(EveryImageMethod, NeedsNoSlowThinkingNetwork) {
  Model model = formula_model(false);
  const auto made = method();
  for (const auto& [name, loss] : evaluate(model, {}, made.get()).terms)
    EXPECT_EQ(name.find("shape"), std::string::npos) << name;
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryImageMethod, ::testing::ValuesIn(request::kImageMethods),
                         [](const auto& method) {
                           std::string name = method.param;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

TEST(ImageMethod, TermsFollowTheWeights) {
  Model model = formula_model();
  const ObjectiveOptions both{0.05, 0.5, true, false};
  const Names standard{"seg", "image", "gt_shape", "pred_shape"};
  const Names hard{"hard_seg", "hard_image", "hard_pred_shape"};
  const auto terms = [&](const request::ImageMethodSettings& settings) {
    const auto method = make_image_method(settings);
    Names names = StandardObjective(both, method.get()).terms();
    EXPECT_TRUE(std::equal(standard.begin(), standard.end(), names.begin()));
    names.erase(names.begin(), names.begin() + 4);
    return names;
  };
  EXPECT_EQ(terms(settings_of("rand-mwm")), hard);
  EXPECT_EQ(terms(settings_of("rand-conv")), (Names{"view_image", "view_consistency", "view_shape_consistency"}));
  request::ImageMethodSettings settings = settings_of("rand-conv");
  settings.rand_conv.loss = "hard-example";
  EXPECT_EQ(terms(settings), hard);
  settings = settings_of("adv-noise");
  Names all = hard;
  all.push_back("consistency");
  EXPECT_EQ(terms(settings), all);
  settings.consistency_weight = 0;
  EXPECT_EQ(terms(settings), hard);
  settings.consistency_weight = 1;
  settings.hard_weight = 0;
  EXPECT_EQ(terms(settings), Names{"consistency"});
}

TEST(ImageMethod, WeightsMultiply) {
  const ObjectiveOptions options{0.05, 0.5, true, false};
  for (const std::string& name : request::kImageMethods) {
    request::ImageMethodSettings settings = settings_of(name);
    const auto terms = [&] {
      Model model = formula_model();
      const auto method = make_image_method(settings);
      return evaluate(model, options, method.get()).terms;
    };
    const auto once = terms();
    settings.hard_weight = 2;
    settings.consistency_weight = 3;
    for (const auto& [term, loss] : terms()) {
      const bool hard = term.rfind("hard_", 0) == 0;
      const bool own = term == "consistency" || term.rfind("view_", 0) == 0;
      EXPECT_NEAR(loss, once.at(term) * (hard ? 2 : own ? 3 : 1), 1e-5 * loss) << name << " " << term;
    }
  }
}

TEST(ImageMethod, WithoutPerturbationHardLossesAreThoseOfTheCleanImage) {
  const TensorBatch batch = formula_batch();
  const ObjectiveOptions options{0.05, 0.5, true, false};
  Model model = formula_model();
  const at::Tensor clean = rescaled(batch.clean);
  const network::FtnOutput out = model.run_ftn(clean, Mode::frozen, true);
  const double seg = cross_entropy(out.logits, batch.labels).item<double>();
  const double image = 0.5 * reconstruction_loss(out.reconstruction, batch.clean).item<double>();
  const double shape =
      cross_entropy(model.run_stn(out.logits, Mode::frozen), batch.labels).item<double>();
  for (const char* name : {"adv-noise", "adv-bias"}) {
    request::ImageMethodSettings settings = settings_of(name);
    settings.adv_noise.epsilon = settings.adv_bias.epsilon = 0;
    Model fresh = formula_model();
    const auto method = make_image_method(settings);
    const auto terms = evaluate(fresh, options, method.get()).terms;
    EXPECT_NEAR(terms.at("hard_seg"), seg, 1e-5 * seg) << name;
    EXPECT_NEAR(terms.at("hard_image"), image, 1e-5 * image) << name;
    EXPECT_NEAR(terms.at("hard_pred_shape"), shape, 1e-5 * shape) << name;
    EXPECT_EQ(terms.at("consistency"), 0) << name;
  }
}

TEST(ImageMethod, SeparateTrainingKeepsTheSlowThinkingNetworksLossesOutOfTheFastOne) {
  Model together = formula_model(), separate = formula_model(), alone = formula_model(false);
  request::ImageMethodSettings settings = settings_of("rand-conv");
  const auto method = make_image_method(settings);
  const Evaluated a = evaluate(together, {0.05, 0.5, true, false}, method.get());
  const Evaluated b = evaluate(separate, {0.05, 0.5, true, true}, method.get());
  const Evaluated c = evaluate(alone, {0.05, 0.5, false, false}, method.get());
  const std::string weight = "image_encoder/general_encoder.inc.0.weight";
  const auto difference = [&](const Evaluated& x, const Evaluated& y) {
    const at::Tensor& gradient = y.gradients.at(weight);
    return ((x.gradients.at(weight) - gradient).norm() / gradient.norm()).item<double>();
  };
  EXPECT_LE(difference(b, c), 1e-3);
  EXPECT_GT(difference(a, c), 1e-2);
}

// Sets a parameter to another value that is valid.
void change(const request::Parameter& p) {
  if (auto* const* number = std::get_if<double*>(&p.value)) **number = **number > 0 ? 0.1 * **number : 0.5;
  if (auto* const* count = std::get_if<std::size_t*>(&p.value))
    **count = **count > 1 ? **count - 1 : **count == 1 ? 2 : 12;
  if (auto* const* toggle = std::get_if<bool*>(&p.value)) **toggle = !**toggle;
  if (auto* const* word = std::get_if<std::string*>(&p.value)) {
    if (p.words.empty()) **word = "3,9";
    else **word = **word == p.words.front() ? p.words.back() : p.words.front();
  }
}

TEST(ImageMethod, EveryParameterCounts) {
  std::vector<request::ImageMethodSettings> bases;
  for (const std::string& name : request::kImageMethods) bases.push_back(settings_of(name));
  bases[0].rand_mwm.continue_probability = 0.5;  // so that some images have no window, and some as many as they may
  bases[0].rand_mwm.max_windows = 2;
  bases.push_back(settings_of("rand-conv"));
  bases.back().rand_conv.loss = "hard-example";
  bases.back().rand_conv.mix = false;
  std::set<std::string> looked_at;
  Model model = formula_model();
  for (request::ImageMethodSettings& base : bases) {
    for (std::size_t i = 0; i < request::parameters(base).size(); ++i) {
      request::ImageMethodSettings other = base;
      const request::Parameter p = request::parameters(other)[i];
      if (!p.belongs_to(base.method) || !p.idle.empty()) continue;
      SCOPED_TRACE(base.method + " " + p.option);
      looked_at.insert(p.option);
      change(p);
      ASSERT_NO_THROW(check_image_method(other));
      bool differs = false;
      // A draw may fall alike with both values, but not in many iterations.
      for (std::size_t iteration = 0; iteration < 12 && !differs; ++iteration) {
        const auto terms = [&](const request::ImageMethodSettings& settings) {
          const auto method = make_image_method(settings);
          TensorBatch batch = formula_batch();
          batch.iteration = iteration;
          const network::FtnOutput none;
          const ObjectiveOptions objective{0.05, 0.5, true, false};
          const at::NoGradGuard without_gradients;
          const HardExamples made = method->make(model, {batch, batch.clean, none, objective});
          std::vector<double> values{method->hard_losses().weight};
          if (made.images.defined()) values.push_back(made.images.sum().item<double>());
          for (const auto& [name, loss] : made.losses) values.push_back(loss.item<double>());
          return values;
        };
        differs = terms(base) != terms(other);
      }
      EXPECT_TRUE(differs);
    }
  }
  request::ImageMethodSettings all;
  for (const request::Parameter& p : request::parameters(all)) EXPECT_EQ(looked_at.count(p.option), 1u) << p.option;
}

TEST(ImageMethod, NoneHasNoName) {
  EXPECT_EQ(make_image_method({}), nullptr);
  EXPECT_THROW(make_image_method(settings_of("mixup")), core::UsageError);
}

}  // namespace
}  // namespace coopseg::training
