// The critic against golden/semi/duo and golden/semi/several_classes/duo, and by itself.
#include "coopseg/network/critic.h"

#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "coopseg/network/libtorch.h"
#include "golden_critic.h"
#include "support/support.h"

namespace coopseg::network {
namespace {

using test::PreciseCase;

TEST(Critic, OfOneChannelAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/duo");
  const auto check = [](const PreciseCase& golden) {
    for (const Judged how : {Judged::by_a_constant, Judged::by_a_learner})
      golden.expect_tensor("critic_of_u1", test::golden_critic(golden)(golden.at("u1"), how));
  };
  test::for_each_case(folder, check, "losses");
}

TEST(Critic, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/duo");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    for (const Judged how : {Judged::by_a_constant, Judged::by_a_learner})
      golden.expect_tensor("critic_of_u1", test::golden_critic(golden)(golden.at("logit_u1").softmax(1), how));
  });
}

TEST(Critic, HasThePublishedNumberOfParameters) {
  std::int64_t numbers = 0;
  const Critic critic({1, 2});
  for (const auto& [name, tensor] : critic.weights().parameters()) numbers += tensor.numel();
  EXPECT_EQ(numbers, 8704);
}

TEST(Critic, AsAConstantItPassesGradientsOnAndTakesNone) {
  for (const int dimensions : {2, 3}) {
    Critic critic({2, dimensions, {5, 4}});
    critic.weights().initialise(1);
    const std::vector<std::int64_t> sizes = dimensions == 2 ? std::vector<std::int64_t>{2, 2, 4, 3}
                                                            : std::vector<std::int64_t>{2, 2, 4, 3, 2};
    const at::Tensor maps = at::rand(sizes).set_requires_grad(true);
    const at::Tensor mean = critic.weights().at("critic/net.3.running_mean").clone();
    critic(maps, Judged::by_a_constant).sum().backward();
    const at::Tensor of_constant = maps.grad().clone();
    EXPECT_GT(of_constant.abs().max().item<float>(), 0);
    for (const auto& [name, tensor] : critic.weights().parameters()) EXPECT_FALSE(tensor.grad().defined()) << name;
    EXPECT_TRUE(at::equal(critic.weights().at("critic/net.3.running_mean"), mean));

    maps.mutable_grad().reset();
    critic(maps, Judged::by_a_learner).sum().backward();
    EXPECT_TRUE(at::allclose(maps.grad(), of_constant));
    for (const auto& [name, tensor] : critic.weights().parameters()) EXPECT_TRUE(tensor.grad().defined()) << name;
    EXPECT_FALSE(at::equal(critic.weights().at("critic/net.3.running_mean"), mean));
  }
}

TEST(Critic, RefusesWhatItCannotBe) {
  EXPECT_THROW(Critic({0, 2}), core::UsageError);
  EXPECT_THROW(Critic({1, 1}), core::UsageError);
}

}  // namespace
}  // namespace coopseg::network
