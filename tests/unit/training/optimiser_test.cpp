// Optimisers against their definitions, step by step in double precision, and their states in files; schedules.
#include "coopseg/training/optimiser.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <string>
#include <vector>

#include "coopseg/core/error.h"

namespace coopseg::training {
namespace {

using Kind = OptimiserSettings::Kind;
constexpr std::int64_t kNumbers = 4;

// The loss sum(w^2 (k + 1) + w) of w_0 ... w_3, whose gradient is 2 (k + 1) w_k + 1.
struct Problem {
  at::Tensor w = at::tensor({0.5, -1.0, 2.0, 0.25}, at::kDouble).set_requires_grad(true);
  Player player(const OptimiserSettings& how, const std::string& name = {}) const {
    return {name, {{"module/w", w}}, how};
  }
  void find_gradients() const {
    const at::Tensor k = at::arange(1, kNumbers + 1, at::kDouble);
    (w * w * k + w).sum().backward();
  }
};

// How one number moves, by the papers.
struct Number {
  double w = 0, m = 0, v = 0;
  void move(const OptimiserSettings& how, double g, double rate, int step) {
    if (how.kind == Kind::adamw) w -= rate * how.weight_decay * w;
    else g += how.weight_decay * w;
    switch (how.kind) {
      case Kind::adam:
      case Kind::adamw: {
        m = how.beta1 * m + (1 - how.beta1) * g;
        v = how.beta2 * v + (1 - how.beta2) * g * g;
        const double corrected = v / (1 - std::pow(how.beta2, step));
        w -= rate * m / (1 - std::pow(how.beta1, step)) / (std::sqrt(corrected) + how.epsilon);
        break;
      }
      case Kind::sgd:
        m = step == 1 ? g : how.momentum * m + g;
        w -= rate * m;
        break;
      case Kind::rmsprop:
        v = how.smoothing * v + (1 - how.smoothing) * g * g;
        m = how.momentum * m + g / (std::sqrt(v) + how.epsilon);
        w -= rate * m;
        break;
    }
  }
};

std::vector<OptimiserSettings> every_kind() {
  std::vector<OptimiserSettings> all;
  for (const Kind kind : {Kind::adam, Kind::adamw, Kind::sgd, Kind::rmsprop}) {
    for (const double momentum : {0.0, 0.9}) {
      OptimiserSettings how{kind, 0.02};
      how.weight_decay = 0.01;
      how.momentum = momentum;
      how.schedule = {Schedule::Kind::step, 3, 0.5, 0};
      all.push_back(how);
    }
  }
  all.push_back({Kind::adam, 0.02});
  return all;
}

void expect_steps_of_its_definition(bool together) {
  for (const OptimiserSettings& how : every_kind()) {
    SCOPED_TRACE(static_cast<int>(how.kind));
    const Problem problem;
    Optimiser optimiser(problem.player(how), together);
    std::vector<Number> expected(kNumbers);
    for (std::int64_t k = 0; k < kNumbers; ++k) expected[static_cast<std::size_t>(k)].w = problem.w[k].item<double>();
    for (std::size_t iteration = 0; iteration < 8; ++iteration) {
      optimiser.zero_gradients();
      problem.find_gradients();
      optimiser.step(iteration);
      for (std::int64_t k = 0; k < kNumbers; ++k) {
        Number& number = expected[static_cast<std::size_t>(k)];
        const double rate = 0.02 * how.schedule.at(iteration);
        EXPECT_DOUBLE_EQ(optimiser.learning_rate(iteration), rate);
        number.move(how, 2.0 * static_cast<double>(k + 1) * number.w + 1, rate, static_cast<int>(iteration) + 1);
        EXPECT_NEAR(problem.w[k].item<double>(), number.w, 1e-12) << iteration;
      }
    }
  }
}

TEST(Optimiser, TakesTheStepsOfItsDefinition) { expect_steps_of_its_definition(/*together=*/false); }

TEST(Optimiser, TakesThemOfAllParametersAtOnce) { expect_steps_of_its_definition(/*together=*/true); }

// Of several shapes and orders of memory, one of which has no gradient in every other step, and gradients that lie
// otherwise than their parameters.
TEST(Optimiser, TogetherAgreesWithEachByItself) {
  for (const OptimiserSettings& how : every_kind()) {
    SCOPED_TRACE(static_cast<int>(how.kind));
    at::manual_seed(1);
    std::vector<network::NamedTensors> both(2);
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{4, 3, 3, 3}, {8, 1, 3, 3}, {5, 8, 1, 1}, {7}, {3, 2, 2, 2, 2}}) {
      const at::Tensor start = network::in_order(at::randn(shape, at::kDouble), network::MemoryOrder::channels_last);
      for (auto& named : both) named.emplace_back(std::to_string(named.size()), start.clone().set_requires_grad(true));
    }
    Optimiser alone({"", both[0], how}, false), together({"", both[1], how}, true);
    for (std::size_t iteration = 0; iteration < 5; ++iteration) {
      for (std::size_t i = 0; i < both[0].size(); ++i) {
        const bool none = i == 3 && iteration % 2 == 1;
        const at::Tensor gradient = at::randn(both[0][i].second.sizes(), at::kDouble);
        for (auto& named : both) named[i].second.mutable_grad() = none ? at::Tensor() : gradient.clone();
      }
      alone.step(iteration);
      together.step(iteration);
      for (std::size_t i = 0; i < both[0].size(); ++i)
        EXPECT_TRUE(at::allclose(both[0][i].second, both[1][i].second, 1e-12, 1e-14)) << iteration << ", tensor " << i;
    }
    core::TensorFile one, other;
    alone.save(one);
    together.save(other);
    ASSERT_EQ(one.tensors.size(), other.tensors.size());
    for (const auto& [name, tensor] : one.tensors)
      EXPECT_TRUE(
          at::allclose(network::from_stored(tensor), network::from_stored(other.at(name, "other")), 1e-12, 1e-14))
          << name;
  }
}

void expect_state_survives(bool together) {
  for (const OptimiserSettings& how : every_kind()) {
    for (const char* name : {"", "critic"}) {
      SCOPED_TRACE(static_cast<int>(how.kind));
      const Problem problem, other;
      Optimiser optimiser(problem.player(how, name), together), restored(other.player(how, name), together);
      const auto iterate = [](const Problem& p, Optimiser& o, std::size_t iteration) {
        o.zero_gradients();
        p.find_gradients();
        o.step(iteration);
      };
      iterate(problem, optimiser, 0);
      core::TensorFile saved;
      optimiser.save(saved);
      for (const auto& [key, tensor] : saved.tensors)
        EXPECT_EQ(key.rfind(*name ? "optimiser/critic/module/w/" : "optimiser/module/w/", 0), 0u) << key;
      {
        const at::NoGradGuard without_gradients;
        at::Tensor(other.w).copy_(problem.w);
      }
      restored.load(saved, "state");
      for (std::size_t i = 1; i < 4; ++i) {
        iterate(problem, optimiser, i);
        iterate(other, restored, i);
      }
      EXPECT_TRUE(at::equal(problem.w, other.w));

      // Whatever is taken away or cut is missed.
      for (const auto& [key, tensor] : saved.tensors) {
        core::TensorFile without = saved;
        without.tensors.erase(key);
        if (!without.tensors.empty()) {
          EXPECT_THROW(restored.load(without, "state"), core::DataError) << key;
        }
        core::TensorFile cut = saved;
        core::StoredTensor& stored = cut.tensors.at(key);
        stored.shape = {2};
        stored.bytes.assign(16, '\0');
        EXPECT_THROW(restored.load(cut, "state"), core::DataError) << key;
      }
      EXPECT_NO_THROW(restored.load({}, "state"));  // a state before the first step
    }
  }
}

TEST(Optimiser, StateSurvivesSavingBitForBit) {
  for (const bool together : {false, true}) expect_state_survives(together);
}

// Of parameters larger than a piece, and of some that are not.
TEST(Optimiser, TakesTheStepsOfLibTorchsSgdBitForBit) {
  at::manual_seed(1);
  network::NamedTensors own;
  std::vector<at::Tensor> librarys;
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{64, 48, 3, 3, 3}, {256, 300}, {7}}) {
    at::Tensor value = at::randn(shape);
    if (shape.size() == 5) value = value.contiguous(at::MemoryFormat::ChannelsLast3d);
    own.emplace_back("w" + std::to_string(own.size()), value.clone().set_requires_grad(true));
    librarys.push_back(value.clone().set_requires_grad(true));
  }
  OptimiserSettings how;
  how.kind = Kind::sgd;
  how.learning_rate = 0.01;
  how.momentum = 0.9;
  how.weight_decay = 5e-4;
  Optimiser optimiser(Player{"", own, how});
  torch::optim::SGD sgd(librarys, torch::optim::SGDOptions(0.01).momentum(0.9).weight_decay(5e-4));
  for (std::size_t step = 0; step < 4; ++step) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      const at::Tensor gradient = at::randn_like(librarys[i].detach());
      own[i].second.mutable_grad() = gradient.clone();
      librarys[i].mutable_grad() = gradient;
    }
    optimiser.step(step);
    sgd.step();
    for (std::size_t i = 0; i < own.size(); ++i)
      EXPECT_TRUE(at::equal(own[i].second.detach(), librarys[i].detach())) << own[i].first << ", step " << step;
  }
}

TEST(Schedule, StepsAndCosines) {
  EXPECT_EQ(Schedule{}.at(0), 1);
  EXPECT_EQ(Schedule{}.at(123456), 1);
  const Schedule step{Schedule::Kind::step, 2500, 0.1, 0};
  EXPECT_EQ(step.at(2499), 1);
  EXPECT_DOUBLE_EQ(step.at(2500), 0.1);
  EXPECT_DOUBLE_EQ(step.at(5999), 0.01);
  const Schedule cosine{Schedule::Kind::cosine, 100, 0, 10};
  EXPECT_EQ(cosine.at(0), 1);
  EXPECT_EQ(cosine.at(10), 1);
  EXPECT_DOUBLE_EQ(cosine.at(60), 0.5);
  EXPECT_NEAR(cosine.at(35), (1 + std::sqrt(0.5)) / 2, 1e-15);
  EXPECT_EQ(cosine.at(110), 0);
  EXPECT_EQ(cosine.at(1000), 0);
}

TEST(Schedule, RampsAndTeachers) {
  EXPECT_DOUBLE_EQ(gaussian_ramp(0, 40), std::exp(-5.0));
  EXPECT_DOUBLE_EQ(gaussian_ramp(20, 40), std::exp(-1.25));
  EXPECT_EQ(gaussian_ramp(40, 40), 1);
  EXPECT_EQ(gaussian_ramp(6000, 40), 1);
  EXPECT_EQ(gaussian_ramp(0, 0), 1);
  EXPECT_EQ(teacher_keep(0, 0.999), 0);
  EXPECT_EQ(teacher_keep(1, 0.999), 0.5);
  EXPECT_EQ(teacher_keep(100000, 0.999), 0.999);
}

}  // namespace
}  // namespace coopseg::training
