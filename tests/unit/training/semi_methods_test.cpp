// What holds for every method with few labels, on small networks and made-up volumes.
#include "coopseg/training/methods/semi_methods.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coopseg/core/safetensors.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/optimiser.h"

namespace coopseg::training {
namespace {

using request::SemiMethod;
using request::SemiTrainingRun;

constexpr std::uint64_t kSeed = 3;

SemiTrainingRun small_run(SemiMethod method) {
  SemiTrainingRun run = request::published_training(method);
  run.seed = kSeed;
  run.patch = {32, 16, 16};
  run.filters = 2;
  run.dropout = 0;
  run.learning_rate = 0.02;
  run.method_settings.ramp_length = 0;
  run.method_settings.contrast_pool = 8;
  run.method_settings.contrast_mlp = "12,10,6";
  run.method_settings.confidence = 0.5;
  run.method_settings.critic_lr = 1e-3;
  run.method_settings.mc_passes = 2;
  return run;
}

// Two classes beside the background.
constexpr int kClasses = 2;

NetworkMaker maker(const SemiTrainingRun& run) {
  return [&run](std::uint64_t seed) -> std::unique_ptr<network::Network> {
    std::unique_ptr<network::Network> made;
    const int distances = request::has_distances(run.method) ? kClasses : 0;
    if (run.is_flat()) {
      model::UNetShape shape;
      shape.filters = run.filters;
      shape.logits = kClasses + 1;
      shape.distances = distances;
      made = std::make_unique<network::UNet>(shape);
    } else {
      made = std::make_unique<network::VNet>(
          model::VNetShape{1, run.filters, kClasses + 1, distances, model::Norm::batch});
    }
    made->weights().initialise(seed);
    return made;
  };
}

std::unique_ptr<Method> made(const SemiTrainingRun& run) { return make_semi_method(run, kClasses, maker(run), "cpu"); }

// Two labelled volumes (or slices) and two others, in which brightness tells the class.
TensorBatch batch_of(const SemiTrainingRun& run, std::size_t iteration) {
  const std::int64_t images = 4, labelled = 2;
  std::vector<std::int64_t> shape{images, 1, 32, 16};
  if (!run.is_flat()) shape.push_back(16);
  const auto normals = [&](const char* what, std::uint64_t index) {
    core::RandomStream draws(kSeed, {what}, {iteration, index});
    at::Tensor values = at::empty(shape, at::kFloat);
    for (std::int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(draws.normal());
    return values;
  };
  const at::Tensor ramp = at::linspace(-1, 2, 32, at::kFloat).view({1, 1, 32, 1});
  const at::Tensor plain = (run.is_flat() ? ramp : ramp.unsqueeze(-1)).expand(shape);
  TensorBatch batch;
  batch.clean = plain + 0.1 * normals("image", 0);
  const at::Tensor label = plain.select(1, 0).gt(0).to(at::kLong) + plain.select(1, 0).gt(1).to(at::kLong);
  batch.labels = label.narrow(0, 0, labelled).contiguous();
  for (std::uint64_t view = 0; view < request::noise_views(run.method_settings, run.method); ++view)
    batch.noise.push_back(normals("noise", view).narrow(0, labelled, images - labelled));
  if (request::has_distances(run.method)) {
    const at::Tensor first = 1 - 2 * batch.labels.eq(1).to(at::kFloat),
                     second = 1 - 2 * batch.labels.eq(2).to(at::kFloat);
    batch.distances = at::stack({first, second}, 1);
  }
  batch.cases = {0, 1, static_cast<std::uint32_t>(2 + iteration % 3), static_cast<std::uint32_t>(5 + iteration % 2)};
  batch.seed = kSeed;
  batch.iteration = iteration;
  return batch;
}

// A method with its optimisers.
struct Training {
  explicit Training(const SemiTrainingRun& wanted) : run(wanted), method(made(run)) {
    for (Player& player : method->players()) optimisers.emplace_back(std::move(player));
  }
  Training(const Training&) = delete;

  std::map<std::string, double> step(std::size_t iteration) {
    for (Optimiser& optimiser : optimisers) optimiser.zero_gradients();
    const Losses losses = method->step(batch_of(run, iteration));
    losses.total.backward();
    for (Optimiser& optimiser : optimisers) optimiser.step(iteration);
    method->after_step(iteration);
    std::map<std::string, double> values;
    for (const auto& [name, loss] : losses.terms) values[name] = loss.item<double>();
    return values;
  }
  core::TensorFile saved() const {
    core::TensorFile content;
    method->save(content);
    for (const Optimiser& optimiser : optimisers) optimiser.save(content);
    return content;
  }

  SemiTrainingRun run;
  std::unique_ptr<Method> method;
  std::vector<Optimiser> optimisers;
};

bool same(const core::TensorFile& a, const core::TensorFile& b, const std::string& prefix = {}) {
  for (const auto& [name, tensor] : a.tensors) {
    if (name.rfind(prefix, 0) != 0) continue;
    const auto found = b.tensors.find(name);
    if (found == b.tensors.end() || found->second.bytes != tensor.bytes) return false;
  }
  return true;
}

std::vector<SemiMethod> all_methods() {
  std::vector<SemiMethod> methods;
  for (const std::string& word : request::kSemiMethods.all()) methods.push_back(*request::kSemiMethods.find(word));
  return methods;
}

class EveryMethod : public testing::TestWithParam<SemiMethod> {};

TEST_P(EveryMethod, GoesOnFromItsStateAsIfItHadNotStopped) {
  for (const bool flat : {false, true}) {
    SemiTrainingRun run = small_run(GetParam());
    run.dropout = flat ? 0 : 0.5;
    if (flat) run.patch = {32, 16, 1};
    Training whole(run), resumed(run);
    for (std::size_t i = 0; i < 2; ++i) whole.step(i);
    const core::TensorFile state = whole.saved();
    resumed.method->load(state, "state");
    for (Optimiser& optimiser : resumed.optimisers) optimiser.load(state, "state");
    EXPECT_EQ(whole.step(2), resumed.step(2));
    EXPECT_EQ(whole.step(3), resumed.step(3));
    EXPECT_TRUE(same(whole.saved(), resumed.saved()));
    EXPECT_EQ(whole.saved().tensors.size(), resumed.saved().tensors.size());
    core::TensorFile part = state;
    part.tensors.erase(part.tensors.begin());
    for (auto next = part.tensors.begin(); next != part.tensors.end();)
      next = next->first.rfind("student/", 0) == 0 ? part.tensors.erase(next) : std::next(next);
    EXPECT_THROW(Training(run).method->load(part, "state"), std::exception);
  }
}

TEST_P(EveryMethod, NamesItsTermsAndThoseOfZeroWeightAreNotThere) {
  const SemiTrainingRun run = small_run(GetParam());
  Training training(run);
  const auto values = training.step(0);
  EXPECT_EQ(values.size(), training.method->terms().size());
  for (const std::string& name : training.method->terms()) EXPECT_EQ(values.count(name), 1u) << name;
}

INSTANTIATE_TEST_SUITE_P(SemiMethods, EveryMethod, testing::ValuesIn(all_methods()),
                         [](const auto& of) { return request::kSemiMethods.of(of.param); });

void without_unlabelled_terms(request::SemiMethodSettings& s) {
  s.contrast_weight = s.distillation_weight = s.consistency_weight = s.volume_weight = s.voxel_weight = 0;
}

class EveryTeacher : public testing::TestWithParam<SemiMethod> {};

// With all weights of unlabelled images' terms 0 the student must not depend on teacher or heads, bit for bit.
TEST_P(EveryTeacher, HasNoPartInAStudentWhoseTermsHaveNoWeight) {
  SemiTrainingRun run = small_run(GetParam());
  without_unlabelled_terms(run.method_settings);
  Training some(run), others(run);
  const at::NoGradGuard no_graph;
  for (auto& [name, tensor] : others.method->labeller().weights().state())
    if (tensor.is_floating_point()) tensor.add_(0.5);
  {
    const at::AutoGradMode graph(true);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(some.step(i), others.step(i));
  }
  EXPECT_TRUE(same(some.saved(), others.saved(), "student/"));
  // And has one where they have.
  Training with(small_run(GetParam()));
  {
    const at::AutoGradMode graph(true);
    for (std::size_t i = 0; i < 3; ++i) with.step(i);
  }
  EXPECT_FALSE(same(some.saved(), with.saved(), "student/"));
}

TEST_P(EveryTeacher, IsTheMovingAverageOfItsStudents) {
  SemiTrainingRun run = small_run(GetParam());
  run.method_settings.ema_decay = 0.6;
  Training training(run);
  std::map<std::string, at::Tensor> mean;
  for (const auto& [name, tensor] : training.method->labeller().weights().parameters())
    mean[name] = tensor.detach().to(at::kDouble);
  for (std::size_t i = 0; i < 4; ++i) {
    training.step(i);
    const double keep = std::min(1 - 1 / static_cast<double>(i + 1), 0.6);
    for (const auto& [name, tensor] : training.method->deployed().weights().parameters())
      mean[name] = keep * mean[name] + (1 - keep) * tensor.detach().to(at::kDouble);
  }
  for (const auto& [name, tensor] : training.method->labeller().weights().parameters())
    EXPECT_LE((tensor.detach() - mean[name]).abs().max().item<double>(), 1e-6) << name;
}

INSTANTIATE_TEST_SUITE_P(SemiMethods, EveryTeacher,
                         testing::Values(SemiMethod::mt, SemiMethod::uamt, SemiMethod::simcvd, SemiMethod::cvrl,
                                         SemiMethod::secl),
                         [](const auto& of) { return request::kSemiMethods.of(of.param); });

// Trained by one term alone, on one batch, it falls. Gradients of what else the method computes are left out by hand.
struct Alone {
  SemiMethod method;
  std::string term;
};

class EveryTerm : public testing::TestWithParam<Alone> {};

TEST_P(EveryTerm, FallsWhereItIsAllThatIsTrained) {
  SemiTrainingRun run = small_run(GetParam().method);
  run.learning_rate = 0.02;
  run.momentum = 0;
  run.method_settings.ema_decay = 1;  // the teacher stands still
  run.method_settings.ema_warm_start = false;
  Training training(run);
  double first = 0, last = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    for (Optimiser& optimiser : training.optimisers) optimiser.zero_gradients();
    TensorBatch batch = batch_of(run, 0);  // the same draws, too
    const Losses losses = training.method->step(batch);
    for (const auto& [name, loss] : losses.terms) {
      if (name != GetParam().term) continue;
      last = loss.item<double>();
      if (i == 0) first = last;
      loss.backward();
    }
    for (Optimiser& optimiser : training.optimisers) optimiser.step(0);
  }
  EXPECT_GT(first, 0);
  EXPECT_LT(last, first);
}

INSTANTIATE_TEST_SUITE_P(SemiMethods, EveryTerm,
                         testing::Values(Alone{SemiMethod::mt, "consistency"}, Alone{SemiMethod::uamt, "consistency"},
                                         Alone{SemiMethod::dtc, "distance"}, Alone{SemiMethod::dtc, "consistency"},
                                         Alone{SemiMethod::simcvd, "distance"}, Alone{SemiMethod::simcvd, "contrast"},
                                         Alone{SemiMethod::simcvd, "distillation"},
                                         Alone{SemiMethod::simcvd, "consistency"}, Alone{SemiMethod::cvrl, "elastic"},
                                         Alone{SemiMethod::cvrl, "volume"}, Alone{SemiMethod::cvrl, "voxel"},
                                         Alone{SemiMethod::cvrl, "consistency"}, Alone{SemiMethod::secl, "contrast"},
                                         Alone{SemiMethod::duo, "difference"}, Alone{SemiMethod::duo, "adversarial"},
                                         Alone{SemiMethod::duo, "critic"}),
                         [](const auto& of) {
                           return request::kSemiMethods.of(of.param.method) + "_" + of.param.term;
                         });

}  // namespace
}  // namespace coopseg::training
